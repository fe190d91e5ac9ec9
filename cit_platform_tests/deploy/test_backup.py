"""Backup and restore: the scripts of `deploy/`, run on a small city's home, which is then lost."""

import hashlib
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from cit_platform_tests.conftest import REPOSITORY, Cit

pytestmark = pytest.mark.pipeline
KEPT = ("lake", "archive", "published", "quality", "home.json", "source-looks.jsonl")


def script(city: Cit, name: str, *arguments: Path) -> subprocess.CompletedProcess[str]:
    """Run a script as an operator does, with the `cit` of this checkout."""
    cit = city.home.parent / "cit"
    cit.write_text(f'#!/bin/sh\nexec {sys.executable} -c "from cit_platform.cli import main; main()" "$@"\n')
    cit.chmod(0o755)
    return subprocess.run(
        ["sh", str(REPOSITORY / "deploy" / name), *map(str, arguments)],
        env=city.environment(CIT=str(cit), PYTHON=sys.executable),
        capture_output=True,
        text=True,
        check=False,
        cwd=city.home.parent,
    )


def content(home: Path) -> dict[str, tuple[int, str]]:
    """Of each file and link that is kept: what its owner may, and its hash; from others the next command takes all."""
    files = [path for part in KEPT for path in ([home / part] if (home / part).is_file() else (home / part).rglob("*"))]
    return {
        str(path.relative_to(home)): (
            path.lstat().st_mode & stat.S_IRWXU,
            str(path.readlink()) if path.is_symlink() else hashlib.sha256(path.read_bytes()).hexdigest(),
        )
        for path in files
        if path.is_symlink() or path.is_file()
    }


def test_a_lost_home_is_restored_to_the_letter_and_has_nothing_new_to_do(small_city: Cit, tmp_path: Path) -> None:
    home, key = tmp_path / "home.tar.gz", tmp_path / "key"
    before, runs = content(small_city.home), sorted((small_city.home / "dagster").rglob("*.db"))
    said = script(small_city, "backup.sh", home, key)
    assert said.returncode == 0, said.stderr
    assert (home.stat().st_mode & 0o777, key.stat().st_mode & 0o777) == (0o600, 0o600)
    listed = subprocess.run(["tar", "-tf", str(home)], capture_output=True, text=True, check=True).stdout
    assert "pseudonym.key" not in listed
    assert "keep it apart" in said.stdout

    shutil.rmtree(small_city.home)
    said = script(small_city, "restore.sh", home, key)
    assert said.returncode == 0, said.stdout + said.stderr
    assert content(small_city.home) == before
    assert sorted((small_city.home / "dagster").rglob("*.db")) == runs
    assert {path.stat().st_mode & 0o077 for path in runs} == {0}
    assert "Skipped, no asset recomputed: nothing new" in small_city.refreshed()


def test_a_restored_home_with_another_key_says_so_and_a_home_that_is_there_is_not_overwritten(
    small_city: Cit, tmp_path: Path
) -> None:
    home, key, other = tmp_path / "home.tar.gz", tmp_path / "key", tmp_path / "other"
    assert script(small_city, "backup.sh", home, key).returncode == 0
    refused = script(small_city, "restore.sh", home, key)
    assert refused.returncode == 1
    assert "is not empty: move it away first" in refused.stderr
    shutil.rmtree(small_city.home)
    other.write_text("f" * 64)
    refused = script(small_city, "restore.sh", home, other)
    assert refused.returncode == 1
    assert "their key is not" in refused.stderr
    assert "f" * 64 not in refused.stdout + refused.stderr
    restored = small_city("key", "restore", str(key))
    assert restored.returncode == 0, restored.stderr
    assert "Skipped" in small_city.refreshed()


def test_a_folder_that_is_no_home_is_not_backed_up(cit: Cit, tmp_path: Path) -> None:
    refused = script(cit, "backup.sh", tmp_path / "home.tar.gz", tmp_path / "key")
    assert refused.returncode == 1
    assert "is no home" in refused.stderr
    assert not (tmp_path / "home.tar.gz").exists()
