"""Homes with editions, without a refresh."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cit_platform.publishing.edition.force import put_in_force
from cit_platform.publishing.topics import absolute_risk
from cit_platform.storage.checksums import CHECKSUMS, checksums
from cit_platform.storage.manifest import read_manifest
from cit_platform_tests.publishing.conftest import Built

Home = Callable[..., Path]


@pytest.fixture
def home(built: Built, tmp_path: Path) -> Home:
    """A home with copies of a real edition, a night apart, each changed as asked; the last one is in force."""

    def with_editions(*changes: dict[str, object]) -> Path:
        for number, change in enumerate(changes):
            _copy(built("lower"), tmp_path / "home", f"2026-11-2{2 + number}T0400-5a5a5a5a", number, change)
        return tmp_path / "home"

    return with_editions


def _copy(source: Path, home: Path, name: str, number: int, change: dict[str, object]) -> None:
    edition = home / "published" / ("held" if change.get("held") else "editions") / name
    shutil.copytree(source, edition)
    manifest = read_manifest(edition)
    manifest["edition"] = name
    built_at = datetime.fromisoformat(manifest["volatile"]["built_at"]).replace(tzinfo=UTC) + timedelta(days=number)
    manifest["volatile"] |= {"built_at": built_at.isoformat(), "held": change.get("held", [])}
    manifest |= {key: value for key, value in change.items() if key in manifest}
    (edition / "manifest.json").write_text(json.dumps(manifest))
    move = float(change.get("move", 0.0))  # type: ignore[arg-type]
    findings = json.loads((edition / "findings.json").read_text())
    for finding in findings:
        if finding["key"] == absolute_risk.FORCE_DIFFERENCE:
            finding["numbers"] = {**finding["numbers"], "estimate": finding["numbers"]["estimate"] + move}
    (edition / "findings.json").write_text(json.dumps(findings))
    (edition / CHECKSUMS).write_text(checksums(edition))
    if not change.get("held"):
        put_in_force(home, edition)
