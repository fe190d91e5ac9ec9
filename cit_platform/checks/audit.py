"""Running a suite on a staged table: one outcome per check, failed told apart from errored, nothing private in it."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import groupby
from math import isfinite
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cit_platform.checks.context import AuditContext
from cit_platform.checks.data_docs import write_data_docs
from cit_platform.checks.differences import listed
from cit_platform.checks.severities import Severity
from cit_platform.checks.subjects import Subject
from cit_platform.checks.suites import SUITES, Check
from cit_platform.contracts import Table

if TYPE_CHECKING:
    import pandas as pd
    from great_expectations.core import ExpectationValidationResult
    from great_expectations.core.batch_definition import BatchDefinition
    from great_expectations.expectations.expectation import Expectation

Status = Literal["passed", "failed", "errored"]
Number = int | float | str

MOST_OFFENDING = 20
COUNTS = ("element_count", "missing_count", "unexpected_count", "unexpected_percent", "observed_value")
BOUNDS = ("min_value", "max_value", "value", "mostly")
GX_SEVERITIES = {"ERROR": "critical", "WARN": "warning"}


@dataclass(frozen=True)
class CheckOutcome:
    """What a check found.

    `failed` means that the rows are not as expected; `errored` that the check could not tell. `numbers` holds counts,
    the observed value and the bounds (dates as ISO text); `offending` up to 20 keys of offending rows. No value of a
    column other than those keys appears anywhere in it, but labels of coded fields in the checks of the vocabulary.
    """

    name: str
    status: Status
    severity: Severity
    description: str
    message: str
    numbers: Mapping[str, Number] = field(default_factory=dict)
    offending: tuple[str, ...] = ()

    @property
    def blocks(self) -> bool:
        """Whether the table may not be published."""
        return self.status != "passed" and self.severity == "ERROR"


def columns_needed(table: Table) -> list[str]:
    """The columns that the checks of a table read, in the contract's order."""
    read = {name for check in SUITES[table.path] for name in check.columns} | set(table.key)
    return [name for name in table.column_names if name in read]


def audit(table: Table, frame: "pd.DataFrame", context: AuditContext, docs_dir: Path | None) -> list[CheckOutcome]:
    """Run every check of a table on what was staged.

    Args:
        table: a table that has a suite.
        frame: all staged rows, with (at least) the columns of `columns_needed`.
        context: the circumstances of the staged table.
        docs_dir: private directory for the page of Data Docs, which shows offending values; None for no page.

    Returns:
        One outcome per check, in the order of the suite.

    Raises:
        ValueError: The frame does not hold the staged rows.
    """
    if len(frame) != context.n_rows:
        raise ValueError(f"{context.n_rows} rows of {table.path} were staged, but {len(frame)} came to the audit.")
    _staged_batch()  # before the first expectation, so that the library is imported without telemetry
    frame = frame.reset_index(drop=True)
    suite = SUITES[table.path]
    outcomes: dict[str, CheckOutcome] = {}
    results: list[ExpectationValidationResult] = []
    by_subject = sorted(suite, key=lambda check: check.subject.name)
    for _, group in groupby(by_subject, key=lambda check: check.subject.name):
        found, validated = _audit_subject(list(group), frame, context)
        outcomes |= found
        results += validated
    if docs_dir is not None:
        write_data_docs(table, results, docs_dir)
    return [outcomes[check.name] for check in suite]


def _audit_subject(
    checks: list[Check], frame: "pd.DataFrame", context: AuditContext
) -> "tuple[dict[str, CheckOutcome], list[ExpectationValidationResult]]":
    """Run the checks that look at one subject; any error of a check is its outcome, never the end of the audit."""
    expectations: list[Expectation] = []
    outcomes: dict[str, CheckOutcome] = {}
    for check in checks:
        try:
            expectations.append(_expectation(check, context))
        except Exception as error:
            outcomes[check.name] = _errored(check, context, _kind(error), frame)
    running = {check.name: check for check in checks if check.name not in outcomes}
    subject = checks[0].subject
    try:
        prepared = subject.prepare(frame, context)
        results = _validate(subject, prepared, expectations)
    except Exception as error:
        errored = {name: _errored(check, context, _kind(error), frame) for name, check in running.items()}
        return outcomes | errored, []
    for result in results:
        name = _configuration(result)["meta"]["check"]
        outcomes[name] = _outcome(running[name], context, result, prepared, frame)
    return outcomes, results


def _expectation(check: Check, context: AuditContext) -> "Expectation":
    from great_expectations.expectations.metadata_types import FailureSeverity

    expectation = check.build(context)
    expectation.meta = {"check": check.name}
    expectation.description = f"{check.name}: {check.description}"
    expectation.severity = FailureSeverity(GX_SEVERITIES[check.rule.severity(context)])
    return expectation


@cache
def _staged_batch() -> "BatchDefinition[Any]":
    """A batch of any frame, in a context without files, progress bars and telemetry; made once, as it takes a while."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(),
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False, metric_calculations=False),
    )
    context = gx.get_context(mode="ephemeral", project_config=config)
    rows = context.data_sources.add_pandas("staged").add_dataframe_asset("rows")
    return rows.add_batch_definition_whole_dataframe("all")


def _validate(
    subject: Subject, prepared: "pd.DataFrame", expectations: "list[Expectation]"
) -> "list[ExpectationValidationResult]":
    import great_expectations as gx

    batch = _staged_batch().get_batch({"dataframe": prepared})
    suite = gx.ExpectationSuite(name=subject.name, expectations=expectations)
    # Positions of offending rows, not their keys: looking up keys takes 80 microseconds per offending row.
    summary = {"result_format": "SUMMARY", "partial_unexpected_count": MOST_OFFENDING}
    results = list(batch.validate(suite, result_format=summary).results)
    for result in results:
        observed: Any = result.result.get("observed_value")
        # A numpy number, which the library computes, is more than its own Data Docs can print.
        if hasattr(observed, "item"):
            result.result["observed_value"] = observed.item()
    return results


def _outcome(
    check: Check,
    context: AuditContext,
    result: "ExpectationValidationResult",
    prepared: "pd.DataFrame",
    frame: "pd.DataFrame",
) -> CheckOutcome:
    kind = _exception_kind(result.exception_info)
    if kind is not None:
        return _errored(check, context, kind, frame)
    numbers = _numbers(result)
    return CheckOutcome(
        name=check.name,
        status="passed" if result.success else "failed",
        severity=check.rule.severity(context),
        description=check.description,
        message=_message(bool(result.success), numbers, check.subject.name)
        + _column_differences(result)
        + _told(check, prepared),
        numbers=numbers,
        offending=_offending_keys(check.subject, prepared, result.result.get("partial_unexpected_index_list") or ()),
    )


def _errored(check: Check, context: AuditContext, kind: str, frame: "pd.DataFrame") -> CheckOutcome:
    missing = [name for name in check.columns if name not in frame.columns]
    cause = f"the column {', '.join(missing)} is missing" if missing else kind
    return CheckOutcome(
        name=check.name,
        status="errored",
        severity=check.rule.severity(context),
        description=check.description,
        message=f"The check could not run: {cause}. It is not known whether the rows are right.",
    )


def _kind(error: Exception) -> str:
    """The kind of an error, never its text: that may quote a value."""
    return f"{type(error).__name__} while it was prepared"


def _exception_kind(exception_info: Mapping[str, Any]) -> str | None:
    """The kind of the exception that the library caught while it computed, if any."""
    infos = [exception_info] if "raised_exception" in exception_info else list(exception_info.values())
    raised = [info for info in infos if info["raised_exception"]]
    if not raised:
        return None
    last_line = str(raised[0]["exception_traceback"]).strip().splitlines()[-1]
    name = last_line.split(":")[0].rpartition(".")[2]
    return f"{name if name.isidentifier() else 'an exception'} while it was computed"


def _configuration(result: "ExpectationValidationResult") -> dict[str, Any]:
    """Arguments and notes of the expectation that a result is of."""
    configuration = result.expectation_config
    return {"kwargs": configuration.kwargs, "meta": configuration.meta} if configuration else {"kwargs": {}, "meta": {}}


def _numbers(result: "ExpectationValidationResult") -> dict[str, Number]:
    bounds = _configuration(result)["kwargs"]
    found = {**{name: result.result.get(name) for name in COUNTS}, **{name: bounds.get(name) for name in BOUNDS}}
    plain = {name: _plain(value) for name, value in found.items()}
    return {name: value for name, value in plain.items() if value is not None}


def _plain(value: object) -> Number | None:
    """A number as Python has it, a time as ISO text; anything else is left out, as it may be a value of a column."""
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value) if isfinite(value) else None
    return value.isoformat() if isinstance(value, datetime) else None


def _message(success: bool, numbers: Mapping[str, Number], units: str) -> str:
    verdict = "As expected" if success else "Not as expected"
    parts = []
    if "unexpected_count" in numbers:
        parts.append(
            f"{numbers['unexpected_count']:,} of {numbers['element_count']:,} {units} break the rule"
            f" ({numbers.get('unexpected_percent', 0):.3g} % of those with a value)"
        )
    if "observed_value" in numbers:
        parts.append(f"observed {numbers['observed_value']:,.6g}")
    bounds = [f"{name} {numbers[name]}" for name in BOUNDS if name in numbers]
    parts += [f"bounds: {', '.join(bounds)}"] if bounds else []
    return ": ".join(part for part in (verdict, "; ".join(parts)) if part) + "."


def _column_differences(result: "ExpectationValidationResult") -> str:
    """Columns that are missing, unknown or out of order, by name."""
    expected = _configuration(result)["kwargs"].get("column_list")
    found = result.result.get("observed_value")
    if result.success or not expected or not isinstance(found, list):
        return ""
    missing = [name for name in expected if name not in found]
    unknown = [str(name) for name in found if name not in expected]
    if not missing and not unknown:
        return " The order differs."
    return f" Missing: {', '.join(missing) or 'none'}. Unknown: {', '.join(unknown) or 'none'}."


def _told(check: Check, prepared: "pd.DataFrame") -> str:
    """The words that the subject has for the message."""
    words = [] if check.told is None else [word for word in prepared[check.told] if word]
    return f" {listed(words)}." if words else ""


def _offending_keys(subject: Subject, prepared: "pd.DataFrame", positions: Iterable[int]) -> tuple[str, ...]:
    if subject.key is None:
        return ()
    keys = prepared[subject.key].iloc[list(positions)[:MOST_OFFENDING]].dropna()
    return tuple(dict.fromkeys(str(key) for key in keys))
