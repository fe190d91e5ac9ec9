"""What the tests of the live source share: a portal that serves awkward rows, and a fetch that is looked at closely."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from cit_platform.sources.refused import SourceError
from cit_platform.sources.snapshot import Snapshot
from cit_platform.sources.socrata.limits import Limits
from cit_platform.sources.socrata.source import SocrataSource
from cit_platform_tests.portal.dataset import Dataset
from cit_platform_tests.portal.server import DATASET_ID, FakePortal
from cit_platform_tests.sources.spellings import Rows, generated_rows, text_table

TOKEN = "secret-App-Token-42"
QUICK = Limits(
    page_rows=50,
    max_bytes=5_000_000,
    total_seconds=120.0,
    connect_seconds=20.0,
    silent_seconds=20.0,
    attempts=3,
    starts=3,
    first_wait_seconds=0.01,
    longest_wait_seconds=0.02,
)


@pytest.fixture(scope="session")
def rows() -> Rows:
    """123 rows: two full pages and a short one."""
    return generated_rows(120)


@pytest.fixture
def portal(rows: Rows) -> Iterator[FakePortal]:
    with FakePortal(Dataset(text_table(rows)), tokens=(TOKEN,)) as served:
        yield served


@dataclass
class Client:
    """The live source as the tests use it, always into a directory of its own."""

    directory: Path
    portal: FakePortal
    caplog: pytest.LogCaptureFixture

    def source(self, *, token: str | None = None, urls: tuple[str, ...] = (), **limits: float) -> SocrataSource:
        chosen = replace(QUICK, **limits)  # type: ignore[arg-type]
        return SocrataSource(urls or (self.portal.url,), DATASET_ID, token, chosen)

    def fetched(self, source: SocrataSource | None = None) -> Snapshot:
        """Fetch, and hold that exactly the snapshot's files are there."""
        snapshot = (source or self.source()).fetch(self.directory)
        assert snapshot.received is not None
        described = [snapshot.metadata] if snapshot.metadata else []
        assert sorted(self.directory.iterdir()) == sorted([snapshot.records, snapshot.received, *described])
        self.no_token_in_logs()
        return snapshot

    def refusal(self, source: SocrataSource | None = None) -> str:
        """Fetch, demand a refusal that leaves nothing behind and tells no token; give its message."""
        source = source or self.source()
        with pytest.raises(SourceError) as refused:
            source.fetch(self.directory)
        assert list(self.directory.iterdir()) == []
        message = str(refused.value)
        assert "\n" not in message
        assert len(message) < 2500
        written = "".join(traceback.format_exception(refused.value)) + repr(refused.value) + repr(source)
        assert TOKEN not in written + repr(vars(source))
        self.no_token_in_logs()
        return message

    def no_token_in_logs(self) -> None:
        assert TOKEN not in self.caplog.text
        assert not any(TOKEN in repr(vars(record)) for record in self.caplog.records)


@pytest.fixture
def client(tmp_path: Path, portal: FakePortal, caplog: pytest.LogCaptureFixture) -> Client:
    caplog.set_level(logging.DEBUG)
    # A survey by the command line, in this process, quietens it.
    caplog.set_level(logging.DEBUG, logger="cit_platform.sources")
    directory = tmp_path / "snapshot"
    directory.mkdir()
    return Client(directory, portal, caplog)


@pytest.fixture
def expected_hash(rows: Rows, tmp_path: Path) -> str:
    """The hash of the file source for the same rows."""
    return file_hash(rows, tmp_path)


def file_hash(rows: Rows, tmp_path: Path) -> str:
    from cit_platform.sources.file import FileSource
    from cit_platform_tests.sources.spellings import json_bytes

    directory = tmp_path / "file"
    directory.mkdir(exist_ok=True)
    path = tmp_path / "soda.json"
    path.write_bytes(json_bytes(rows))
    return FileSource(path).fetch(directory).content_hash
