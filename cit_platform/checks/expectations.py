"""Builders of Great Expectations expectations; each waits for the context, and imports the library only then."""

from collections.abc import Callable, Collection
from datetime import date, datetime, time
from math import ceil
from typing import TYPE_CHECKING

from cit_platform.checks.context import AuditContext
from cit_platform.checks.subjects import last_date
from cit_platform.settings import FIRST_REPORT

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

Build = Callable[[AuditContext], "Expectation"]


def _expectation(kind: str, **arguments: object) -> "Expectation":
    import great_expectations.expectations as gxe

    expectation: Expectation = getattr(gxe, kind)(**arguments)
    return expectation


def columns_equal(names: tuple[str, ...]) -> Build:
    """The columns are these, in this order."""
    return lambda _: _expectation("ExpectTableColumnsToMatchOrderedList", column_list=list(names))


def rows_at_least(least: int) -> Build:
    """There are at least so many rows."""
    return lambda _: _expectation("ExpectTableRowCountToBeBetween", min_value=least)


def rows_not_dropped(largest_drop: float) -> Build:
    """There are at most this share fewer rows than in the last published version; anything goes before the first."""

    def build(context: AuditContext) -> "Expectation":
        least = ceil((context.previous_rows or 0) * (1 - largest_drop))
        return _expectation("ExpectTableRowCountToBeBetween", min_value=least)

    return build


def rows_only_added(least: int) -> Build:
    """There are at least so many rows, and not fewer than in the last published version."""
    return lambda context: _expectation(
        "ExpectTableRowCountToBeBetween", min_value=max(least, context.previous_rows or 0)
    )


def rows_equal_clean() -> Build:
    """There are as many rows as were received and not excluded."""
    return lambda context: _expectation("ExpectTableRowCountToEqual", value=context.clean)


def rows_at_most_received() -> Build:
    """There are not more rows than were received."""
    return lambda context: _expectation("ExpectTableRowCountToBeBetween", max_value=context.received)


def rows_at_most_clean() -> Build:
    """There are not more rows than were received and not excluded."""
    return lambda context: _expectation("ExpectTableRowCountToBeBetween", max_value=context.clean)


def sum_equals_clean(column: str) -> Build:
    """A column adds up to the rows that were received and not excluded."""

    def build(context: AuditContext) -> "Expectation":
        total = context.clean
        return _expectation("ExpectColumnSumToBeBetween", column=column, min_value=total, max_value=total)

    return build


def unique(key: tuple[str, ...]) -> Build:
    """No two rows have the same key."""
    if len(key) == 1:
        return lambda _: _expectation("ExpectColumnValuesToBeUnique", column=key[0])
    return lambda _: _expectation("ExpectCompoundColumnsToBeUnique", column_list=list(key))


def none_missing() -> Build:
    """No column counts a missing value."""
    return lambda _: _expectation("ExpectColumnValuesToBeBetween", column="n_missing", max_value=0)


def in_set(column: str, values: Callable[[AuditContext], Collection[object]]) -> Build:
    """Every value that is not null is one of these."""
    return lambda context: _expectation("ExpectColumnValuesToBeInSet", column=column, value_set=list(values(context)))


def not_in_set(column: str, value: object, largest_share: float) -> Build:
    """At most this share of the values that are not null is this one."""
    return lambda _: _expectation(
        "ExpectColumnValuesToNotBeInSet", column=column, value_set=[value], mostly=1 - largest_share
    )


def matches(column: str, pattern: str) -> Build:
    """Every value that is not null matches a regular expression."""
    return lambda _: _expectation("ExpectColumnValuesToMatchRegex", column=column, regex=pattern)


def between(column: str, least: float | None, most: float | None) -> Build:
    """Every value that is not null lies in a closed range; a null bound is none."""
    return lambda _: _expectation("ExpectColumnValuesToBeBetween", column=column, min_value=least, max_value=most)


def dates_in_range(column: str) -> Build:
    """Every date that is not null lies between the first day of the source and the day after the as-of date."""
    return lambda context: _expectation(
        "ExpectColumnValuesToBeBetween",
        column=column,
        min_value=_midnight(FIRST_REPORT),
        max_value=_midnight(last_date(context)),
    )


def mean_between(column: str, least: float, most: float) -> Build:
    """The mean of a column, a share where it holds 0 and 1, lies in a closed range."""
    return lambda _: _expectation("ExpectColumnMeanToBeBetween", column=column, min_value=least, max_value=most)


def max_at_most(column: str, most: float) -> Build:
    """The largest value of a column is not larger than this; without any value it fails."""
    return lambda _: _expectation("ExpectColumnMaxToBeBetween", column=column, max_value=most)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min)
