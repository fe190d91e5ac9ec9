"""Counting in the engine: how many rows of a staged table break each expectation, and which come first.

No row of the table comes into Python but the offending ones that are named; what is right is decided elsewhere.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cit_platform.checks.check import Check, Relation
from cit_platform.checks.context import AuditContext
from cit_platform.contracts import TABLES
from cit_platform.engine.query import Engine, Query, Staged

if TYPE_CHECKING:
    import pyarrow as pa

MOST_OFFENDING = 20
MOST_EXAMPLES = 3


@dataclass(frozen=True)
class StagedRows:
    """The rows of a table that wait for their audit, the engine that counts them, and their circumstances.

    `inputs` are the files of the tables that relations of its checks read besides, by path.
    """

    staged: Staged
    engine: Engine
    context: AuditContext
    inputs: Mapping[str, Sequence[str | Path]] = field(default_factory=dict)


@dataclass(frozen=True)
class Counted:
    """What the engine counted for one check.

    `aggregate` is the sum, mean or maximum where the expectation judges one. `offending` and `values` are the keys and
    the values of the first unexpected rows, `examples` what may be shown of the most frequent ones with how many rows
    they are, `details` the words of the check's detail column.
    """

    n_rows: int
    n_missing: int
    n_unexpected: int
    aggregate: Any
    offending: tuple[Any, ...] = ()
    values: tuple[Any, ...] = ()
    details: tuple[str, ...] = ()
    examples: tuple[tuple[str, int], ...] = ()

    @property
    def share(self) -> float:
        """Share of the rows that are unexpected."""
        return self.n_unexpected / max(self.n_rows, 1)


@dataclass(frozen=True)
class _Sql:
    """SQL with the values that are bound in it."""

    sql: str
    parameters: Mapping[str, object] = field(default_factory=dict)


def count(checks: Sequence[Check], staged: StagedRows) -> list[Counted]:
    """Count for checks of one table: one statement for all of them, one more for each that any row breaks."""
    numbered: dict[Relation, dict[int, Check]] = {}
    for number, check in enumerate(checks):
        numbered.setdefault(check.relation, {})[number] = check
    totals = [_totals(relation, of_relation, staged.context) for relation, of_relation in numbered.items()]
    listed = " cross join ".join(f"({each.sql}) as totals_{position}" for position, each in enumerate(totals))
    bound = {name: value for each in totals for name, value in each.parameters.items()}
    (found,) = _answer(staged, tuple(numbered), _Sql(f"select * from {listed}", bound))
    return [_counted(check, staged, found, number) for number, check in enumerate(checks)]


def _totals(relation: Relation, checks: Mapping[int, Check], context: AuditContext) -> _Sql:
    """The one row that counts, by their numbers, for all checks of a relation."""
    expressions: list[str] = []
    parameters: dict[str, object] = {}
    for number, check in checks.items():
        condition = _unexpected(check, context, f"c{number}")
        value = check.expectation.value or "1"
        expressions += [
            f"count(*) as rows_{number}",
            f"count({value}) as given_{number}",
            f"count(case when {value} is not null and ({condition.sql}) then 1 end) as broken_{number}",
            f"{AGGREGATES.get(check.expectation.kind, 'null').format(value)} as aggregate_{number}",
        ]
        parameters |= condition.parameters
    return _Sql(f"select {', '.join(expressions)} from (\n{relation.sql}\n) as judged", parameters)


def _counted(check: Check, staged: StagedRows, found: Mapping[str, Any], number: int) -> Counted:
    n_rows, n_unexpected = found[f"rows_{number}"], found[f"broken_{number}"]
    first = _offending(check, staged) if n_unexpected else []
    return Counted(
        n_rows=n_rows,
        n_missing=n_rows - found[f"given_{number}"],
        n_unexpected=n_unexpected,
        aggregate=found[f"aggregate_{number}"],
        offending=tuple(row["row_key"] for row in first),
        values=tuple(row["value"] for row in first),
        details=_details(check, staged),
        examples=_examples(check, staged) if n_unexpected and check.example else (),
    )


def _offending(check: Check, staged: StagedRows) -> list[dict[str, Any]]:
    """Key and value of the first rows that break an expectation."""
    relation, unexpected = check.relation, _unexpected_rows(check, staged.context)
    select = (
        f"select {relation.key or 'null'} as row_key, {check.expectation.value} as value {unexpected.sql} "
        f"order by {', '.join(relation.order)} limit {MOST_OFFENDING}"
    )
    return _answer(staged, (relation,), _Sql(select, unexpected.parameters))


def _examples(check: Check, staged: StagedRows) -> tuple[tuple[str, int], ...]:
    """What may be shown of the rows that break an expectation, the most frequent first, with the number of rows."""
    unexpected = _unexpected_rows(check, staged.context)
    select = (
        f"select {check.example} as example, count(*) as n {unexpected.sql} "
        f"group by {check.example} order by n desc, example limit {MOST_EXAMPLES}"
    )
    rows = _answer(staged, (check.relation,), _Sql(select, unexpected.parameters))
    return tuple((row["example"], row["n"]) for row in rows)


def _unexpected_rows(check: Check, context: AuditContext) -> _Sql:
    """The FROM and WHERE of the rows that break an expectation."""
    condition, value = _unexpected(check, context, "c"), check.expectation.value
    where = f"where {value} is not null and ({condition.sql})"
    return _Sql(f"from (\n{check.relation.sql}\n) as judged {where}", condition.parameters)


def _details(check: Check, staged: StagedRows) -> tuple[str, ...]:
    """The words of the check's detail column, in order."""
    if check.detail_column is None:
        return ()
    relation, column = check.details or check.relation, check.detail_column
    order = ", ".join(relation.order)
    select = f"select {column} as words from (\n{relation.sql}\n) as judged where {column} <> '' order by {order}"
    return tuple(row["words"] for row in _answer(staged, (relation,), _Sql(select)))


def _answer(staged: StagedRows, relations: Sequence[Relation], select: _Sql) -> list[dict[str, Any]]:
    """The rows of a statement over relations of the staged table."""
    parameters: dict[str, object] = dict(select.parameters)
    tables: dict[str, pa.Table] = {}
    views: dict[str, str] = {}
    for relation in relations:
        parameters |= relation.parameters(staged.context)
        tables |= relation.tables(staged.context)
        views |= relation.views
    read = {TABLES[path].relation: staged.inputs[path] for relation in relations for path in relation.inputs}
    files = {staged.staged.table.relation: staged.staged.files, **read}
    rows: list[dict[str, Any]] = staged.engine.table(Query(select.sql, files, parameters, tables, views)).to_pylist()
    return rows


def _unexpected(check: Check, context: AuditContext, name: str) -> _Sql:
    """The condition under which a value that is not null breaks the check's expectation."""
    expectation = check.expectation
    if expectation.kind not in CONDITIONS:
        return _Sql("false", expectation.parameters)
    broken = CONDITIONS[expectation.kind](expectation.value, expectation.arguments(context), name)
    return _Sql(broken.sql, {**broken.parameters, **expectation.parameters})


def _outside_set(value: str, arguments: Mapping[str, Any], name: str) -> _Sql:
    inside = _inside_set(value, arguments, name)
    return _Sql(f"not ({inside.sql})", inside.parameters)


def _inside_set(value: str, arguments: Mapping[str, Any], name: str) -> _Sql:
    bound = {f"{name}_{position}": member for position, member in enumerate(arguments["value_set"])}
    return _Sql(f"{value} in ({', '.join(f'${member}' for member in bound)})", bound)


def _outside_range(value: str, arguments: Mapping[str, Any], name: str) -> _Sql:
    signs = {"min_value": "<", "max_value": ">"}
    given = {bound: arguments[bound] for bound in signs if arguments[bound] is not None}
    sql = " or ".join(f"{value} {signs[bound]} ${name}_{bound}" for bound in given)
    return _Sql(sql, {f"{name}_{bound}": limit for bound, limit in given.items()})


def _unmatched(value: str, arguments: Mapping[str, Any], name: str) -> _Sql:
    return _Sql(f"not regexp_matches({value}, ${name})", {name: arguments["regex"]})


def _repeated(_value: str, _arguments: Mapping[str, Any], _name: str) -> _Sql:
    return _Sql("n_same > 1")


CONDITIONS: dict[str, Callable[[str, Mapping[str, Any], str], _Sql]] = {
    "ExpectColumnValuesToBeInSet": _outside_set,
    "ExpectColumnValuesToNotBeInSet": _inside_set,
    "ExpectColumnValuesToBeBetween": _outside_range,
    "ExpectColumnValuesToMatchRegex": _unmatched,
    "ExpectColumnValuesToBeUnique": _repeated,
    "ExpectCompoundColumnsToBeUnique": _repeated,
}
AGGREGATES = {
    "ExpectColumnSumToBeBetween": "cast(coalesce(sum({0}), 0) as double)",
    "ExpectColumnMeanToBeBetween": "avg({0})",
    "ExpectColumnMaxToBeBetween": "max({0})",
}
