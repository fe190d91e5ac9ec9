"""The expectations that suites are made of; nothing here imports Great Expectations."""

from collections.abc import Callable, Collection
from datetime import date, datetime, time, timedelta
from math import ceil

from cit_platform.checks.check import Expectation
from cit_platform.checks.context import AuditContext
from cit_platform.codebook.agency import agency_of


def columns_equal(names: tuple[str, ...]) -> Expectation:
    """The columns are these, in this order."""
    return Expectation("ExpectTableColumnsToMatchOrderedList", lambda _: {"column_list": list(names)})


def rows_at_least(least: int) -> Expectation:
    """There are at least so many rows."""
    return Expectation("ExpectTableRowCountToBeBetween", lambda _: {"min_value": least})


def rows_not_dropped(largest_drop: float) -> Expectation:
    """There are at most this share fewer rows than in the last published version; anything goes before the first."""
    return Expectation(
        "ExpectTableRowCountToBeBetween",
        lambda context: {"min_value": ceil((context.previous_rows or 0) * (1 - largest_drop))},
    )


def rows_only_added(least: int) -> Expectation:
    """There are at least so many rows, and not fewer than in the last published version."""
    return Expectation(
        "ExpectTableRowCountToBeBetween", lambda context: {"min_value": max(least, context.previous_rows or 0)}
    )


def share_not_jumped(column: str, largest_rise: float) -> Expectation:
    """The share of records excluded is at most this much larger than that of the last version; any is the first."""
    return Expectation(
        "ExpectColumnMaxToBeBetween",
        lambda context: {
            "column": column,
            "max_value": 1.0 if context.previous_excluded is None else context.previous_excluded + largest_rise,
        },
        _value(column),
    )


def rows_equal_clean() -> Expectation:
    """There are as many rows as were received and not excluded."""
    return Expectation("ExpectTableRowCountToEqual", lambda context: {"value": context.clean})


def rows_at_most_received() -> Expectation:
    """There are not more rows than were received."""
    return Expectation("ExpectTableRowCountToBeBetween", lambda context: {"max_value": context.received})


def rows_at_most_clean() -> Expectation:
    """There are not more rows than were received and not excluded."""
    return Expectation("ExpectTableRowCountToBeBetween", lambda context: {"max_value": context.clean})


def sum_of_clean(column: str, largest_loss: float) -> Expectation:
    """A column adds up to the rows that were received and not excluded, less this share of them at most."""

    def bounds(context: AuditContext) -> dict[str, object]:
        least = ceil(context.clean * (1 - largest_loss))
        return {"column": column, "min_value": least, "max_value": context.clean}

    return Expectation("ExpectColumnSumToBeBetween", bounds, _value(column), (column,))


def unique(key: tuple[str, ...]) -> Expectation:
    """No two rows have the same key; judged on a relation whose `n_same` counts the rows with the key of a row."""
    if len(key) == 1:
        return Expectation("ExpectColumnValuesToBeUnique", lambda _: {"column": key[0]}, _value(key[0]), key)
    words = ", ', ', ".join(f"cast({name} as varchar)" for name in key)
    return Expectation("ExpectCompoundColumnsToBeUnique", lambda _: {"column_list": list(key)}, f"concat({words})", key)


def in_set(
    column: str, values: Callable[[AuditContext], Collection[object]], value: str = "", reads: tuple[str, ...] = ()
) -> Expectation:
    """Every value that is not null is one of these."""
    return Expectation(
        "ExpectColumnValuesToBeInSet",
        lambda context: {"column": column, "value_set": list(values(context))},
        value or _value(column),
        reads or (column,),
    )


def holds(name: str, condition: str, reads: tuple[str, ...]) -> Expectation:
    """A condition in SQL is true of every row, and not unknown of any."""
    return in_set(name, lambda _: (1,), f"case when {condition} then 1 else 0 end", reads)


def never(name: str, condition: str, reads: tuple[str, ...]) -> Expectation:
    """A condition in SQL is true of no row."""
    return in_set(name, lambda _: (0,), f"case when {condition} then 1 else 0 end", reads)


def not_in_set(
    column: str, unwanted: object, largest_share: float, value: str = "", reads: str = "", **parameters: object
) -> Expectation:
    """At most this share of the values that are not null is this one; `parameters` are bound in `value`."""
    return Expectation(
        "ExpectColumnValuesToNotBeInSet",
        lambda _: {"column": column, "value_set": [unwanted], "mostly": 1 - largest_share},
        value or _value(column),
        (reads or column,),
        parameters,
    )


def matches(column: str, pattern: str, value: str = "", reads: str = "") -> Expectation:
    """Every value that is not null matches a regular expression."""
    return Expectation(
        "ExpectColumnValuesToMatchRegex",
        lambda _: {"column": column, "regex": pattern},
        value or _value(column),
        (reads or column,),
    )


def between(column: str, least: float | None, most: float | None, value: str = "", reads: str = "") -> Expectation:
    """Every value that is not null lies in a closed range; a null bound is none."""
    return Expectation(
        "ExpectColumnValuesToBeBetween",
        lambda _: {"column": column, "min_value": least, "max_value": most},
        value or _value(column),
        (reads or column,),
    )


def dates_in_range(column: str, value: str = "") -> Expectation:
    """Every date that is not null lies between the first day of the source and the day after the as-of date."""
    return Expectation(
        "ExpectColumnValuesToBeBetween",
        lambda context: {
            "column": column,
            "min_value": _midnight(agency_of(context.agency).first_report),
            # For clocks across midnight.
            "max_value": _midnight(context.as_of + timedelta(days=1)),
        },
        value or _value(column),
        (column,),
    )


def mean_between(column: str, least: float, most: float) -> Expectation:
    """The mean of a column, a share where it holds 0 and 1, lies in a closed range."""
    return Expectation(
        "ExpectColumnMeanToBeBetween",
        lambda _: {"column": column, "min_value": least, "max_value": most},
        _value(column),
        (column,),
    )


def max_at_most(column: str, most: float) -> Expectation:
    """The largest value of a column is not larger than this; without any value it fails."""
    return Expectation(
        "ExpectColumnMaxToBeBetween", lambda _: {"column": column, "max_value": most}, _value(column), (column,)
    )


def _value(column: str) -> str:
    """A column in SQL; qualified, for some are words of the language."""
    return f"judged.{column}"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min)
