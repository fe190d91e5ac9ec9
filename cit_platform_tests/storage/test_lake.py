"""The lake: contract, approval, readers, unusual paths."""

import json
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from itertools import count
from pathlib import Path
from threading import Event

import duckdb
import pandas as pd
import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from cit_platform.contracts import TABLES, Column, Table
from cit_platform.engine.duckdb import DuckDB, plain_engine
from cit_platform.engine.query import ContractError, Query, Staged
from cit_platform.storage.lake import DamagedTableError, Lake, LakeError, one_snapshot, outdated
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
    assert version.provenance.engine == "duckdb"
    assert replace(version.provenance, content="", engine=provenance().engine) == provenance()
    assert version.n_rows == 2


def current_file(home: Path) -> Path:
    [file] = Lake(home).version("clean/records").files
    return Path(file)


def log_entries(home: Path) -> list[Path]:
    return sorted((home / "lake/clean/records/_delta_log").glob("*.json"))


def altered(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a file is gone": (lambda home: current_file(home).unlink(), "its file part-.* is gone"),
    "a file was cut": (lambda home: current_file(home).write_bytes(b"PAR1"), "its file part-.* has another size"),
    "a file was altered": (lambda home: altered(current_file(home)), "part-.* was altered"),
    "the last entry of the log was cut": (
        lambda home: log_entries(home)[-1].write_bytes(log_entries(home)[-1].read_bytes()[:-40]),
        "its log cannot be read",
    ),
    "the last entry of the log is empty": (lambda home: log_entries(home)[-1].write_text(""), "0001.json .* is empty"),
    "the last entry of the log is blank": (lambda home: log_entries(home)[-1].write_text("\n"), "is empty"),
    "the first entry of the log is gone": (lambda home: log_entries(home)[0].unlink(), "its log cannot be read"),
    "the log holds other bytes": (lambda home: log_entries(home)[-1].write_bytes(b"\0\xff" * 99), "cannot be read"),
    "the log is empty": (lambda home: [entry.unlink() for entry in log_entries(home)], "its log cannot be read"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_table_is_named_with_the_way_out_and_the_next_commit_mends_it(
    home: Path, engine: DuckDB, damage: str
) -> None:
    publish(home, engine)
    publish(home, engine)
    bring_about, words = DAMAGES[damage]
    bring_about(home)
    with pytest.raises(DamagedTableError, match=rf"table clean/records is damaged: .*{words}.* cit refresh") as found:
        Lake(home).verified("clean/records")
    assert len(str(found.value).splitlines()) == 1
    publish(home, engine)
    assert list(Lake(home).frame("clean/records")["thing"]) == ["a", "b"]
    assert Lake(home).verified("clean/records").n_rows == 2


def test_where_reading_fails_the_altered_table_is_named(home: Path, engine: DuckDB) -> None:
    publish(home, engine)
    file = current_file(home)
    file.write_bytes(b"PAR1" + b"x" * (file.stat().st_size - 8) + b"PAR1")
    lake, query = Lake(home), Query("select * from clean.records", {"clean.records": [file]})
    with pytest.raises(DamagedTableError, match="clean/records"), lake.altered_files_named(["clean/records"]):
        engine.table(query)
    with pytest.raises(ZeroDivisionError), lake.altered_files_named([]):
        1 / 0  # noqa: B018


def test_of_versions_without_checksums_the_files_and_their_sizes_are_held(home: Path, engine: DuckDB) -> None:
    version = publish(home, engine)
    entry = log_entries(home)[version]
    entry.write_text(entry.read_text().replace('"sha256"', '"other"'))
    altered(current_file(home))
    assert Lake(home).verified("clean/records").checksums == {}
    current_file(home).unlink()
    with pytest.raises(DamagedTableError):
        Lake(home).verified("clean/records")


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


def test_who_reads_while_a_commit_is_being_written_reads_the_version_before_it(home: Path, engine: DuckDB) -> None:
    publish(home, engine)
    log, over = home / "lake/clean/records/_delta_log", Event()

    def commit_again_and_again() -> None:
        # As the writer does: under another name first, which is then gone.
        for number in count():
            partial = log / f"_commit_{number}.json.tmp"
            partial.write_text("{}")
            partial.unlink()
            if over.is_set():
                return

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(commit_again_and_again)
        try:
            read = {Lake(home).version("clean/records").number for _ in range(1_000)}
        finally:
            over.set()
        writing.result()
    assert read == {0}


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
    assert contents["again"] == contents["from the file"] == first.content
    assert contents["fewer"] != first.content


PAIRS = Table(
    schema="features",
    name="contacts",
    grain="one row per name",
    meaning="Names with two values.",
    columns=(
        Column("name", "string", "Its name.", nullable=False),
        Column("left_value", "string", "A value."),
        Column("right_value", "string", "A value."),
    ),
    key=("name",),
)
ALIKE: dict[str, list[tuple[str, str | None, str | None]]] = {
    "two values": [("a", "x", "y"), ("b", "z", "w")],
    "a value of another row": [("a", "x", "w"), ("b", "z", "y")],
    "a value in the other column": [("a", "y", "x"), ("b", "z", "w")],
    "no value": [("a", "x", None), ("b", "z", "w")],
    "no value in the other column": [("a", None, "x"), ("b", "z", "w")],
    "an empty value": [("a", "x", ""), ("b", "z", "w")],
    "the same values in both rows": [("a", "x", "y"), ("b", "x", "y")],
    "other values, the same in both rows": [("a", "z", "w"), ("b", "z", "w")],
    "one row": [("a", "x", "y")],
}


def content_of(rows: list[tuple[str, str | None, str | None]], engine: DuckDB, folder: Path) -> str:
    frame = pa.Table.from_pandas(pd.DataFrame(rows, columns=PAIRS.column_names, dtype=object), preserve_index=False)
    # As ordered as it is given: the hash has to come out the same however the rows lie.
    query = Query("select * from session.pairs", relations={"session.pairs": frame}, ordered=True)
    return engine.write(query, PAIRS, folder).content


def test_other_rows_have_another_content_and_the_same_in_another_order_have_not(engine: DuckDB, tmp_path: Path) -> None:
    contents = {what: content_of(rows, engine, tmp_path) for what, rows in ALIKE.items()}
    assert len(set(contents.values())) == len(ALIKE)
    assert content_of(ALIKE["two values"][::-1], engine, tmp_path) == contents["two values"]


def test_a_version_of_before_rows_were_hashed_is_read_and_makes_due_what_was_computed_from_it(
    home: Path, engine: DuckDB
) -> None:
    """Its inputs are numbers of versions, and it has no content."""
    publish(home, engine)
    [entry] = log_entries(home)
    commit = [json.loads(line) for line in entry.read_text().splitlines()]
    [committed] = [action["commitInfo"] for action in commit if "commitInfo" in action]
    record = json.loads(committed["cit"])
    del record["content"]
    committed["cit"] = json.dumps({**record, "inputs": {"raw/records": 4}})
    entry.write_text("".join(json.dumps(action) + "\n" for action in commit))
    old = Lake(home).version("clean/records")
    assert old.provenance.content == ""
    assert outdated({"clean/records": old}) is None
    for content in ("", "of rows"):
        records = replace(old, path="raw/records", provenance=replace(provenance(), content=content))
        found = outdated({"raw/records": records, "clean/records": old})
        assert found == "clean/records was computed from an older version of raw/records"
