"""Each statement stays in the part of SQL that DuckDB and Spark share, and reads only what it may."""

import re
from collections.abc import Iterator

import pytest
import sqlglot
from sqlglot import ErrorLevel, exp

from cit_platform.codebook import codebook_files, codebook_rows
from cit_platform.contracts import TABLES
from cit_platform.engine.spark_dialect import spark_steps
from cit_platform.transforms import ROOT, SAME_STATEMENT, VIEWS, read_sql

PATHS = sorted(file.relative_to(ROOT).with_suffix("").as_posix() for file in ROOT.rglob("*.sql"))
VIEW_PATHS = sorted({view for views in VIEWS.values() for view in views})
# Functions whose meaning is the same in both engines. A new one is added here once that is known.
ALLOWED = {
    *("And", "Or", "Case", "If", "Coalesce", "Nullif", "Cast", "TryCast", "Concat"),
    *("Count", "Sum", "Min", "Max", "RowNumber"),
    *("RegexpLike", "RegexpReplace", "Substring", "SplitPart", "Trim", "Replace", "Upper", "MD5", "StrPosition", "Chr"),
    *("DateDiff", "DateTrunc", "TimestampTrunc", "Extract", "Median", "Lag"),
}
FORBIDDEN = (exp.Bracket, exp.Slice, exp.Lambda, exp.Command, exp.Qualify, exp.Anonymous)
STAGES = ("raw", "clean", "features", "models", "quality")
# Those of raw are the tables that compare snapshots; raw/records comes from the source.
COMPARING = {"raw/revisions", "raw/comparisons"}
SNAPSHOTS = {"session.before", "session.after"}
# Judged in Python, from what a statement counts.
JUDGED = {"quality/exposure"}


def statement(path: str) -> exp.Expression:
    [tree] = sqlglot.parse(read_sql(path), read="duckdb")
    assert tree is not None
    return tree


def functions(tree: exp.Expression) -> Iterator[str]:
    for node in tree.find_all(exp.Func):
        yield type(node).__name__


def relations(tree: exp.Expression) -> set[str]:
    """Qualified relations a statement reads; its own CTEs are not qualified."""
    return {f"{table.db}.{table.name}" for table in tree.find_all(exp.Table) if table.db}


def test_there_is_a_statement_for_each_table_of_the_stages() -> None:
    stages = ("clean", "features", "quality")
    tables = {path for path in TABLES if path.split("/")[0] in stages}
    assert set(PATHS) - set(VIEW_PATHS) == (tables - set(SAME_STATEMENT) - JUDGED) | COMPARING


@pytest.mark.parametrize("path", PATHS)
def test_a_statement_is_one_select_that_spark_understands(path: str) -> None:
    tree = statement(path)
    assert isinstance(tree, exp.Query)
    bound = tuple((node.name, "string") for node in tree.find_all(exp.Placeholder))
    for _, step in spark_steps(read_sql(path), bound):
        written = sqlglot.parse_one(step, read="spark", error_level=ErrorLevel.RAISE)
        assert not relations(written), "a view of Spark's session has no schema"


@pytest.mark.parametrize("path", PATHS)
def test_a_statement_uses_only_what_both_engines_share(path: str) -> None:
    tree = statement(path)
    assert set(functions(tree)) <= ALLOWED
    assert not list(tree.find_all(*FORBIDDEN))
    assert all(pivot.unpivot for pivot in tree.find_all(exp.Pivot))
    assert not [star for star in tree.find_all(exp.Star) if star.args.get("except_") or star.args.get("replace")]
    assert {join.method for join in tree.find_all(exp.Join)} <= {""}, "no ASOF"


def test_what_a_statement_reads_twice_of_itself_is_a_step_before_it() -> None:
    sql = (
        "with a as (select 1 as x), b as (select x from a), c as (select x from b) select * from b join c on b.x = c.x"
    )
    assert [step for step, _ in spark_steps(sql, ())] == ["b", ""]
    [(_, b), (_, last)] = spark_steps(sql, ())
    assert "a AS (" in b
    assert "b AS (" not in last


@pytest.mark.parametrize("path", PATHS)
def test_a_statement_says_what_engines_would_each_take_for_granted(path: str) -> None:
    tree = statement(path)
    assert all(trim.expression for trim in tree.find_all(exp.Trim)), "which blanks"
    for node in tree.find_all(exp.RegexpReplace):
        pattern = node.expression.name
        assert node.args.get("modifiers") or pattern.startswith("^") or pattern.endswith("$") or is_anchored(pattern)
    patterns = [node.expression.name for node in tree.find_all(exp.RegexpLike, exp.RegexpReplace)]
    assert [pattern for pattern in patterns if "$" in pattern[:-1]] == [], "an end that is not the end"


def is_anchored(column: str) -> bool:
    """Whether all patterns of a column of the codebook begin at the beginning, and end at most at the end."""
    files = codebook_files("seattle")
    texts = [row[column] for row in codebook_rows(files["label_prefixes"])] if column == "pattern" else []
    return bool(texts) and all(text.startswith("^") and "$" not in text[:-1] for text in texts)


def test_patterns_of_call_types_end_at_most_at_the_end() -> None:
    texts = [row["label"] for row in codebook_rows(codebook_files("seattle")["call_types"]) if row["kind"] == "pattern"]
    assert len(texts) > 30
    assert [text for text in texts if "$" in text[:-1] or text.endswith(r"\$")] == []


def test_a_function_that_spark_lacks_is_seen() -> None:
    tree = sqlglot.parse_one("select try_strptime(x, '%Y'), dayofweek(y), list_sort(z), x[1:2] from t", read="duckdb")
    assert not set(functions(tree)) <= ALLOWED
    assert list(tree.find_all(*FORBIDDEN))


@pytest.mark.parametrize("path", PATHS)
def test_only_bound_values_enter_a_statement(path: str) -> None:
    names = {node.name for node in statement(path).find_all(exp.Parameter, exp.Placeholder)}
    of_comparison = {"sequence", "from_snapshot", "to_snapshot", "seen_at", "rows_accepted"}
    assert names <= {"as_of", "first_report", "last_legacy_template", "agency", "standing"} | (
        of_comparison if path.startswith("raw/") else set()
    )
    # Braces count repetitions and name characters in regular expressions, and nothing else.
    assert not re.search(r"{(?!A0}|01}|\d+(,\d*)?})", read_sql(path))


@pytest.mark.parametrize("path", PATHS)
def test_a_statement_reads_what_exists_and_lies_before_it(path: str) -> None:
    stage = path.split("/")[0]
    known = {TABLES[name].relation for name in TABLES if STAGES.index(name.split("/")[0]) <= STAGES.index(stage)}
    known |= {f"codebook.{name}" for name in codebook_files("seattle")} | {"session.officers"}
    known |= {view.replace("/", ".") for view in VIEW_PATHS} | (SNAPSHOTS if stage == "raw" else set())
    assert relations(statement(path)) <= known - {path.replace("/", ".")}


def views_read_by(path: str) -> set[str]:
    """Views that a statement reads, and those that they read."""
    views = {view.replace("/", "."): view for view in VIEW_PATHS}
    direct = {views[name] for name in relations(statement(path)) & set(views)} - {path}
    return direct.union(*map(views_read_by, direct))


@pytest.mark.parametrize("path", PATHS)
def test_views_are_named_with_those_that_read_them(path: str) -> None:
    if path in VIEW_PATHS:
        return
    assert set(VIEWS.get(path, ())) == views_read_by(path)


@pytest.mark.parametrize("path", [path for path in PATHS if path not in VIEW_PATHS])
def test_a_statement_gives_its_contract_in_order(path: str) -> None:
    query = statement(path)
    assert isinstance(query, exp.Query)
    assert tuple(query.named_selects) == TABLES[path].column_names


@pytest.mark.parametrize("path", PATHS)
def test_a_statement_opens_with_what_it_gives_and_reads(path: str) -> None:
    comment = " ".join(line for line in read_sql(path).splitlines() if line.startswith("--"))
    assert "Reads " in comment
    for relation in relations(statement(path)):
        assert relation in comment or (relation.startswith("codebook.") and "codebook" in comment), relation
    assert max(map(len, read_sql(path).splitlines())) <= 120
