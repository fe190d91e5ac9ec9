"""What is installed is what was locked, under a licence that was looked at; documented commands send no telemetry."""

import re

import pytest
import yaml

from benchmarks.licences import LOCKS, licence, locked, refused
from cit_platform.settings import REPOSITORY

MAKEFILE = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]


@pytest.mark.parametrize("lock", [*LOCKS, "requirements-spark.txt", "requirements-bench.txt"])
def test_every_locked_package_has_its_hash(lock: str) -> None:
    text = (REPOSITORY / lock).read_text(encoding="utf-8")
    entries = re.split(r"(?m)^(?=[A-Za-z0-9][\w.-]*(?:\[[^]]*\])?==)", text)[1:]
    assert len(entries) == len(locked(REPOSITORY / lock)) > 0
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_pip_is_taken_first_and_every_install_asks_for_hashes_or_for_nothing() -> None:
    installs = [line for line in MAKEFILE.splitlines() if "pip install" in line]
    assert "requirements-pip.txt" in installs[0]
    assert locked(REPOSITORY / "requirements-pip.txt") == ["pip"]
    for line in installs:
        assert "--require-hashes" in line or "--no-deps --no-build-isolation" in line, line


def test_no_locked_package_is_under_a_licence_that_was_not_looked_at() -> None:
    packages = {name for lock in LOCKS for name in locked(REPOSITORY / lock)}
    assert refused((name, licence(name)) for name in packages) == []


@pytest.mark.parametrize(
    ("said", "is_refused"),
    [
        ("GPL-3.0-or-later", True),
        ("AGPL-3.0-only", True),
        ("GNU General Public License v2 (GPLv2)", True),
        ("GNU Affero General Public License v3", True),
        ("LGPL-2.1-only", False),
        ("GNU Lesser General Public License v3", False),
        ("MIT", False),
        (None, False),
    ],
)
def test_copyleft_is_known_by_its_name(said: str | None, is_refused: bool) -> None:
    assert bool(refused([("some", said)])) is is_refused


def test_telemetry_is_off_where_the_instance_is_configured_and_every_documented_command_names_it() -> None:
    assert yaml.safe_load((REPOSITORY / "dagster.yaml").read_text())["telemetry"] == {"enabled": False}
    bare = re.compile(r"(?m)^(?!.*DAGSTER_HOME=).*\b(?:dg (?:check|list|launch|dev)|dagster (?:asset|job|dev)) .*$")
    assert [f"{page.name}: {found[0]}" for page in PAGES for found in bare.finditer(page.read_text())] == []
