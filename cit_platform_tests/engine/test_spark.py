"""Both engines give the same rows: a small city, and in every column text that engines read differently."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cit_platform.assets.pseudonyms import officers
from cit_platform.codebook import codebook_relations
from cit_platform.codebook.agency import agency_of
from cit_platform.contracts import TABLES
from cit_platform.engine.duckdb import DuckDB, plain_engine
from cit_platform.engine.query import ContractError, Engine, Query, Staged
from cit_platform.engine.spark import Spark
from cit_platform.transforms import ROOT, SAME_STATEMENT, VIEWS, read_sql, views_of
from cit_platform_tests.conftest import SMALL_CITY, Cit
from cit_platform_tests.engine.nasty import nasty_texts
from cit_platform_tests.engine.sparks import small_spark
from cit_platform_tests.transforms.engine import FIELDS, received, record

# The first statements wait for Java to warm up, on a busy machine for minutes.
pytestmark = pytest.mark.timeout(900)
N_NASTY = 500
IN_ORDER = (
    *("clean/exclusions", "clean/records", "clean/contradictory"),
    *("features/officer_levels", "features/records", "features/contacts", "features/contradictory"),
    *("quality/coverage", "quality/labels", "quality/levels", "quality/flow"),
)
COMPARING = ("raw/revisions", "raw/comparisons")
WRITTEN = (*IN_ORDER, *COMPARING, "quality/revisions")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("a folder für Spark")


@pytest.fixture(scope="module")
def spark(folder: Path) -> Iterator[Spark]:
    with small_spark(folder / "configuration") as session:
        yield Spark(lambda: session, folder / "spill")


@pytest.fixture(scope="module")
def duckdb(folder: Path) -> DuckDB:
    return plain_engine("1GB", 1, folder / "duckdb")


def nasty_records() -> pa.Table:
    """Records as raw/records has them, an empty text missing: each with one nasty text; then those of nothing else."""
    texts = [text or None for text in nasty_texts(N_NASTY)]
    rows = received([record(template_id=str(number)) for number in range(len(FIELDS) * len(texts))])
    columns = {name: rows.column(name).to_pylist() for name in rows.column_names}
    for position, name in enumerate(FIELDS):
        start = position * len(texts)
        columns[name][start : start + len(texts)] = texts
    whole = {name: columns[name] + texts for name in FIELDS}
    ids = columns["record_id"] + [f"nasty{number}-{1 + number % 2}" for number in range(len(texts))]
    return pa.table({"record_id": ids, **whole}).sort_by("record_id")


def compared_snapshots(folder: Path) -> dict[str, list[Path]]:
    """Two snapshots: labels reworded and withdrawn, templates added, removed and collapsed, nasty text everywhere."""
    texts = itertools.cycle(nasty_texts(N_NASTY))
    before, after = [], []
    for number in range(400):
        row = record(template_id=str(number), disposition="Arrested" if number % 3 else "Referred", beat="K1")
        new = row | {"disposition": "Custody" if row["disposition"] == "Arrested" else "Referred", "beat": None}
        field = FIELDS[number % len(FIELDS)]
        if number % 2:
            row, new = row | {field: next(texts)}, new | {field: next(texts)}
        before += [row] * (2 if number % 7 == 0 else 1) if number % 11 else []
        after += [new] * (1 if number % 5 else 2) if number % 13 else []
    files = {}
    for name, rows in (("before", before), ("after", after)):
        files[f"session.{name}"] = [folder / f"{name}.parquet"]
        raw = {field: [row[field] for row in rows] for field in FIELDS}
        pq.write_table(pa.table({"record_id": received(rows).column("record_id"), **raw}), files[f"session.{name}"][0])
    return files


@dataclass(frozen=True)
class Statements:
    """The query of every statement, over the rows that DuckDB gave to those before it, and what DuckDB gave."""

    queries: Mapping[str, Query]
    staged: Mapping[str, Staged]


@pytest.fixture(scope="module")
def statements(folder: Path, duckdb: DuckDB, small_city_home: Path) -> Statements:
    lake = Cit(small_city_home).lake
    nasty = folder / "nasty.parquet"
    pq.write_table(nasty_records(), nasty)
    files = {TABLES[path].relation: [*version.files] for path, version in lake.versions().items()}
    files["raw.records"].append(str(nasty))
    relations = {**codebook_relations("seattle"), "session.officers": officers(duckdb, files["raw.records"], b"k" * 32)}
    values = {"as_of": date.fromisoformat(SMALL_CITY["CIT_AS_OF"]), "agency": "seattle"}
    values |= agency_of("seattle").parameters
    queries, staged = {}, {}
    for path in IN_ORDER:
        read = files | ({"clean.records": files["clean.contradictory"]} if path == "features/contradictory" else {})
        standing = "contradictory" if path == "clean/contradictory" else "clean"
        queries[path] = Query(read_sql(path), read, values | {"standing": standing}, relations, views_of(path))
        staged[path] = duckdb.write(queries[path], TABLES[path], folder / "duckdb" / path)
        files = files | {TABLES[path].relation: [*map(str, staged[path].files)]}
    comparison = {
        "sequence": 2,
        "from_snapshot": None,
        "to_snapshot": "b" * 64,
        "seen_at": datetime(2020, 11, 14, 4, 5, 6),
        "rows_accepted": True,
    }
    snapshots = compared_snapshots(folder)
    for path in COMPARING:
        queries[path] = Query(read_sql(path), snapshots, values | comparison, relations, views_of(path))
        staged[path] = duckdb.write(queries[path], TABLES[path], folder / "duckdb" / path)
    revised = {"raw.revisions": staged["raw/revisions"].files, "raw.comparisons": staged["raw/comparisons"].files}
    queries["quality/revisions"] = Query(read_sql("quality/revisions"), revised)
    staged["quality/revisions"] = duckdb.write(
        queries["quality/revisions"], TABLES["quality/revisions"], folder / "duckdb" / "quality"
    )
    queries["quality/exposure_counts"] = Query(read_sql("quality/exposure_counts"), files | revised)
    return Statements(queries, staged)


def test_every_statement_is_compared() -> None:
    of_files = {file.relative_to(ROOT).with_suffix("").as_posix() for file in ROOT.rglob("*.sql")}
    views = {view for path in WRITTEN for view in VIEWS.get(path, ())}
    assert {SAME_STATEMENT.get(path, path) for path in WRITTEN} | views | {"quality/exposure_counts"} == of_files


@pytest.mark.parametrize("path", WRITTEN)
def test_a_table_has_the_same_rows_on_both_engines(
    spark: Spark, statements: Statements, folder: Path, path: str
) -> None:
    theirs = spark.write(statements.queries[path], TABLES[path], folder / "spark" / path)
    ours = statements.staged[path]
    assert (theirs.n_rows, theirs.broken, theirs.engine) == (ours.n_rows, ours.broken, "spark")
    assert ours.n_rows >= 3
    differing = [pair for pair in zip(rows_of(ours), rows_of(theirs), strict=True) if pair[0] != pair[1]]
    assert differing[:3] == []


def test_an_answer_has_the_same_rows_on_both_engines(spark: Spark, duckdb: DuckDB, statements: Statements) -> None:
    query = statements.queries["quality/exposure_counts"]
    ordered = replace(query, sql=f"select * from (\n{query.sql}\n) as found order by quarter, officer, quarter_before")
    ours, theirs = (engine.table(ordered).to_pylist() for engine in (duckdb, spark))
    assert ours == theirs
    assert len(ours) > 1000


def rows_of(staged: Staged) -> list[dict[str, object]]:
    """The rows in the order of the files; every type is that of the contract."""
    table = pa.concat_tables([pq.read_table(file) for file in staged.files])
    types = {"string": "string", "boolean": "bool", "date": "date32[day]", "timestamp_ntz": "timestamp[us]"}
    assert [str(kind) for kind in table.schema.types] == [types.get(c.type, c.type) for c in staged.table.columns]
    rows: list[dict[str, object]] = table.to_pylist()
    return rows


def test_every_letter_has_the_same_capital_on_both_engines(spark: Spark, duckdb: DuckDB) -> None:
    letters = pa.table({"letter": [chr(point) for point in range(1, 0x20000) if not 0xD800 <= point < 0xE000]})
    query = Query(
        "select letter, upper(letter) as capital from session.letters", relations={"session.letters": letters}
    )
    capitals = duckdb.table(query)
    sql = (
        "select s.letter from session.letters s join session.capitals c on c.letter = s.letter "
        "where upper(s.letter) <> c.capital"
    )
    differing = spark.table(Query(sql, relations={"session.letters": letters, "session.capitals": capitals}))
    assert differing.num_rows == 0
    # Java's own capitals are others.
    assert "SS" not in capitals.column("capital").to_pylist()


VALUES = {
    "day": date(2016, 3, 13),
    "moment": datetime(2016, 3, 13, 2, 30, 0, 250000),
    "yes": True,
    "whole": 2**40,
    "part": 0.1,
    "text": "it's :day $whole \\ '",
    "none": None,
}


def test_bound_values_keep_type_and_text(spark: Spark, duckdb: DuckDB) -> None:
    query = Query("select " + ", ".join(f"${name} as {name}" for name in VALUES), parameters=VALUES)
    assert [engine.table(query).to_pylist() for engine in (duckdb, spark)] == [[VALUES]] * 2


def test_whole_numbers_days_and_halves_are_counted_alike(spark: Spark, duckdb: DuckDB) -> None:
    numbers = pa.table({"a": pa.array([-7, 7, 0, None], pa.int64()), "b": pa.array([2, 2, 2, 2], pa.int64())})
    sql = (
        "select a, a % b as rest, a / b as share, cast(a * 0.5 as double) as half, cast('2016-03-13' as date) as day, "
        "date_diff('day', cast('2016-03-12' as date), cast('2016-03-14' as date)) as days, "
        "extract(hour from cast('2016-03-13 02:30:00' as timestamp)) as hour, "
        "row_number() over (order by a desc) as place, "
        "cast(cast('2016-03-13 02:30:00' as timestamp) as varchar) as print "
        "from session.numbers order by a"
    )
    query = Query(sql, relations={"session.numbers": numbers})
    assert spark.table(query).to_pylist() == duckdb.table(query).to_pylist()


EXCLUSIONS = TABLES["clean/exclusions"]


def excluded(*rows: tuple[str | None, ...]) -> Query:
    columns = {name: pa.array([row[n] for row in rows], pa.string()) for n, name in enumerate(EXCLUSIONS.column_names)}
    return Query("select * from session.rows", relations={"session.rows": pa.table(columns)})


def test_what_is_staged_says_what_it_breaks_and_tells_rows_apart(spark: Spark, duckdb: DuckDB, tmp_path: Path) -> None:
    one, other = ("a", None, "rule", "field", "x"), ("b", "x", "rule", "field", None)
    queries = {
        "as it is": excluded(one, other),
        "in another order": excluded(other, one),
        "values exchanged": excluded(("a", "x", "rule", "field", None), ("b", None, "rule", "field", "x")),
        "without a rule": excluded(one, ("b", "x", None, "field", None)),
        "a key twice": excluded(one, one),
        "nothing": excluded(),
    }
    staged = {name: spark.write(query, EXCLUSIONS, tmp_path / "spark") for name, query in queries.items()}
    ours = {name: duckdb.write(query, EXCLUSIONS, tmp_path / "duckdb") for name, query in queries.items()}
    assert {name: each.broken for name, each in staged.items()} == {name: each.broken for name, each in ours.items()}
    assert staged["without a rule"].broken == ("1 null in rule",)
    assert staged["as it is"].content == staged["in another order"].content
    assert len({each.content for each in staged.values()}) == len(queries) - 1


def test_rows_keep_their_order_over_several_files(spark: Spark, tmp_path: Path) -> None:
    rows = [(f"{number % 7}{number}", "1", "rule", "field", None) for number in range(500)]
    session = spark.session()
    session.conf.set("spark.sql.shuffle.partitions", "3")
    try:
        staged = spark.write(excluded(*rows), EXCLUSIONS, tmp_path)
    finally:
        session.conf.set("spark.sql.shuffle.partitions", "1")
    assert len(staged.files) == 3
    assert [row["record_id"] for row in rows_of(staged)] == sorted(row[0] for row in rows)


def test_a_view_is_computed_once_for_the_same_inputs(spark: Spark) -> None:
    def computed(ending: str) -> object:
        query = Query(
            "select * from clean.typed",
            parameters={"ending": ending},
            views={"clean.typed": "select uuid() || $ending as label"},
        )
        return spark.table(query).to_pylist()

    assert computed("a") == computed("a")
    assert computed("a") != computed("b")


@pytest.mark.parametrize("engine", ["spark", "duckdb"])
def test_other_columns_than_those_of_the_contract_are_refused(
    request: pytest.FixtureRequest, engine: str, tmp_path: Path
) -> None:
    asked: Engine = request.getfixturevalue(engine)
    with pytest.raises(ContractError, match="missing columns: field, rule, template_id, value; unknown columns: extra"):
        asked.write(Query("select 'a' as record_id, 1 as extra"), EXCLUSIONS, tmp_path)
    assert list(tmp_path.iterdir()) == []
