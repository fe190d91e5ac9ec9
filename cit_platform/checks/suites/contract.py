"""Checks that follow from a table's contract, and checks of columns that several stages have."""

from collections.abc import Callable, Collection

from cit_platform.checks import expectations as expect
from cit_platform.checks.check import ERROR, Check, Relation, rows_of
from cit_platform.checks.context import AuditContext
from cit_platform.codebook import codebook_files, codebook_rows
from cit_platform.contracts import Table

MOST_EXPERIENCE = 45


def structure(table: Table, only_added: bool = False) -> tuple[Check, ...]:
    """Columns, rows, key, and values that may not be missing; rows may be `only_added`, as in a history."""
    key, path = ", ".join(table.key), table.path
    return (
        Check(
            "columns",
            ERROR,
            expect.columns_equal(table.column_names),
            "The columns are exactly those of the contract, in its order. If it fails: the query and the contract "
            f"of {path} have drifted apart; change the one that is wrong.",
            rows_of(table),
        ),
        _rows_only_added(table) if only_added else _row_count(table),
        Check(
            "key_unique",
            ERROR,
            expect.unique(table.key),
            f"Each {key} names one row. If it fails: a join in the query of {path} multiplies rows; look up "
            "the offending keys there.",
            _keys(table),
        ),
        Check(
            "required_values_present",
            ERROR,
            expect.between("n_missing", None, 0),
            "The columns that the contract requires have no missing value; the offending columns are named. If it "
            f"fails: the query of {path} lets rows through that the stage before it should have excluded "
            "or given a level of their own.",
            _required_columns(table),
        ),
    )


def _rows_only_added(table: Table) -> Check:
    return Check(
        "row_count",
        ERROR,
        expect.rows_only_added(0 if table.may_be_empty else 1),
        "The table has all rows of its last version: it is a history. If it fails: stop, the history is shrinking; "
        "restore the table from a backup of the home.",
        rows_of(table),
    )


def _row_count(table: Table) -> Check:
    if table.may_be_empty:
        return Check(
            "row_count",
            ERROR,
            expect.rows_at_most_received(),
            "The table may be empty, and has not more rows than raw/records. If it fails: a join in the query of "
            f"{table.path} multiplies rows.",
            rows_of(table),
        )
    return Check(
        "row_count",
        ERROR,
        expect.rows_at_least(1),
        "The table is not empty. If it fails: look at the stage before it; an empty one means that the source was "
        "empty, or that every record was excluded (see quality/flow).",
        rows_of(table),
    )


def _keys(table: Table) -> Relation:
    """The rows, each with the number of rows that have its key."""
    rows = rows_of(table)
    columns = ", ".join(dict.fromkeys((*table.key, *([rows.key] if rows.key else []))))
    counted = f"select {columns}, count(*) over (partition by {', '.join(table.key)}) as n_same from {table.relation}"
    return rows_of(table, counted)


def _required_columns(table: Table) -> Relation:
    """One row per column that the contract requires: how many of its values are missing."""
    names = tuple(column.name for column in table.columns if not column.nullable)
    counts = ", ".join(
        f"cast(count(*) - count(staged.{name}) as double) as n_{position}" for position, name in enumerate(names)
    )
    rows = " union all ".join(
        f"select {position} as position, '{name}' as name, n_{position} as n_missing from missing"
        for position, name in enumerate(names)
    )
    sql = f"with missing as (select {counts} from {table.relation} as staged) {rows}"
    return Relation("required_columns", sql, "name", ("position",), names)


def values(
    table: Table,
    column: str,
    allowed: Callable[[AuditContext], Collection[object]],
    meaning: str,
    remedy: str = "repair the query of {path}.",
) -> Check:
    """A column holds only certain values, or null."""
    remedy = remedy.format(path=table.path)
    description = f"{column} is {meaning}. If it fails: {remedy}"
    return Check(f"{column}_values", ERROR, expect.in_set(column, allowed), description, rows_of(table))


def flag(table: Table, column: str) -> Check:
    remedy = "the query of {path} has let an answer through unread; look up the offending keys."
    return values(table, column, lambda _: (0, 1), "0, 1 or missing", remedy)


def codes(table: Table, column: str, codebook: str, code: str | None = None, extra: tuple[str, ...] = ()) -> Check:
    """A column holds only codes of one codebook file, or one of a few levels besides."""
    besides = f" or {' or '.join(extra)}" if extra else ""
    return values(
        table,
        column,
        lambda context: {*_codes(context.agency, codebook, code or column), *extra},
        f"a level of {codebook}.csv{besides}",
        "the query of {path} and the codebook name different levels; change the one that is wrong.",
    )


def _codes(agency: str, name: str, column: str) -> tuple[str, ...]:
    """The distinct codes in one column of a codebook file, in the file's order.

    Raises:
        CodebookError: There is no codebook for the agency, or the file cannot be read.
    """
    rows = codebook_rows(codebook_files(agency)[name])
    return tuple(dict.fromkeys(row[column] for row in rows if row[column]))


def officer_key(table: Table) -> Check:
    return Check(
        "officer_key_shape",
        ERROR,
        expect.matches("officer_key", r"^[0-9a-f]{64}$"),
        "officer_key is a keyed hash of 64 hexadecimal digits, or missing. If it fails: publish nothing; officer "
        f"numbers may stand in {table.path} in the clear. Repair the join with session.officers.",
        rows_of(table),
    )


def experience(table: Table) -> tuple[Check, ...]:
    return (
        Check(
            "experience_range",
            ERROR,
            expect.between("experience_years", 0, MOST_EXPERIENCE),
            f"experience_years lies in 0 to {MOST_EXPERIENCE}, or is missing. If it fails: impossible experience is "
            "read as known; look up the offending keys in the query of clean/typed.",
            rows_of(table),
        ),
        Check(
            "experience_status_agrees",
            ERROR,
            expect.holds(
                "status_agrees",
                "experience_status in ('known', 'unknown', 'impossible') "
                "and (experience_status = 'known') = (experience_years is not null)",
                ("experience_status", "experience_years"),
            ),
            "experience_status is known where experience_years has a value, else unknown or impossible. If it fails: "
            "the query of clean/typed judges experience in one way and types it in another.",
            rows_of(table),
        ),
    )


def reported_date(table: Table) -> Check:
    return Check(
        "reported_date_range",
        ERROR,
        expect.dates_in_range("reported_date"),
        "reported_date lies between the first report of agency.toml and the day after the as-of date. If it fails: a "
        "date out of range should have counted as missing; look up the offending keys in the query of clean/typed.",
        rows_of(table),
    )
