"""The archive: each content once, whole or not at all, and provably what was kept."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cit_platform.sources.file import FileSource
from cit_platform.sources.snapshot import Snapshot
from cit_platform.storage.archive import Archive, worth_keeping
from cit_platform.storage.archived_snapshot import ArchiveError, Retrieval
from cit_platform_tests.sources.spellings import SPELLINGS, generated_rows, written


def snapshot_of(directory: Path, *, name: str = "soda.json", count: int = 40) -> Snapshot:
    directory.mkdir(exist_ok=True)
    return FileSource(written(directory, name, SPELLINGS[name](generated_rows(count)))).fetch(directory)


def tree(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_entry_holds_records_description_and_bytes_as_received(tmp_path: Path) -> None:
    snapshot = snapshot_of(tmp_path / "in ü")
    archive = Archive(tmp_path / "home ü" / "archive")
    entry = archive.keep(snapshot)
    assert entry.directory == archive.root / snapshot.content_hash
    assert sorted(tree(archive.root / snapshot.content_hash)) == [
        "received/soda.json.gz",
        "records.parquet",
        "snapshot.json",
    ]
    assert entry.records.read_bytes() == snapshot.records.read_bytes()
    assert pq.ParquetFile(entry.records).metadata.row_group(0).column(0).compression == "ZSTD"
    received = (snapshot.received or Path()).read_bytes()
    assert gzip.decompress((entry.received or Path()).read_bytes()) == received
    assert entry.received_sha256 == hashlib.sha256(received).hexdigest()
    for field in ("source", "location", "retrieved_at", "licence", "n_records", "content_hash"):
        assert getattr(entry, field) == getattr(snapshot, field)
    assert archive.list() == (entry,)
    entry.verify()


@pytest.mark.parametrize("name", ["soda.json.gz", "soda.zip", "text.parquet"])
def test_bytes_that_came_compressed_are_copied(name: str, tmp_path: Path) -> None:
    snapshot = snapshot_of(tmp_path / "in", name=name)
    entry = Archive(tmp_path / "archive").keep(snapshot)
    assert entry.received == entry.directory / "received" / name
    assert entry.received.read_bytes() == (tmp_path / "in" / name).read_bytes()
    entry.verify()


def test_snapshot_without_received_bytes(tmp_path: Path) -> None:
    entry = Archive(tmp_path / "archive").keep(dataclasses.replace(snapshot_of(tmp_path / "in"), received=None))
    assert (entry.received, entry.received_sha256) == (None, None)
    entry.verify()


def test_the_same_content_is_kept_once(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    first = archive.keep(snapshot_of(tmp_path / "in"))
    again = archive.keep(snapshot_of(tmp_path / "in", name="bulk.csv"))
    assert again == dataclasses.replace(first, sequence=again.sequence)
    assert archive.list() == (again,)
    assert again.received == first.received


def test_latest_is_the_one_kept_last(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    assert archive.latest() is None
    assert archive.list() == ()
    hashes = [archive.keep(snapshot_of(tmp_path / "in", count=count)).content_hash for count in (40, 41, 42)]
    assert [entry.content_hash for entry in archive.list()] == hashes
    archive.keep(snapshot_of(tmp_path / "in", count=40))
    latest = archive.latest()
    assert latest
    assert latest.content_hash == hashes[0]
    assert [entry.content_hash for entry in archive.list()] == [*hashes[1:], hashes[0]]


def test_get_by_hash_and_prefix(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    with pytest.raises(ArchiveError, match=r"No archived snapshot .* one of: none"):
        archive.get("ab")
    entries = [archive.keep(snapshot_of(tmp_path / "in", count=count)) for count in (40, 41)]
    for entry in entries:
        assert archive.get(entry.content_hash) == entry
        assert archive.get(entry.content_hash[:8]) == entry
    with pytest.raises(ArchiveError, match=f"Several .* {entries[0].content_hash[:12]}"):
        archive.get("")
    with pytest.raises(ArchiveError, match=f"No archived .*`xyz`.* {entries[1].content_hash[:12]}"):
        archive.get("xyz")


def test_verify_finds_any_change(tmp_path: Path) -> None:
    entry = Archive(tmp_path / "archive").keep(snapshot_of(tmp_path / "in"))
    whole = pq.read_table(entry.records)
    changed = whole.set_column(5, "call_type", pa.array(["x", *whole.column("call_type").to_pylist()[1:]]))
    renumbered = whole.set_column(0, "record_id", pa.array(["x", *whole.column("record_id").to_pylist()[1:]]))
    for spoiled in (
        changed,
        renumbered,
        whole.slice(1),
        whole.drop_columns(["beat"]),
        whole.drop_columns(["record_id"]),
    ):
        pq.write_table(spoiled, entry.records)
        with pytest.raises(ArchiveError, match=r"records.*no longer holds"):
            entry.verify()
    entry.records.write_bytes(b"PAR1")
    with pytest.raises(ArchiveError, match="no longer holds"):
        entry.verify()
    pq.write_table(whole, entry.records)
    entry.verify()


@pytest.mark.parametrize(
    "content",
    [b"", b"nothing packed", gzip.compress(b"other"), gzip.compress(b"x" * 999)[:-9]],
    ids=["empty", "not packed", "other", "cut off"],
)
def test_verify_finds_changed_received_bytes(content: bytes, tmp_path: Path) -> None:
    entry = Archive(tmp_path / "archive").keep(snapshot_of(tmp_path / "in"))
    assert entry.received
    entry.received.write_bytes(content)
    with pytest.raises(ArchiveError, match="bytes as received"):
        entry.verify()
    entry.received.unlink()
    with pytest.raises(ArchiveError, match="bytes as received"):
        entry.verify()


def test_damaged_description_is_named(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    entry = archive.keep(snapshot_of(tmp_path / "in"))
    for content in ("{", "{}", "[]"):
        (entry.directory / "snapshot.json").write_text(content)
        with pytest.raises(ArchiveError, match=r"snapshot\.json does not describe"):
            archive.list()


def test_what_cannot_be_stored_leaves_the_archive_as_it_was(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    archive.keep(snapshot_of(tmp_path / "in"))
    before = tree(archive.root)
    other = snapshot_of(tmp_path / "in", count=41)
    other.records.unlink()
    with pytest.raises(ArchiveError, match="could not be archived"):
        archive.keep(other)
    assert tree(archive.root) == before


def test_writer_killed_in_the_middle_leaves_no_entry(tmp_path: Path) -> None:
    snapshot = snapshot_of(tmp_path / "in")
    archive = Archive(tmp_path / "archive")
    # A pipe that nobody feeds holds the writer in the middle of `keep`.
    pipe = tmp_path / "in" / "pipe.json"
    os.mkfifo(pipe)
    program = (
        "import sys; from pathlib import Path; from cit_platform.storage.archive import Archive;"
        "from cit_platform.sources.snapshot import Snapshot; root, records, pipe, name = sys.argv[1:];"
        "Archive(Path(root)).keep(Snapshot('file', Path(records), name, 1, Path(pipe), '', '', ''))"
    )
    arguments = [str(archive.root), str(snapshot.records), str(pipe), snapshot.content_hash]
    with subprocess.Popen([sys.executable, "-c", program, *arguments]) as writer:
        deadline = time.monotonic() + 30
        while not list(archive.root.glob(".partial-*/received")):
            assert time.monotonic() < deadline
            assert writer.poll() is None
            time.sleep(0.02)
        assert archive.list() == ()
        writer.send_signal(signal.SIGKILL)
    assert list(archive.root.glob(".partial-*"))
    assert archive.list() == ()
    entry = archive.keep(snapshot)
    assert sorted(path.name for path in archive.root.iterdir()) == [snapshot.content_hash, "log.jsonl"]
    entry.verify()


def test_writers_at_once_make_one_entry(tmp_path: Path) -> None:
    snapshot = snapshot_of(tmp_path / "in")
    archive = Archive(tmp_path / "archive")
    with ThreadPoolExecutor(4) as pool:
        entries = list(pool.map(archive.keep, [snapshot] * 4))
    assert sorted(entry.sequence for entry in entries) == [1, 2, 3, 4]
    assert sorted(path.name for path in archive.root.iterdir()) == [snapshot.content_hash, "log.jsonl"]


def of_day(directory: Path, count: int, day: str) -> Snapshot:
    return dataclasses.replace(snapshot_of(directory, count=count), retrieved_at=f"{day}T12:00:00+00:00")


@pytest.fixture
def there_and_back(tmp_path: Path) -> Archive:
    """The contents A, B, A and C on four days of May."""
    archive = Archive(tmp_path / "archive")
    for count, day in ((40, "2026-05-01"), (41, "2026-05-03"), (40, "2026-05-05"), (42, "2026-05-07")):
        archive.keep(of_day(tmp_path / "in", count, day), fingerprint=f"of {day}")
    return archive


def test_the_log_has_a_line_for_each_retrieval(there_and_back: Archive) -> None:
    log = there_and_back.log()
    assert [retrieval.sequence for retrieval in log] == [1, 2, 3, 4]
    entries = {entry.content_hash: entry.n_records for entry in there_and_back.list()}
    assert [retrieval.n_records for retrieval in log] == [entries[retrieval.content_hash] for retrieval in log]
    assert [str(retrieval.day) for retrieval in log] == ["2026-05-01", "2026-05-03", "2026-05-05", "2026-05-07"]
    assert [retrieval.fingerprint for retrieval in log] == [f"of {retrieval.day}" for retrieval in log]
    assert log[0].content_hash == log[2].content_hash
    assert [entry.sequence for entry in there_and_back.list()] == [2, 3, 4]


@pytest.mark.parametrize(
    ("day", "sequence"),
    [("2026-05-01", 1), ("2026-05-02", 1), ("2026-05-03", 2), ("2026-05-06", 3), ("2031-01-01", 4)],
)
def test_the_snapshot_in_force_is_the_last_one_retrieved(there_and_back: Archive, day: str, sequence: int) -> None:
    entry = there_and_back.in_force(date.fromisoformat(day))
    assert entry.sequence == sequence
    assert entry.content_hash == there_and_back.log()[sequence - 1].content_hash


def test_a_date_that_cannot_be_shown_names_the_oldest_that_can(there_and_back: Archive, tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match=r"No snapshot is as old as 2026-04-30.* can be shown is 2026-05-01"):
        there_and_back.in_force(date(2026, 4, 30))
    first, second, _, last = there_and_back.log()
    assert there_and_back.prune({first.content_hash, last.content_hash}) == (second.content_hash,)
    with pytest.raises(ArchiveError, match=r"in force on 2026-05-04 is no longer kept .* can be shown is 2026-05-05"):
        there_and_back.in_force(date(2026, 5, 4))
    assert there_and_back.in_force(date(2026, 5, 2)).content_hash == first.content_hash
    assert len(there_and_back.log()) == 4
    with pytest.raises(ArchiveError, match="No snapshot is as old"):
        Archive(tmp_path / "nothing").in_force(date(2026, 5, 4))


def days(*contents: str) -> list[Retrieval]:
    """Retrievals on the first days of 2026."""
    first = date(2026, 1, 1)
    return [
        Retrieval(number, content, f"{first + timedelta(days=number - 1)}T04:00:00+00:00", 1, "")
        for number, content in enumerate(contents, start=1)
    ]


@pytest.mark.parametrize(
    ("log", "named", "oldest", "compared", "kept"),
    [
        pytest.param("abcd", "", date(2026, 1, 2), 4, "bcd", id="in force on the oldest day or later"),
        pytest.param("abcd", "", date(2027, 1, 1), 4, "cd", id="the last two"),
        pytest.param("abcd", "a", date(2027, 1, 1), 4, "acd", id="what an edition names"),
        pytest.param("abcd", "", date(2027, 1, 1), 2, "bcd", id="what is still to be compared"),
        pytest.param("abcd", "", date(2027, 1, 1), 0, "abcd", id="nothing compared yet"),
        pytest.param("abbcc", "", date(2027, 1, 1), 5, "bc", id="the last two contents, not retrievals"),
        pytest.param("aba", "", date(2026, 1, 3), 3, "ab", id="a content that came back"),
        pytest.param("a", "", date(2030, 1, 1), 1, "a", id="always the last"),
        pytest.param("", "", date(2030, 1, 1), 0, "", id="nothing"),
    ],
)
def test_what_is_worth_keeping(log: str, named: str, oldest: date, compared: int, kept: str) -> None:
    assert worth_keeping(days(*log), set(named), oldest, compared) == set(kept)


def test_what_is_pruned_is_gone_and_comes_back_whole(there_and_back: Archive, tmp_path: Path) -> None:
    kept = there_and_back.list()[-1].content_hash
    assert len(there_and_back.prune({kept})) == 2
    assert sorted(path.name for path in there_and_back.root.iterdir()) == [kept, "log.jsonl"]
    entry = there_and_back.keep(of_day(tmp_path / "in", 41, "2026-05-09"))
    assert entry.sequence == 5
    entry.verify()


def test_an_archive_without_a_log_begins_one(there_and_back: Archive, tmp_path: Path) -> None:
    """As those were that noted the retrievals with the entries."""
    for number, entry in enumerate(there_and_back.list(), start=1):
        description = json.loads((entry.directory / "snapshot.json").read_text())
        (entry.directory / "snapshot.json").write_text(json.dumps(description | {"sequence": number}))
    (there_and_back.root / "log.jsonl").unlink()
    hashes = [entry.content_hash for entry in there_and_back.list()]
    there_and_back.keep(of_day(tmp_path / "in", 43, "2026-05-09"))
    assert [retrieval.sequence for retrieval in there_and_back.log()] == [1, 2, 3, 4]
    assert [retrieval.content_hash for retrieval in there_and_back.log()][:3] == hashes


def test_numbers_go_on_after_those_that_were_given(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    assert archive.keep(snapshot_of(tmp_path / "in"), after=17).sequence == 18
    assert archive.keep(snapshot_of(tmp_path / "in"), after=3).sequence == 19


def test_a_damaged_log_is_named_and_a_half_written_one_swept(there_and_back: Archive, tmp_path: Path) -> None:
    (there_and_back.root / ".partial-log.jsonl").write_text("half")
    there_and_back.keep(of_day(tmp_path / "in", 40, "2026-05-08"))
    assert not list(there_and_back.root.glob(".partial-*"))
    for content in ("{", "{}\n", "[1]\n"):
        (there_and_back.root / "log.jsonl").write_text(content)
        with pytest.raises(ArchiveError, match=r"log\.jsonl is not the log"):
            there_and_back.log()


def test_an_entry_of_an_older_form_is_read_in_todays(tmp_path: Path) -> None:
    """The text of an archive outlives the form in which it was written."""
    days = {"reported_date": "2016-03-02T00:00:00", "reported_time": "14:30:00.0000000", "officer_id": "7497  "}
    archive = Archive(tmp_path / "archive")
    entry = archive.keep(snapshot_of(tmp_path / "in"))
    assert entry.records_in_present_form(tmp_path / "unused") == entry.records
    older = pa.Table.from_pylist([{**row, **days} for row in pq.read_table(entry.records).to_pylist()])
    pq.write_table(older, entry.records)
    rewritten = dataclasses.replace(entry, form=1).records_in_present_form(tmp_path / "rewritten")
    row = pq.read_table(rewritten, columns=list(days)).to_pylist()[0]
    assert row == {"reported_date": "2016-03-02", "reported_time": "14:30:00", "officer_id": "7497"}
