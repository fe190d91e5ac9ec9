"""Nobody but its owner reads a home, except what is published."""

import shutil
import stat
from pathlib import Path

import pytest

from cit_platform.settings import Settings
from cit_platform.storage.home_folder import HomeFolder, open_to_others, prepare_home
from cit_platform_tests.conftest import Cit

PRIVATE = ("lake/raw/records", "lake/clean/records", "lake/features/contacts", "archive", "quality", "dagster")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def settings(home: Path) -> Settings:
    return Settings(home=home, DAGSTER_HOME=home / "dagster")  # type: ignore[call-arg]


@pytest.fixture
def restored(small_city_home: Path, tmp_path: Path) -> Path:
    """A home restored by somebody whose tools keep no modes."""
    home = tmp_path / "home"
    shutil.copytree(small_city_home, home, symlinks=True)
    for path in (home, *home.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o777 if path.is_dir() else 0o666)
    return home


def test_a_home_restored_with_other_modes_is_closed_at_the_next_writing_command(restored: Path) -> None:
    prepare_home(settings(restored))
    assert open_to_others(HomeFolder(restored)) == []
    assert mode(restored) == 0o700
    for name in PRIVATE:
        for path in (restored / name, *(restored / name).rglob("*")):
            assert path.is_symlink() or mode(path) == (0o700 if path.is_dir() else 0o600), path
    assert mode(restored / "pseudonym.key") == 0o600


def test_what_is_published_and_what_a_link_leads_to_keep_their_modes(restored: Path) -> None:
    configuration = restored / "dagster" / "dagster.yaml"
    before = mode(configuration.resolve())
    prepare_home(settings(restored))
    assert mode(restored / "published" / "latest" / "index.html") == 0o666
    assert configuration.is_symlink()
    assert mode(configuration.resolve()) == before


def test_nobody_is_given_anything(restored: Path) -> None:
    (restored / "lake" / "raw").chmod(0o555)
    prepare_home(settings(restored))
    assert mode(restored / "lake" / "raw") == 0o500


def test_doctor_says_so_and_changes_nothing(restored: Path) -> None:
    found = Cit(restored, {"CIT_DEMO_ROWS": "4000", "CIT_AS_OF": "2026-03-01"})("doctor")
    assert "open to others" in found.stdout
    assert mode(restored) == 0o777


def test_doctor_finds_a_fresh_home_closed_to_others(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    prepare_home(settings(home))
    assert open_to_others(HomeFolder(home)) == []
