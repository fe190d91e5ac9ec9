"""The engine: DuckDB in memory, with the lake's tables bound as views, always closed."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_duckdb import DuckDBResource

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from cit_platform.storage.lake import Lake


@dataclass(frozen=True)
class Query:
    """A table as a query: one select statement and what it reads.

    `inputs` are tables of the lake (`raw/records`), `relations` in-memory tables by their name in SQL
    (`session.officers`), `files` Parquet files likewise, `views` select statements that run first (`clean.typed`).
    Values are bound, never formatted. `ordered` says that the rows come in the order of their table's key.
    """

    sql: str
    inputs: tuple[str, ...] = ()
    parameters: Mapping[str, object] = field(default_factory=dict)
    relations: Mapping[str, "pa.Table"] = field(default_factory=dict)
    views: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)
    ordered: bool = False


class Engine:
    """DuckDB with the settings' limits; a connection lives as long as its `with`."""

    def __init__(self, memory_limit: str, threads: int, spill: Path) -> None:
        self.views = spill / "views"
        self._duckdb = DuckDBResource(
            database=":memory:",
            connection_config={
                "memory_limit": memory_limit,
                "threads": threads,
                "temp_directory": str(spill),
                "autoinstall_known_extensions": False,
            },
        )

    @contextmanager
    def connection(self) -> Iterator["duckdb.DuckDBPyConnection"]:
        """An empty in-memory database, closed also when its user fails."""
        with self._duckdb.get_connection() as connection, closing(connection):
            yield connection

    @contextmanager
    def bound(self, query: Query, lake: "Lake") -> Iterator["duckdb.DuckDBPyConnection"]:
        """A connection in which everything that the query reads has its name."""
        with self.connection() as connection:
            for path in query.inputs:
                bind_files(connection, path.replace("/", "."), lake.version(path).files)
            for name, file in query.files.items():
                bind_files(connection, name, [str(file)])
            for name, relation in query.relations.items():
                _bind_relation(connection, name, relation)
            for name in query.views:
                bind_files(connection, name, [str(self._view_file(connection, name, query, lake))])
            yield connection

    def table(self, query: Query, lake: "Lake") -> "pa.Table":
        """The answer to a query, small enough for memory, with the types that the query gives."""
        with self.bound(query, lake) as connection:
            return connection.sql(query.sql, params=_named_in(query.sql, query.parameters)).to_arrow_table()

    def _view_file(self, connection: "duckdb.DuckDBPyConnection", name: str, query: Query, lake: "Lake") -> Path:
        """The rows of a view, computed once for all assets of a run that read it from the same inputs."""
        names = list(query.views)
        chain = [query.views[earlier] for earlier in names[: names.index(name) + 1]]
        read = [lake.version(path).files for path in query.inputs if path.replace("/", ".") in " ".join(chain)]
        depends_on = repr([chain, read, sorted(query.files.items()), sorted(query.parameters.items())])
        file = self.views / f"{name}-{hashlib.sha256(depends_on.encode()).hexdigest()[:16]}.parquet"
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            partial = file.with_suffix(".partial")
            run(connection, f"copy ({query.views[name]}) to {quoted(partial)} (format parquet)", query.parameters)
            partial.replace(file)
        return file


def bind_files(connection: "duckdb.DuckDBPyConnection", name: str, files: list[str]) -> None:
    """Show Parquet files as the view `schema.table`."""
    listed = ", ".join(quoted(file) for file in files)
    _create(connection, "view", name, f"select * from read_parquet([{listed}])")


def _bind_relation(connection: "duckdb.DuckDBPyConnection", name: str, relation: "pa.Table") -> None:
    connection.register("arriving", relation)
    _create(connection, "table", name, "select * from arriving")
    connection.unregister("arriving")


def _create(
    connection: "duckdb.DuckDBPyConnection",
    kind: str,
    name: str,
    sql: str,
    parameters: Mapping[str, object] | None = None,
) -> None:
    connection.execute(f"create schema if not exists {name.split('.')[0]}").fetchall()
    connection.execute(f"create {kind} {name} as {sql}", _named_in(sql, parameters or {})).fetchall()


def run(connection: "duckdb.DuckDBPyConnection", sql: str, parameters: Mapping[str, object]) -> list[tuple[Any, ...]]:
    """Run one statement with the parameters that it names; all rows, for a half-read result blocks its connection."""
    return connection.execute(sql, _named_in(sql, parameters)).fetchall()


def _named_in(sql: str, parameters: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in parameters.items() if f"${name}" in sql}


def quoted(text: str | Path) -> str:
    """A path as an SQL string literal: the one thing that DuckDB takes from no parameter."""
    return "'" + str(text).replace("'", "''") + "'"
