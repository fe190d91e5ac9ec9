"""DuckDB as the engine: in memory, with the settings' limits, always closed."""

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from functools import cached_property
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cit_platform.confined import confine
from cit_platform.contracts import Table
from cit_platform.engine.query import Query, Staged, broken_by, demand_columns, digest, named_in

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    Connect = Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]]

SQL_TYPES = {
    "string": "varchar",
    "int32": "integer",
    "int64": "bigint",
    "double": "double",
    "boolean": "boolean",
    "date": "date",
    "timestamp_ntz": "timestamp",
}


def configuration(memory_limit: str, threads: int, spill: Path) -> dict[str, str | bool | int | float | list[str]]:
    """What every connection is opened with."""
    return {
        "memory_limit": memory_limit,
        "threads": threads,
        "temp_directory": str(spill),
        "autoinstall_known_extensions": False,
    }


def plain_engine(memory_limit: str, threads: int, spill: Path) -> "DuckDB":
    """An engine for a process that has no Dagster."""
    import duckdb

    limits = configuration(memory_limit, threads, spill)
    return DuckDB(lambda: duckdb.connect(":memory:", config=limits), spill)


class DuckDB:
    """An engine whose connections live as long as their `with`.

    `connect` opens an empty in-memory database; `spill` is the folder that takes what does not fit into memory.
    """

    name = "duckdb"

    def __init__(self, connect: "Connect", spill: Path) -> None:
        self._connect = connect
        self.spill = spill
        self.views = spill / "views"

    @contextmanager
    def connection(self) -> Iterator["duckdb.DuckDBPyConnection"]:
        """An empty in-memory database, closed also when its user fails."""
        with self._connect() as connection, closing(connection):
            yield connection

    @contextmanager
    def bound(self, query: Query, *folders: Path) -> Iterator["duckdb.DuckDBPyConnection"]:
        """A connection in which everything that the query reads has its name.

        It reaches the query's files, its spill and these folders, and nothing else of the machine; of an engine of a
        run, the folders of that engine.
        """
        with self._confined(chain.from_iterable(query.files.values()), [self.spill, *folders]) as connection:
            for name, files in query.files.items():
                bind_files(connection, name, files)
            for name, relation in query.relations.items():
                _bind_relation(connection, name, relation)
            for name in query.views:
                bind_files(connection, name, [self._view_file(connection, name, query)])
            yield connection

    @contextmanager
    def _confined(self, files: Iterable[str | Path], folders: Iterable[Path]) -> Iterator["duckdb.DuckDBPyConnection"]:
        """An empty in-memory database that reaches these files and folders."""
        with self.connection() as connection:
            confine(connection, files, folders)
            yield connection

    def write(self, query: Query, table: Table, folder: Path) -> Staged:
        """See `Engine`; one file, streamed: as a table besides, a million records are too much memory."""
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"part-{uuid.uuid4()}.parquet"
        with self.bound(query, folder) as connection:
            demand_columns(table, [row[0] for row in run(connection, f"describe {query.sql}", query.parameters)])
            columns = ", ".join(f'cast("{c.name}" as {SQL_TYPES[c.type]}) as "{c.name}"' for c in table.columns)
            order = "" if query.ordered else f" order by {_listed(table.key)}"
            copy = f"copy (select {columns} from (\n{query.sql}\n){order}) to {quoted(file)}"
            ((n_rows,),) = run(connection, f"{copy} (format parquet, compression zstd)", query.parameters)
            content, broken = _written(connection, table, file)
            return Staged(table, (file,), int(n_rows), content, broken, self.name)

    def table(self, query: Query) -> "pa.Table":
        """See `Engine`."""
        with self.bound(query) as connection:
            return connection.sql(query.sql, params=named_in(query.sql, query.parameters)).to_arrow_table()

    def _view_file(self, connection: "duckdb.DuckDBPyConnection", name: str, query: Query) -> Path:
        """The rows of a view, computed once for all assets of a run that read it from the same inputs."""
        file = self.views / f"{query.view_key(name)}.parquet"
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            partial = file.with_suffix(".partial")
            run(connection, f"copy ({query.views[name]}) to {quoted(partial)} (format parquet)", query.parameters)
            partial.replace(file)
        return file


class DuckDBOfARun(DuckDB):
    """An engine that opens one in-memory database for all its queries, which takes longer than most of them.

    Each query has a catalog of its own in it. All reach the same folders, `reached`, and nothing else of the machine.
    """

    def __init__(self, connect: "Connect", spill: Path, reached: Sequence[Path]) -> None:
        super().__init__(connect, spill)
        self._reached = reached
        self._open = ExitStack()
        self._numbers = count()

    def close(self) -> None:
        """Close the database; a later query opens another."""
        self._open.close()
        self.__dict__.pop("_database", None)

    @cached_property
    def _database(self) -> "duckdb.DuckDBPyConnection":
        database = self._open.enter_context(self.connection())
        confine(database, folders=self._reached)
        return database

    @contextmanager
    def _confined(self, files: Iterable[str | Path], folders: Iterable[Path]) -> Iterator["duckdb.DuckDBPyConnection"]:
        """An empty catalog of the one database, gone afterwards."""
        catalog = f"query_{next(self._numbers)}"
        self._database.execute(f"attach ':memory:' as {catalog}")
        try:
            with closing(self._database.cursor()) as connection:
                connection.execute(f"use {catalog}")
                yield connection
        finally:
            self._database.execute(f"detach {catalog}")


def bind_files(connection: "duckdb.DuckDBPyConnection", name: str, files: Sequence[str | Path]) -> None:
    """Show Parquet files as the view `schema.table`."""
    listed = ", ".join(quoted(file) for file in files)
    _create(connection, "view", name, f"select * from read_parquet([{listed}])")


def _bind_relation(connection: "duckdb.DuckDBPyConnection", name: str, relation: "pa.Table") -> None:
    connection.register("relation_to_copy", relation)
    _create(connection, "table", name, "select * from relation_to_copy")
    connection.unregister("relation_to_copy")


def _create(connection: "duckdb.DuckDBPyConnection", kind: str, name: str, sql: str) -> None:
    connection.execute(f"create schema if not exists {name.split('.')[0]}").fetchall()
    connection.execute(f"create {kind} {name} as {sql}").fetchall()


def run(connection: "duckdb.DuckDBPyConnection", sql: str, parameters: Mapping[str, object]) -> list[tuple[Any, ...]]:
    """Run one statement with the parameters that it names; all rows, for a half-read result blocks its connection."""
    return connection.execute(sql, named_in(sql, parameters)).fetchall()


def quoted(text: str | Path) -> str:
    """A path as an SQL string literal: the one thing that DuckDB takes from no parameter."""
    return "'" + str(text).replace("'", "''") + "'"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _written(connection: "duckdb.DuckDBPyConnection", table: Table, file: Path) -> tuple[str, tuple[str, ...]]:
    """A hash of the written rows, and what they break in their contract, in words: nulls, repeated keys, no rows.

    The hash is of the rows in any order, not of the bytes: another query encodes the same rows otherwise. Rows are
    hashed twice: of one round the sums stay the same where two rows exchange values of their last column too often. A
    sum, for under an exclusive or equal rows cancel.
    """
    required = [column.name for column in table.columns if not column.nullable]
    written = f"read_parquet({quoted(file)})"
    counts = [
        "count(*)",
        f"sum(hash(hash({_listed(table.column_names)})))",
        f"(select count(*) from (select distinct {_listed(table.key)} from {written}))",
        *(f'count(*) - count("{name}")' for name in required),
    ]
    ((n_rows, sum_of_hashes, n_keys, *nulls),) = run(connection, f"select {', '.join(counts)} from {written}", {})
    broken = broken_by(table, n_rows, n_keys, dict(zip(required, nulls, strict=True)))
    return digest(table.column_names, [(n_rows, sum_of_hashes)]), broken
