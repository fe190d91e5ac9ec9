"""Whether what a home holds is current, and if not, why."""

from pathlib import Path
from typing import Any

from cit_platform.contracts import TABLES
from cit_platform.publishing.edition import read_manifest
from cit_platform.storage.lake import Lake, outdated

PARTS = ("the source has other records", "the code or the codebook changed", "a setting that changes results changed")


def due(home: Path, current: str) -> str | None:
    """Why the latest edition and the tables are not those of a fingerprint; None if they are."""
    return _edition_is_old(home, current) or _tables_are_old(Lake(home), current)


def latest_manifest(home: Path) -> dict[str, Any]:
    return read_manifest(home / "published" / "latest")


def _edition_is_old(home: Path, current: str) -> str | None:
    if not (home / "published" / "latest").exists():
        return "no edition yet"
    return _difference(str(latest_manifest(home)["fingerprint"]), current)


def _tables_are_old(lake: Lake, current: str) -> str | None:
    versions = lake.versions()
    missing = sorted(set(TABLES) - set(versions))
    if missing:
        return f"no table {missing[0]} yet"
    for path, version in versions.items():
        difference = _difference(version.provenance.fingerprint, current)
        if difference:
            return f"{path} is of another refresh: {difference}"
    return outdated(versions)


def _difference(known: str, current: str) -> str | None:
    if known.count(".") != current.count("."):
        return "another version of the platform wrote it"
    changed = [words for words, old, new in zip(PARTS, known.split("."), current.split("."), strict=True) if old != new]
    return " and ".join(changed) or None
