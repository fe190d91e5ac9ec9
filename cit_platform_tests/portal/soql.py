"""The part of the portal's query language that asks for counts: read strictly, and answered from the rows by DuckDB."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import duckdb

from cit_platform_tests.portal.dataset import Dataset

DEFAULT_LIMIT = 1000
_NAME = r":?[a-z_][a-z0-9_]*"
_ITEM = re.compile(
    rf"(?:(?P<function>count|min|max)\((?P<distinct>distinct )?(?P<argument>\*|{_NAME})\)|(?P<column>{_NAME}))"
    r"(?: as (?P<alias>[a-z_]+))?",
    re.IGNORECASE,
)
_CONDITION = re.compile(rf"(?P<column>{_NAME}) ?(?P<sign>!=|>=|<=|=|>|<) ?(?P<value>'(?:[^']|'')*'|\d+)", re.IGNORECASE)
_ORDER = re.compile(rf"(?P<name>{_NAME})(?P<way> asc| desc)?", re.IGNORECASE)
_TEXT = re.compile(
    r"SELECT (?P<select>.+?)(?: WHERE (?P<where>.+?))?(?: GROUP BY (?P<group>.+?))?(?: ORDER BY (?P<order>.+?))?"
    r"(?: LIMIT (?P<limit>\d+))?",
    re.IGNORECASE,
)


class Misasked(Exception):  # noqa: N818 - an answer
    """A query that the portal does not understand, in its words."""


@dataclass(frozen=True)
class Query:
    """The clauses of a query; empty ones are left out, and `limit` is the portal's own where none is given."""

    select: str
    where: str = ""
    group: str = ""
    order: str = ""
    limit: int = DEFAULT_LIMIT

    @property
    def counts(self) -> bool:
        """Whether it asks for aggregates."""
        return "(" in self.select


def of_params(params: dict[str, str]) -> Query:
    """The query of a SODA 2.1 URL."""
    clauses = {name: params.get(f"${name}", "") for name in ("select", "where", "group", "order")}
    return Query(**clauses, limit=int(params.get("$limit", DEFAULT_LIMIT)))


def of_text(text: str) -> Query:
    """The query of a SODA 3 body.

    Raises:
        Misasked: The text is no query.
    """
    found = _TEXT.fullmatch(text)
    if found is None:
        raise Misasked("Could not parse the SoQL query")
    clauses = {name: clause for name, clause in found.groupdict(default="").items() if name != "limit"}
    return Query(**clauses, limit=int(found["limit"] or DEFAULT_LIMIT))


def answer(dataset: Dataset, query: Query) -> list[dict[str, str]]:
    """The rows of the answer, every value a string, nulls left out.

    Raises:
        Misasked: A clause cannot be read, names a column that is not there, or compares it with another type.
    """
    if query == Query("count(*) as n_rows"):
        return [{"n_rows": str(dataset.n_rows)}]
    asked = _Translation(
        {**{column.field: column.type for column in dataset.columns}, ":updated_at": "fixed_timestamp"}
    )
    clauses = [f"select {asked.select(query)} from rows"]
    clauses += [f"where {asked.where(query.where)}"] if query.where else []
    clauses += [f"group by {', '.join(map(asked.column, _parts(query.group)))}"] if query.group else []
    clauses += [f"order by {asked.order(query)}"] if query.order else []
    with _stored(dataset).cursor() as cursor:
        result = cursor.execute(f"{' '.join(clauses)} limit {query.limit}")
        names = [column[0] for column in result.description or []]
        return [
            {name: str(value) for name, value in zip(names, row, strict=True) if value is not None}
            for row in result.fetchall()
        ]


@lru_cache(maxsize=2)
def _stored(dataset: Dataset) -> duckdb.DuckDBPyConnection:
    """The rows as a table, made once for all questions."""
    connection = duckdb.connect(config={"threads": 1})
    connection.register("stored", dataset.with_own_columns())
    connection.execute(f"create table rows as select {_typed(dataset)} from stored")
    return connection


def _typed(dataset: Dataset) -> str:
    """The columns under the portal's names, numbers as numbers."""
    columns = [
        f"try_cast({column.source} as hugeint) as {column.field}"
        if column.type == "number"
        else f"{column.source} as {column.field}"
        for column in dataset.columns
    ]
    return ", ".join([*columns, '":updated_at"'])


def _parts(clause: str) -> list[str]:
    return [part.strip() for part in clause.split(",")]


@dataclass(frozen=True)
class _Translation:
    """Turns clauses into SQL, for a dataset with these columns and types."""

    types: dict[str, str]

    def column(self, name: str) -> str:
        if name not in self.types:
            raise Misasked(f"Query coordinator error: query.soql.no-such-column; No such column: {name}")
        return f'"{name}"'

    def select(self, query: Query) -> str:
        return ", ".join(self._item(part, _parts(query.group)) for part in _parts(query.select))

    def _item(self, part: str, grouped: list[str]) -> str:
        item = _read(_ITEM, part)
        if item["column"]:
            if item["column"] not in grouped:
                raise Misasked(f"Column {item['column']} is neither grouped nor aggregated")
            return self.column(item["column"])
        argument = "*" if item["argument"] == "*" else self.column(item["argument"])
        return f'{item["function"]}({item["distinct"] or ""}{argument}) as "{item["alias"] or part}"'

    def where(self, clause: str) -> str:
        return " and ".join(self._condition(part) for part in re.split(" and ", clause, flags=re.IGNORECASE))

    def _condition(self, part: str) -> str:
        found = _read(_CONDITION, part)
        column = self.column(found["column"])
        if (self.types[found["column"]] == "number") != found["value"].isdigit():
            raise Misasked(f"Query coordinator error: query.soql.type-mismatch; Type mismatch for {found['sign']}")
        return f"{column} {found['sign']} {found['value']}"

    def order(self, query: Query) -> str:
        named = {item["alias"] for part in _parts(query.select) if (item := _ITEM.fullmatch(part)) and item["alias"]}
        read = [_read(_ORDER, part) for part in _parts(query.order)]
        return ", ".join(
            (f'"{o["name"]}"' if o["name"] in named else self.column(o["name"])) + (o["way"] or "") for o in read
        )


def _read(pattern: re.Pattern[str], part: str) -> re.Match[str]:
    found = pattern.fullmatch(part)
    if found is None:
        raise Misasked(f"Could not parse the SoQL query near {part!r}")
    return found
