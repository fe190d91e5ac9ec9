"""The archive: each content once, whole or not at all, and provably what was kept."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cit_platform.sources.archive import Archive, ArchiveError
from cit_platform.sources.file import FileSource
from cit_platform.sources.snapshot import Snapshot
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
        "import sys; from pathlib import Path; from cit_platform.sources.archive import Archive;"
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
    assert [path.name for path in archive.root.iterdir()] == [snapshot.content_hash]
    entry.verify()


def test_writers_at_once_make_one_entry(tmp_path: Path) -> None:
    snapshot = snapshot_of(tmp_path / "in")
    archive = Archive(tmp_path / "archive")
    with ThreadPoolExecutor(4) as pool:
        entries = list(pool.map(archive.keep, [snapshot] * 4))
    assert sorted(entry.sequence for entry in entries) == [1, 2, 3, 4]
    assert [path.name for path in archive.root.iterdir()] == [snapshot.content_hash]
