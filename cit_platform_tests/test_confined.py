"""A DuckDB connection of the platform reaches what it was given and nothing else of the machine or a network."""

import ast
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from cit_platform.confined import confine
from cit_platform.engine.duckdb import DuckDBOfARun, plain_engine, quoted
from cit_platform.engine.query import Query
from cit_platform.settings import REPOSITORY
from cit_platform.sources.reading import bounded_connection

SOURCES = sorted((REPOSITORY / "cit_platform").rglob("*.py"))
BEYOND = {
    "file": "select * from read_text('/etc/passwd')",
    "another table's file": "select * from read_parquet({other})",
    "listing": "select * from glob('/root/*')",
    "way up": "select * from read_parquet('{folder}/../other.parquet')",
    "link out": "select * from read_parquet('{folder}/link.parquet')",
    "copy": "copy (select 1) to {other}",
    "attach": "attach '{folder}/../new.db'",
    "network": "select * from read_csv('http://127.0.0.1:9/x.csv')",
    "extension": "install httpfs",
    "setting": "set enable_external_access=true",
    "list of what is allowed": "set allowed_directories=['/']",
}


@pytest.fixture
def other(tmp_path: Path) -> Path:
    file = tmp_path / "other.parquet"
    duckdb.connect().execute(f"copy (select 1 as a) to {quoted(file)}")
    return file


def ask(connection: duckdb.DuckDBPyConnection, statement: str, folder: Path, other: Path) -> None:
    connection.execute(statement.format(folder=folder, other=quoted(other))).fetchall()


@pytest.mark.parametrize("statement", BEYOND.values(), ids=BEYOND)
def test_the_engine_reaches_no_more_than_its_query_names(tmp_path: Path, other: Path, statement: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "link.parquet").symlink_to(other)
    read = tmp_path / "a file's name.parquet"
    read.write_bytes(other.read_bytes())
    before = other.read_bytes()
    engine = plain_engine("300MB", 1, tmp_path / "spill")
    with engine.bound(Query("", {"raw.records": [read]}), folder) as connection:
        assert connection.execute("select a from raw.records").fetchall() == [(1,)]
        connection.execute(f"copy (select 2 as a) to {quoted(folder / 'written.parquet')}")
        with pytest.raises((duckdb.PermissionException, duckdb.InvalidInputException)):
            ask(connection, statement, folder, other)
    assert other.read_bytes() == before


@pytest.mark.parametrize("statement", BEYOND.values(), ids=BEYOND)
def test_the_engine_of_a_run_reaches_no_more_than_its_folders(tmp_path: Path, other: Path, statement: str) -> None:
    folder = tmp_path / "lake"
    folder.mkdir()
    (folder / "link.parquet").symlink_to(other)
    read = folder / "a file's name.parquet"
    read.write_bytes(other.read_bytes())
    before = other.read_bytes()
    engine = DuckDBOfARun(lambda: duckdb.connect(":memory:"), tmp_path / "spill", [folder])
    for query in (Query("", {"raw.records": [read]}), Query("")):
        with engine.bound(query, folder) as connection:
            connection.execute(f"copy (select 2 as a) to {quoted(folder / 'written.parquet')}")
            with pytest.raises((duckdb.PermissionException, duckdb.InvalidInputException)):
                ask(connection, statement, folder, other)
    engine.close()
    assert other.read_bytes() == before


@pytest.mark.parametrize("statement", BEYOND.values(), ids=BEYOND)
def test_what_reads_the_files_of_others_reaches_no_more_than_they(tmp_path: Path, other: Path, statement: str) -> None:
    spill, folder = tmp_path / "spill", tmp_path / "folder"
    spill.mkdir()
    folder.mkdir()
    (folder / "link.parquet").symlink_to(other)
    with bounded_connection(spill) as connection:
        assert connection.from_arrow(pa.table({"a": [1]})).fetchall() == [(1,)]
        with pytest.raises((duckdb.PermissionException, duckdb.InvalidInputException)):
            ask(connection, statement, folder, other)


def test_what_does_not_fit_into_memory_spills_all_the_same(tmp_path: Path) -> None:
    config = {"memory_limit": "150MB", "threads": 1, "temp_directory": str(tmp_path / "spill")}
    with duckdb.connect(config=config) as connection:  # type: ignore[arg-type]
        confine(connection)
        big = "select row_number() over (order by md5(i::varchar)) as r from range(3000000) t(i)"
        assert connection.execute(f"select max(r) from ({big})").fetchall() == [(3_000_000,)]


def test_every_connection_that_the_platform_opens_is_confined() -> None:
    """Where one is opened, in this module or by whoever is handed the opener."""
    opened = {path for path in SOURCES if "duckdb.connect(" in path.read_text() or "get_connection" in path.read_text()}
    through_the_engine = {REPOSITORY / "cit_platform" / "resources" / "home.py"}
    calls = {
        path
        for path in opened
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "confine"
    }
    assert opened - calls == through_the_engine
