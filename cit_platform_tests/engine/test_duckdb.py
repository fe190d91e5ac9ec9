"""The engine: limits, closing, binding."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from cit_platform.engine.duckdb import DuckDB, DuckDBOfARun, plain_engine, quoted, run
from cit_platform.engine.query import Query


@pytest.fixture
def engine(tmp_path: Path) -> DuckDB:
    return plain_engine("512MB", 1, tmp_path / "spill")


def test_the_limits_of_the_settings_hold(engine: DuckDB) -> None:
    with engine.connection() as connection:
        assert run(connection, "select current_setting('threads')", {}) == [(1,)]
        assert run(connection, "select current_setting('memory_limit')", {}) == [("488.2 MiB",)]


def test_a_connection_is_closed_also_when_its_user_fails(engine: DuckDB) -> None:
    with pytest.raises(RuntimeError, match="user"), engine.connection() as connection:
        raise RuntimeError("user")
    with pytest.raises(duckdb.ConnectionException):
        connection.execute("select 1")


def test_views_relations_and_parameters_have_their_names(engine: DuckDB) -> None:
    query = Query(
        sql="select label || $ending as label from clean.typed",
        parameters={"ending": "'; drop table x", "unused": 1},
        relations={"session.labels": pa.table({"label": ["a"]})},
        views={
            "clean.folded": "select upper(label) as label from session.labels",
            "clean.typed": "select label from clean.folded",
        },
    )
    with engine.bound(query) as connection:
        assert run(connection, query.sql, query.parameters) == [("A'; drop table x",)]


def test_a_view_is_computed_once_for_the_same_inputs_and_again_for_others(engine: DuckDB) -> None:
    def computed(ending: str) -> object:
        sql = "select clean.typed.label from clean.typed"
        query = Query(sql, parameters={"ending": ending}, views={"clean.typed": "select uuid() || $ending as label"})
        with engine.bound(query) as connection:
            return run(connection, query.sql, query.parameters)

    assert computed("a") == computed("a")
    assert computed("a") != computed("b")


@pytest.fixture
def engine_of_a_run(tmp_path: Path) -> Iterator[DuckDBOfARun]:
    engine = DuckDBOfARun(lambda: duckdb.connect(":memory:"), tmp_path / "spill", [tmp_path])
    yield engine
    engine.close()


def test_queries_of_a_run_share_a_database_and_see_nothing_of_each_other(engine_of_a_run: DuckDBOfARun) -> None:
    def labels(label: str) -> Query:
        return Query("select label from session.labels", relations={"session.labels": pa.table({"label": [label]})})

    with engine_of_a_run.bound(labels("outer")) as outer:
        with engine_of_a_run.bound(labels("inner")) as inner:
            catalogs = run(inner, "select database_name from duckdb_databases() where not internal", {})
            assert run(inner, "select label from session.labels", {}) == [("inner",)]
        assert len(catalogs) == 3  # the database's own and one of each query
        assert run(outer, "select label from session.labels", {}) == [("outer",)]
    with engine_of_a_run.bound(Query("")) as later:
        with pytest.raises(duckdb.CatalogException, match="session"):
            run(later, "select label from session.labels", {})
        assert len(run(later, "select * from duckdb_databases() where not internal", {})) == 2


def test_a_query_of_a_run_that_fails_or_is_left_half_read_leaves_nothing(engine_of_a_run: DuckDBOfARun) -> None:
    left: list[duckdb.DuckDBPyConnection] = []

    def fail() -> None:
        with engine_of_a_run.bound(Query("")) as connection:
            left.append(connection)
            connection.execute("begin transaction")
            connection.execute("create table half as select * from range(100000)")
            connection.execute("select * from half").fetchone()
            raise RuntimeError("user")

    with pytest.raises(RuntimeError, match="user"):
        fail()
    with pytest.raises(duckdb.ConnectionException):
        left[0].execute("select 1")
    with engine_of_a_run.bound(Query("")) as connection:
        assert len(run(connection, "select * from duckdb_databases() where not internal", {})) == 2


def test_the_engine_of_a_run_opens_anew_after_it_was_closed(engine_of_a_run: DuckDBOfARun) -> None:
    for _ in range(2):
        with engine_of_a_run.bound(Query("")) as connection:
            assert run(connection, "select 1", {}) == [(1,)]
        engine_of_a_run.close()


def test_a_path_with_a_quote_is_one_literal() -> None:
    assert quoted("it's") == "'it''s'"
