"""Checksums of an edition: what was lost or altered since is named file by file."""

from pathlib import Path

import pytest

from cit_platform.storage.checksums import CHECKSUMS, checksums, edition_damage


@pytest.fixture
def edition(tmp_path: Path) -> Path:
    (tmp_path / "tables").mkdir()
    for name in ("index.html", "manifest.json", "tables/a table.csv"):
        (tmp_path / name).write_text(f"the text of {name}")
    (tmp_path / CHECKSUMS).write_text(checksums(tmp_path))
    return tmp_path


def test_a_whole_edition_has_no_damage(edition: Path) -> None:
    assert edition_damage(edition) == ()


def test_each_file_that_was_lost_or_altered_is_named(edition: Path) -> None:
    (edition / "index.html").unlink()
    (edition / "tables" / "a table.csv").write_text("another text")
    assert edition_damage(edition) == ("index.html is missing", "tables/a table.csv was altered")


@pytest.mark.parametrize("text", ["", "\0\0\0", "no list", None])
def test_a_list_that_was_lost_or_cut_is_damage_too(edition: Path, text: str | None) -> None:
    (edition / CHECKSUMS).unlink()
    if text is not None:
        (edition / CHECKSUMS).write_text(text)
    assert edition_damage(edition) == (f"{CHECKSUMS} {'is missing' if text is None else 'was altered'}",)
