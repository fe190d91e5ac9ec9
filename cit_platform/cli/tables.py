"""`cit show` and `cit sql`: what the tables hold."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cit_platform.cli.app import Debug, app, err, exit_on_user_error, opened_settings, print_rows
from cit_platform.codebook.agency import agency_of
from cit_platform.contracts import ALL_TABLES
from cit_platform.contracts.raw import RECORDS
from cit_platform.errors import UserError
from cit_platform.settings import Settings
from cit_platform.storage.home_folder import HomeFolder
from cit_platform.storage.pseudonym_key import pseudonym_key

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from cit_platform.engine.duckdb import DuckDB
    from cit_platform.engine.query import Query
    from cit_platform.storage.lake import Lake, TableVersion

SHOWN_ROWS = 20
ONLY_TABLES = (
    "cit sql takes one select over the tables, the codebook and the views between them; it reads no other file, writes "
    "none, and changes no setting. `cit show TABLE` shows what a table holds; an edition's cit.duckdb is for all else."
)


class OnlyTablesError(UserError):
    """A statement that asks for more than the tables."""


@app.command()
def show(
    table: Annotated[str, typer.Argument(help="A table, such as models/estimates.")],
    rows: Annotated[int, typer.Option(help="How many rows.")] = SHOWN_ROWS,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="raw/records only: the snapshot in force on this date, of the archive."
        ),
    ] = None,
    debug: Debug = False,
) -> None:
    """Show the first rows of a table."""
    with exit_on_user_error(debug):
        if table not in ALL_TABLES:
            raise UserError(f"There is no table {table!r}. Tables: {', '.join(ALL_TABLES)}")
        if as_of is not None:
            _print_archived(opened_settings(), table, as_of.date(), rows)
            return
        _print_query(opened_settings(), f"select * from {ALL_TABLES[table].relation} limit {int(rows)}")


def _print_archived(settings: Settings, table: str, day: date, rows: int) -> None:
    from cit_platform.engine.query import Query
    from cit_platform.storage.archive import Archive

    if table != RECORDS.path:
        raise UserError(
            f"The archive keeps the snapshots of raw/records and no other table: cit show raw/records --as-of {day}. "
            f"What followed from one stands in the edition of that time: cit editions list."
        )
    entry = Archive(HomeFolder(settings.home).archive).in_force(day)
    first = f"select * from {RECORDS.relation} limit {int(rows)}"
    _print_answer(settings, Query(first, {RECORDS.relation: [entry.records]}))
    err.print(f"Snapshot {entry.content_hash[:12]}, {entry.n_records:,} records, in force on {day}.", markup=False)


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="A select over the tables.")] = "",
    file: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="A file with the select, such as cit_platform/transforms/clean/typed.sql."
        ),
    ] = None,
    debug: Debug = False,
) -> None:
    """Ask the tables in SQL; the current versions are bound in memory, so nobody is blocked.

    Beside the tables stand the codebook (codebook.dispositions), the views between the tables (clean.folded,
    clean.typed, features.grouped, features.combined), and the values $as_of, $agency and $standing: what the files of
    transforms/ read, so that each can be run.
    """
    with exit_on_user_error(debug):
        if bool(query) == (file is not None):
            raise UserError("Give one select, or one file with --file.")
        _print_query(opened_settings(), file.read_text(encoding="utf-8") if file else query)


def _print_query(settings: Settings, statement: str) -> None:
    from cit_platform.engine.query import Query
    from cit_platform.storage.lake import Lake
    from cit_platform.transforms import views_named

    views = views_named(statement)
    read = " ".join([statement, *views.values()])
    lake = Lake(settings.home)
    named = [path for path in ALL_TABLES if _names(read, path)]
    # Who names no table may ask for their list.
    versions = {path: lake.version(path) for path in named} if named else _whole(lake)
    as_of = [version.provenance.as_of for version in versions.values()]
    query = Query(
        sql=statement.strip().rstrip(";"),
        files={ALL_TABLES[path].relation: version.files for path, version in versions.items()},
        parameters={
            "as_of": min(as_of, default=settings.today()),
            "agency": settings.agency,
            **agency_of(settings.agency).parameters,
            "standing": "clean",
        },
        relations=_relations(settings, lake, read),
        views=views,
    )
    with lake.altered_files_named(versions):
        _print_answer(settings, query)


def _whole(lake: "Lake") -> "dict[str, TableVersion]":
    """Every table that is there and not damaged."""
    last = {path: lake.last(path) for path in ALL_TABLES}
    return {path: version for path, version in last.items() if version}


def _names(statement: str, path: str) -> bool:
    """Whether a statement names a table, quoted or not."""
    schema, _, name = path.partition("/")
    return re.search(rf"\b{schema}\W{{1,3}}{name}\b", statement, re.IGNORECASE) is not None


def _relations(settings: Settings, lake: "Lake", statement: str) -> "dict[str, pa.Table]":
    """The codebook, and the officers' pseudonyms where a statement asks for them."""
    from cit_platform.codebook import codebook_relations

    # Loading Arrow takes as long as all the rest; who names a table and no codebook does not wait for it.
    asks_for_tables_only = "codebook" not in statement and any(_names(statement, path) for path in ALL_TABLES)
    relations = {} if asks_for_tables_only else codebook_relations(settings.agency)
    if "session.officers" in statement:
        from cit_platform.assets.pseudonyms import officers

        with _engine(settings) as engine:
            key = pseudonym_key(settings)
            relations["session.officers"] = officers(engine, lake.version(RECORDS.path).files, key)
    return relations


@contextmanager
def _engine(settings: Settings) -> "Iterator[DuckDB]":
    """An engine whose views and spill lie outside the home: who only reads writes nothing there."""
    from cit_platform.engine.duckdb import plain_engine

    with tempfile.TemporaryDirectory(prefix="cit-sql-") as spill:
        yield plain_engine(settings.memory_limit, settings.threads, Path(spill))


def _print_answer(settings: Settings, query: "Query") -> None:
    import duckdb

    from cit_platform.engine.query import named_in

    with _engine(settings) as engine, engine.bound(query) as connection:
        _demand_one_select(connection, query.sql)
        try:
            result = connection.execute(query.sql, named_in(query.sql, query.parameters))
            print_rows([column[0] for column in result.description or []], result.fetchall())
        except duckdb.PermissionException as error:
            raise OnlyTablesError(f"{ONLY_TABLES} DuckDB said: {str(error).splitlines()[0]}") from None


def _demand_one_select(connection: "duckdb.DuckDBPyConnection", statement: str) -> None:
    """Refuse what is no select, which somebody may have pasted: DuckDB would still let `copy` write over a bound file.

    Raises:
        OnlyTablesError: It is something else.
    """
    import duckdb

    statements = connection.extract_statements(statement)
    if [each.type for each in statements] != [duckdb.StatementType.SELECT]:
        raise OnlyTablesError(ONLY_TABLES)
