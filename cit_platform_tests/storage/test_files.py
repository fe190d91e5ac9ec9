"""Copies without zeros: the same bytes, less room."""

from pathlib import Path

import pytest

from cit_platform.storage.files import copy_without_zeros

PAGE = 4096


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"short",
        bytes(10 * PAGE),
        b"a" + bytes(3 * PAGE) + b"b",
        b"x" * PAGE + bytes(64 * PAGE) + b"y" * PAGE + bytes(7),
        b"z" * PAGE + bytes(2 * PAGE),
    ],
)
def test_a_copy_has_the_same_bytes(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(content)
    copy_without_zeros(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == content


def test_zeros_take_no_room(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * PAGE + bytes(256 * PAGE) + b"y" * PAGE)
    copy_without_zeros(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b").stat().st_blocks * 512 <= 8 * PAGE
