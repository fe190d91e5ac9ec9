"""Which snapshots of an archive are compared, and with what the operator accepted between them."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from cit_platform.assets.comparison import SnapshotPair, snapshot_pairs
from cit_platform.sources.demo.source import DemoSource
from cit_platform.storage.archive import Archive

FIRST = date(2026, 1, 15)
Compared = list[tuple[int | None, int, set[str]]]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """Four contents, the second with a change of rows that was accepted, and the first once more."""
    archive = Archive(tmp_path_factory.mktemp("archive"))
    for number, day in enumerate((0, 60, 120, 180, 0)):
        source = DemoSource(7, 300, FIRST + timedelta(days=day))
        snapshot = source.fetch(tmp_path_factory.mktemp("snapshot"))
        archive.keep(replace(snapshot, accepted=("rows", "columns") if number == 1 else ()))
    return archive


def numbered(archive: Archive, found: list[SnapshotPair]) -> Compared:
    number = {retrieval.content_hash: retrieval.sequence for retrieval in reversed(archive.log())}
    return [
        (pair.before and number[pair.before.content_hash], pair.retrieval.sequence, set(pair.accepted))
        for pair in found
    ]


@pytest.mark.parametrize(
    ("published", "compared", "until", "expected"),
    [
        ([], 0, 1, [(None, 1, set())]),
        ([1], 1, 2, [(1, 2, {"rows", "columns"})]),
        # What was accepted with a snapshot that did not become an edition counts for the one after it.
        ([1], 1, 3, [(1, 3, {"rows", "columns"})]),
        ([1, 2], 2, 3, [(2, 3, set())]),
        ([1, 2, 3], 0, 4, [(None, 1, set()), (1, 2, {"rows", "columns"}), (2, 3, set()), (3, 4, set())]),
        # The content of the last edition came back: nothing to compare.
        ([1], 1, 5, []),
        ([1, 4], 4, 5, [(4, 5, set())]),
    ],
)
def test_a_snapshot_is_compared_with_the_last_edition(
    published: list[int], compared: int, until: int, expected: Compared, archive: Archive
) -> None:
    editions = [retrieval for retrieval in archive.log() if retrieval.sequence in published]
    assert numbered(archive, list(snapshot_pairs(archive, editions, compared, until))) == expected


def test_a_log_from_before_changes_could_be_accepted_is_read(archive: Archive, tmp_path: Path) -> None:
    line = '{"sequence": 1, "content_hash": "a", "retrieved_at": "2026-01-01", "n_records": 1, "fingerprint": ""}\n'
    (tmp_path / "log.jsonl").write_text(line)
    assert [retrieval.accepted for retrieval in Archive(tmp_path).log()] == [()]
    assert archive.log()[1].accepted == ("rows", "columns")
