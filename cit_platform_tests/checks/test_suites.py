"""The suites as data: their list in `docs/`, and SQL in the part that DuckDB and Spark share."""

import re

import pytest
import sqlglot
from sqlglot import ErrorLevel

from cit_platform.checks.catalogue import PAGE, catalogue
from cit_platform.checks.check import Check
from cit_platform.checks.counting import CONDITIONS, _totals
from cit_platform.checks.suites import SUITES
from cit_platform.contracts import TABLES
from cit_platform_tests.checks.frames import context
from cit_platform_tests.transforms.test_dialect import ALLOWED, FORBIDDEN, functions

RELATIONS = {
    relation.sql: relation
    for suite in SUITES.values()
    for check in suite
    for relation in (check.relation, check.details)
    if relation
}
EACH = [(path, check) for path, suite in SUITES.items() for check in suite]


def test_the_list_of_checks_is_up_to_date() -> None:
    assert PAGE.read_text() == catalogue(), "run `make docs`"


@pytest.mark.parametrize(("path", "check"), EACH, ids=[f"{path} {check.name}" for path, check in EACH])
def test_a_description_says_once_what_to_do(path: str, check: Check) -> None:
    assert len(re.findall(r"\bIf ", check.description)) == 1, path


@pytest.mark.parametrize("sql", RELATIONS)
def test_a_relation_is_one_select_that_both_engines_share(sql: str) -> None:
    [tree] = sqlglot.parse(sql, read="duckdb")
    assert tree is not None
    sqlglot.transpile(sql, read="duckdb", write="spark", unsupported_level=ErrorLevel.RAISE)
    assert set(functions(tree)) <= ALLOWED | {"Avg"}
    assert not list(tree.find_all(*FORBIDDEN))


@pytest.mark.parametrize("path", SUITES)
def test_what_is_counted_is_in_both_engines(path: str) -> None:
    for check in SUITES[path]:
        sql = _totals(check.relation, {0: check}, context(path, 120)).sql
        sqlglot.transpile(sql, read="duckdb", write="spark", unsupported_level=ErrorLevel.RAISE)
        assert set(functions(sqlglot.parse_one(sql, read="duckdb"))) <= ALLOWED | {"Avg"}


@pytest.mark.parametrize("sql", RELATIONS)
def test_a_relation_reads_its_table_what_stands_on_it_and_what_the_circumstances_give(sql: str) -> None:
    read = {f"{table.db}.{table.name}" for table in sqlglot.parse_one(sql, read="duckdb").find_all(sqlglot.exp.Table)}
    given = {*RELATIONS[sql].views, *RELATIONS[sql].tables(context("raw/records", 120))}
    known = {TABLES[path].relation for path in SUITES} | given
    assert {name for name in read if not name.startswith((".", "session."))} <= known


@pytest.mark.parametrize("example", sorted({check.example for _, check in EACH if check.example}))
def test_an_example_is_text_that_both_engines_share(example: str) -> None:
    tree = sqlglot.parse_one(example, read="duckdb")
    assert set(functions(tree)) <= ALLOWED | {"Translate"}


def test_every_judged_value_has_a_condition() -> None:
    """An expectation on values whose condition nobody wrote would pass whatever the rows are."""
    kinds = {check.expectation.kind for _, check in EACH}
    assert {kind for kind in kinds if "Values" in kind or "Unique" in kind} <= set(CONDITIONS)
