"""The engine: limits, closing, binding."""

from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from cit_platform.engine.duckdb import DuckDB, plain_engine, quoted, run
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


def test_a_path_with_a_quote_is_one_literal() -> None:
    assert quoted("it's") == "'it''s'"
