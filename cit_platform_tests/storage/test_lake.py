"""The lake: contract, approval, readers, unusual paths."""

import os
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from deltalake import DeltaTable, write_deltalake

from cit_platform.contracts import TABLES, Column, Table
from cit_platform.engine.duckdb import DuckDB, plain_engine
from cit_platform.engine.query import ContractError, Query, Staged
from cit_platform.storage.lake import Lake, LakeError, one_snapshot
from cit_platform.storage.provenance import Fingerprint, Provenance

THINGS = Table(
    schema="clean",
    name="records",
    grain="one row per thing",
    meaning="Things.",
    columns=(
        Column("thing", "string", "Its name.", nullable=False),
        Column("seen_at", "timestamp_ntz", "When."),
        Column("seen_on", "date", "When."),
        Column("n", "int64", "How many."),
        Column("small", "int32", "How many."),
        Column("share", "double", "How much."),
        Column("good", "boolean", "Whether."),
    ),
    key=("thing",),
)
TWO = (
    "select 'b' as thing, timestamp '2020-01-01 10:00:00' as seen_at, date '2020-01-01' as seen_on, "
    "sum(1) as n, 1 as small, 0.5 as share, true as good "
    "union all select 'a', null, null, null, null, null, null"
)


def provenance(snapshot: str = "s1") -> Provenance:
    return Provenance(
        snapshot=snapshot,
        source="demo",
        location="here",
        retrieved_at="2026-01-01T00:00:00+00:00",
        licence="Public Domain",
        as_of=date(2026, 1, 1),
        rows_received=2,
        fingerprint=Fingerprint("a", "b", "c"),
        run_id="run",
        code_version="code",
        inputs={},
    )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "a höme with blanks"


@pytest.fixture
def engine(home: Path) -> DuckDB:
    return plain_engine("1GB", 2, home / "spill")


def publish(home: Path, engine: DuckDB, sql: str = TWO, table: Table = THINGS) -> int:
    lake = Lake(home)
    return lake.commit(engine.write(Query(sql), table, lake.folder(table.path)), provenance())


def test_a_table_comes_back_in_the_order_of_its_key_with_the_types_of_its_contract(home: Path, engine: DuckDB) -> None:
    publish(home, engine)
    frame = Lake(home).frame("clean/records")
    assert list(frame["thing"]) == ["a", "b"]
    schema = DeltaTable(str(home / "lake/clean/records")).schema().to_json()
    for written in ('"timestamp_ntz"', '"date"', '"long"', '"integer"', '"double"', '"boolean"', '"string"'):
        assert written in schema


def test_a_version_carries_its_provenance_and_rows(home: Path, engine: DuckDB) -> None:
    publish(home, engine)
    version = Lake(home).version("clean/records")
    assert version.provenance.content
    assert replace(version.provenance, content="") == provenance()
    assert version.n_rows == 2


def test_a_query_reads_the_tables_it_names(home: Path, engine: DuckDB) -> None:
    publish(home, engine)
    lake = Lake(home)
    doubled = Query(
        "select thing || $ending as thing, * exclude (thing) from clean.records",
        {"clean.records": lake.version("clean/records").files},
        {"ending": "!"},
    )
    lake.commit(engine.write(doubled, THINGS, lake.folder(THINGS.path)), provenance())
    assert list(lake.frame("clean/records")["thing"]) == ["a!", "b!"]


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("select 'a' as thing", "missing columns: good, n, seen_at, seen_on, share, small"),
        (f"select *, 1 as surplus from ({TWO})", "unknown columns: surplus"),
        (f"select * from ({TWO}) where thing = 'z'", "would be empty"),
        (f"select * replace ('same' as thing) from ({TWO})", "1 rows repeat the key (thing)"),
        (f"select * replace (nullif(thing, 'a') as thing) from ({TWO})", "1 null in thing"),
    ],
)
def test_what_breaks_the_contract_never_becomes_the_current_version(
    home: Path, engine: DuckDB, sql: str, message: str
) -> None:
    version = publish(home, engine)
    with pytest.raises(ContractError) as refused:
        publish(home, engine, sql)
    assert message in str(refused.value)
    assert "clean/records" in str(refused.value)
    assert Lake(home).version("clean/records").number == version
    assert list(Lake(home).frame("clean/records")["thing"]) == ["a", "b"]


def test_a_query_that_says_it_is_ordered_is_not_sorted_again(home: Path, engine: DuckDB) -> None:
    """The rows stay as they come, so only a query whose rows come by key may say so."""
    lake = Lake(home)
    staged = engine.write(Query(TWO, ordered=True), THINGS, lake.folder(THINGS.path))
    assert pd.read_parquet(staged.files[0])["thing"].tolist() == ["b", "a"]


def test_a_query_that_fails_leaves_no_file(home: Path, engine: DuckDB) -> None:
    publish(home, engine)
    files = sorted((home / "lake/clean/records").glob("*.parquet"))
    wrong = f"select * replace (cast(thing as bigint) as n) from ({TWO})"
    with pytest.raises(duckdb.ConversionException):
        engine.write(Query(wrong), THINGS, Lake(home).folder(THINGS.path))
    assert sorted((home / "lake/clean/records").glob("*.parquet")) == files


def test_a_staged_result_is_invisible_until_it_is_committed(home: Path, engine: DuckDB) -> None:
    publish(home, engine)
    lake = Lake(home)
    staged = engine.write(Query(f"select * from ({TWO}) where thing = 'a'"), THINGS, lake.folder(THINGS.path))
    assert len(lake.frame("clean/records")) == 2
    staged.discard()
    assert not staged.files[0].exists()


def test_orphans_of_killed_writes_go_after_a_day_and_versions_of_today_stay(home: Path, engine: DuckDB) -> None:
    publish(home, engine)
    before = Lake(home).version("clean/records").files
    orphan = home / "lake/clean/records/part-orphan.parquet"
    orphan.write_bytes(b"half")
    two_days_ago = time.time() - 2 * 86_400
    os.utime(orphan, (two_days_ago, two_days_ago))
    publish(home, engine)
    assert not orphan.exists()
    assert all(Path(file).exists() for file in before)


def test_a_table_with_deletion_vectors_is_refused(home: Path, engine: DuckDB) -> None:
    path = home / "lake/clean/records"
    write_deltalake(str(path), pd.DataFrame({"thing": ["a"]}), configuration={"delta.enableDeletionVectors": "true"})
    with pytest.raises(LakeError, match="deletionVectors"):
        Lake(home).version("clean/records")


def test_a_table_that_was_never_published_is_named(home: Path) -> None:
    with pytest.raises(LakeError, match="clean/records does not exist yet"):
        Lake(home).version("clean/records")


def test_a_changed_contract_replaces_the_table_without_anyone_removing_a_folder(home: Path, engine: DuckDB) -> None:
    publish(home, engine)
    fewer = Table("clean", "records", "grain", "meaning", THINGS.columns[:1], ("thing",))
    publish(home, engine, "select 'only' as thing", fewer)
    assert list(Lake(home).frame("clean/records").columns) == ["thing"]


def test_tables_of_two_snapshots_are_not_used_together(home: Path, engine: DuckDB) -> None:
    lake = Lake(home)
    other = Table("raw", "records", "grain", "meaning", THINGS.columns[:1], ("thing",))
    publish(home, engine)
    lake.commit(engine.write(Query("select 'x' as thing"), other, lake.folder(other.path)), provenance("s2"))
    with pytest.raises(LakeError, match=r"different snapshots: clean/records from s1 .*, raw/records from s2 "):
        one_snapshot({path: lake.version(path) for path in ("clean/records", "raw/records")})


def test_two_writers_of_one_version_do_not_both_win(home: Path, engine: DuckDB) -> None:
    publish(home, engine)
    lake = Lake(home)
    stale = DeltaTable(str(home / "lake/clean/records"))
    publish(home, engine)
    from deltalake.exceptions import CommitFailedError

    from cit_platform.storage.lake import _add_actions, _delta_schema

    staged = engine.write(Query(TWO), THINGS, lake.folder(THINGS.path))
    with pytest.raises(CommitFailedError):
        stale.create_write_transaction(_add_actions(staged), "overwrite", _delta_schema(THINGS), [])


def test_a_table_of_several_files_is_read_whole_and_in_the_order_of_its_key(
    home: Path, engine: DuckDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any writer in parallel leaves several files."""
    monkeypatch.setitem(TABLES, THINGS.path, THINGS)
    lake = Lake(home)
    folder = lake.folder(THINGS.path)
    later, earlier = (
        engine.write(Query(f"select * replace (thing || '{ending}' as thing) from ({TWO})"), THINGS, folder)
        for ending in ("2", "1")
    )
    both = Staged(THINGS, (*later.files, *earlier.files), later.n_rows + earlier.n_rows, content="of both")
    lake.commit(both, provenance())
    version = lake.version(THINGS.path)
    assert (version.n_rows, len(version.files)) == (4, 2)
    assert lake.frame(THINGS.path)["thing"].tolist() == ["a1", "a2", "b1", "b2"]
    assert lake.frame(THINGS.path, ["n"]).columns.tolist() == ["n"]
    assert lake.frame(THINGS.path, ["n"])["n"].isna().tolist() == [True, True, False, False]
    assert len(lake.head(THINGS.path, ["thing"], 3)) == 3
    counted = engine.table(Query("select count(*) as n from clean.records", {"clean.records": version.files}))
    assert counted.column("n").to_pylist() == [4]


def test_the_content_of_a_version_is_that_of_its_rows(home: Path, engine: DuckDB, tmp_path: Path) -> None:
    """However they were come by: a query that knows of no nulls is encoded otherwise."""
    first = engine.write(Query(TWO), THINGS, tmp_path)
    file = {"session.written": list(first.files)}
    queries = {"again": TWO, "from the file": "select * from session.written", "fewer": f"{TWO} limit 1"}
    contents = {name: engine.write(Query(sql, file), THINGS, tmp_path).content for name, sql in queries.items()}
    changed = f"select * replace (thing || '!' as thing) from ({TWO})"
    assert contents["again"] == contents["from the file"] == first.content
    assert contents["fewer"] != first.content
    assert engine.write(Query(changed), THINGS, tmp_path).content != first.content
