"""Running a suite on a staged table: one outcome per check, failed told apart from errored, nothing private in it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import isfinite
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cit_platform.checks.check import Check, Severity
from cit_platform.checks.context import AuditContext
from cit_platform.checks.counting import Counted, StagedRows, count
from cit_platform.checks.data_docs import write_data_docs
from cit_platform.checks.judging import judge
from cit_platform.checks.suites import SUITES
from cit_platform.contracts import Table
from cit_platform.printable import shown

if TYPE_CHECKING:
    from great_expectations.core import ExpectationValidationResult

Status = Literal["passed", "failed", "errored"]
Number = int | float | str

COUNTS = ("element_count", "missing_count", "unexpected_count", "unexpected_percent", "observed_value")
BOUNDS = ("min_value", "max_value", "value", "mostly")
MOST_LISTED = 20
LONGEST_DETAIL = 1_000
LONGEST_EXAMPLE = 120

AT_THE_SOURCE = {
    "file": "Take the portal's own CSV again (Export, CSV), whole and as it came: a spreadsheet or another program "
    "prints values otherwise when it saves them.",
    "socrata": "`cit doctor --source` shows what the portal prints now; ask the publisher.",
}
"""What to do at each source about rows that are its own."""


@dataclass(frozen=True)
class CheckOutcome:
    """What a check found.

    `failed` means that the rows are not as expected; `errored` that the check could not tell. `numbers` holds counts,
    the observed value and the bounds (dates as ISO text); `offending` up to 20 keys of offending rows. No value of a
    column other than those keys appears anywhere in it, but labels of coded fields in the checks of the vocabulary,
    and the most frequent unexpected values of what the source prints, of private fields their shape alone.
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


def audit(staged: StagedRows, docs_dir: Path | None) -> list[CheckOutcome]:
    """Run every check of a table on what was staged: the engine counts, Great Expectations judges.

    Args:
        staged: the rows of a table that has a suite.
        docs_dir: private directory for the page of Data Docs, which shows offending values; None for no page.

    Returns:
        One outcome per check, in the order of the suite.

    Raises:
        ValueError: The files do not hold the staged rows.
    """
    table, context = staged.staged.table, staged.context
    suite = SUITES[table.path]
    counts = _counts(suite, staged)
    _demand_all_rows(table, suite, counts, context)
    outcomes, results = [], []
    for check in suite:
        outcome, result = _judged(check, counts[check.name], context)
        outcomes.append(outcome)
        results += [result] if result else []
    if docs_dir is not None:
        write_data_docs(table, results, docs_dir)
    return outcomes


def _counts(suite: tuple[Check, ...], staged: StagedRows) -> dict[str, Counted | Exception]:
    """What was counted for each check by its name; any error of a check is its own, never the end of the audit."""
    try:
        return dict(zip((check.name for check in suite), count(suite, staged), strict=True))
    except Exception:
        return {check.name: _counted_alone(check, staged) for check in suite}


def _counted_alone(check: Check, staged: StagedRows) -> Counted | Exception:
    try:
        (counted,) = count([check], staged)
    except Exception as error:
        return error
    return counted


def _demand_all_rows(
    table: Table, suite: tuple[Check, ...], counts: Mapping[str, Counted | Exception], context: AuditContext
) -> None:
    of_rows = [counts[check.name] for check in suite if check.relation.units == "rows"]
    for counted in of_rows:
        if isinstance(counted, Counted) and counted.n_rows != context.n_rows:
            raise ValueError(
                f"{context.n_rows} rows of {table.path} were staged, but {counted.n_rows} came to the audit."
            )


def _judged(
    check: Check, counted: Counted | Exception, context: AuditContext
) -> "tuple[CheckOutcome, ExpectationValidationResult | None]":
    if isinstance(counted, Exception):
        return _errored(check, context, counted), None
    try:
        result = judge(check, counted, context)
    except Exception as error:
        return _errored(check, context, error), None
    return _outcome(check, counted, context, result), result


def _outcome(
    check: Check, counted: Counted, context: AuditContext, result: "ExpectationValidationResult"
) -> CheckOutcome:
    numbers, severity = _numbers(result), check.severity(context, counted.share)
    parts = [
        _message(bool(result.success), numbers, check.relation.units) + _column_differences(result),
        _most_frequent(check, counted),
        f"{_listed([shown(words, LONGEST_DETAIL) for words in counted.details])}." if counted.details else "",
        _remedy(check, context) if not result.success and severity == "ERROR" else "",
    ]
    return CheckOutcome(
        name=check.name,
        status="passed" if result.success else "failed",
        severity=severity,
        description=check.description,
        message=" ".join(filter(None, parts)),
        numbers=numbers,
        offending=tuple(dict.fromkeys(str(key) for key in counted.offending if key is not None)),
    )


def _errored(check: Check, context: AuditContext, error: Exception) -> CheckOutcome:
    """An outcome without numbers; of the error only its kind is named, for its text may quote a value."""
    missing = [name for name in check.columns if name not in context.columns]
    cause = f"the column {', '.join(missing)} is missing" if missing else f"{type(error).__name__} while it was counted"
    return CheckOutcome(
        name=check.name,
        status="errored",
        severity=check.severity(context),
        description=check.description,
        message=f"The check could not run: {cause}. It is not known whether the rows are right.",
    )


def _arguments(result: "ExpectationValidationResult") -> dict[str, Any]:
    """What the expectation was given that a result is of."""
    return result.expectation_config.kwargs if result.expectation_config else {}


def _numbers(result: "ExpectationValidationResult") -> dict[str, Number]:
    bounds = _arguments(result)
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
    bounds = [f"{name} {_short(numbers[name])}" for name in BOUNDS if name in numbers]
    parts += [f"bounds: {', '.join(bounds)}"] if bounds else []
    return ": ".join(part for part in (verdict, "; ".join(parts)) if part) + "."


def _short(number: Number) -> str:
    return f"{number:.6g}" if isinstance(number, float) else str(number)


def _column_differences(result: "ExpectationValidationResult") -> str:
    """Columns that are missing, unknown or out of order, by name."""
    expected = _arguments(result).get("column_list")
    found = result.result.get("observed_value")
    if result.success or not expected or not isinstance(found, list):
        return ""
    missing = [name for name in expected if name not in found]
    unknown = [str(name) for name in found if name not in expected]
    if not missing and not unknown:
        return " The order differs."
    return f" Missing: {', '.join(missing) or 'none'}. Unknown: {', '.join(unknown) or 'none'}."


def _listed(words: Collection[str]) -> str:
    """The first words, and how many more there are."""
    first = "; ".join(list(words)[:MOST_LISTED])
    more = len(words) - MOST_LISTED
    return f"{first}; and {more} more" if more > 0 else first


def _most_frequent(check: Check, counted: Counted) -> str:
    """The field and its most frequent unexpected values."""
    if not counted.examples:
        return ""
    values = ", ".join(f"`{shown(example, LONGEST_EXAMPLE)}` ({n:,})" for example, n in counted.examples)
    return f"{' and '.join(check.expectation.reads)}: {values}."


def _remedy(check: Check, context: AuditContext) -> str:
    """What to do about a failure at the source that the rows come from."""
    at_the_source = AT_THE_SOURCE.get(context.source, "") if check.judges_source else ""
    let_through = f"If it is right, let it through once with `cit refresh --accept {check.accepted_by}`."
    return " ".join(filter(None, (at_the_source, let_through if check.accepted_by else "")))
