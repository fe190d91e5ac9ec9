"""A source that was touched and not changed: its content is noted, and nothing is recomputed."""

from pathlib import Path

import pytest

from cit_platform.storage.archive import Archive
from cit_platform_tests.conftest import Cit

pytestmark = pytest.mark.pipeline


def test_the_same_content_in_another_file_recomputes_nothing(file_city: Cit) -> None:
    before, log = file_city.state(), Archive(file_city.home / "archive").log()
    file = Path(file_city.env["CIT_SOURCE_PATH"])
    header, *rows = file.read_text().splitlines()
    file.write_text("\n".join([header, *reversed(rows)]) + "\n")
    printed = file_city.refreshed()
    assert f"same content as snapshot {log[-1].content_hash[:8]}" in printed
    assert "nothing recomputed" in printed
    assert file_city.state() == before
    noted = Archive(file_city.home / "archive").log()
    assert [retrieval.content_hash for retrieval in noted] == [log[-1].content_hash] * 2
    assert noted[1].fingerprint != noted[0].fingerprint
    assert "Skipped, no asset recomputed" in file_city.refreshed()
