"""Judging: Great Expectations decides on what the engine counted; nothing else imports it but the Data Docs."""

import os
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cit_platform.checks.check import Check
from cit_platform.checks.context import AuditContext
from cit_platform.checks.counting import MOST_OFFENDING, Counted

if TYPE_CHECKING:
    from great_expectations.core import ExpectationValidationResult

SEVERITIES = {"ERROR": "critical", "WARN": "warning"}


def judge(check: Check, counted: Counted, context: AuditContext) -> "ExpectationValidationResult":
    """The library's verdict on the numbers that it asks for, which an execution engine of its own would compute."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"  # read on import
    with warnings.catch_warnings():
        # Where pyspark is installed it is imported too, and warns of pandas 3, which nothing here asks it for.
        warnings.simplefilter("ignore", FutureWarning)
        import great_expectations.expectations as gxe
        from great_expectations.expectations.metadata_types import FailureSeverity

    expectation = getattr(gxe, check.expectation.kind)(
        **check.expectation.arguments(context),
        meta={"check": check.name},
        description=f"{check.name}: {check.description}",
        severity=FailureSeverity(SEVERITIES[check.severity(context, counted.share)]),
    )
    # The longer form, which tells values and keys, takes the library half as long again.
    form = "SUMMARY" if counted.n_unexpected else "BASIC"
    wanted: dict[str, Any] = {"result_format": {"result_format": form, "partial_unexpected_count": MOST_OFFENDING}}
    metrics = _Metrics(counted, context)
    result: ExpectationValidationResult = expectation.metrics_validate(metrics, runtime_configuration=wanted)
    return result


class _Metrics(dict[tuple[str, ...], Any]):
    """What was counted, by the library's id of a metric: a tuple that begins with its name."""

    def __init__(self, counted: Counted, context: AuditContext) -> None:
        self._counted, self._context = counted, context

    def __contains__(self, metric_id: object) -> bool:
        return True

    def __missing__(self, metric_id: tuple[str, ...]) -> Any:
        name = metric_id[0]
        if name == "column_values.nonnull.unexpected_count":
            return self._counted.n_missing
        return METRICS[name.rpartition(".")[2]](self._counted, self._context)


METRICS: dict[str, Callable[[Counted, AuditContext], Any]] = {
    "columns": lambda _, context: list(context.columns),
    "row_count": lambda counted, _: counted.n_rows,
    "filtered_row_count": lambda counted, _: counted.n_rows - counted.n_missing,
    "unexpected_count": lambda counted, _: counted.n_unexpected,
    "unexpected_values": lambda counted, _: list(counted.values),
    "unexpected_index_list": lambda counted, _: list(counted.offending),
    "unexpected_index_query": lambda *_: None,
    **dict.fromkeys(("sum", "mean", "max"), lambda counted, _: counted.aggregate),
}
