"""Whether a refresh is due: one function, asked by the command line and by the schedule."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cit_platform.code_version import code_version
from cit_platform.contracts import TABLES
from cit_platform.publishing.edition import read_manifest
from cit_platform.resources.lake import Lake, outdated
from cit_platform.resources.source import fingerprint, source_of
from cit_platform.settings import Settings

PARTS = ("the source has other records", "the code or the codebook changed", "a setting that changes results changed")


@dataclass(frozen=True)
class Decision:
    """Run or skip, and why, in words."""

    run: bool
    reason: str
    fingerprint: str


def decide(settings: Settings) -> Decision:
    """Run unless the latest edition and every table descend from this source, code, codebook and settings.

    Raises:
        SourceError: The source cannot be probed.
    """
    # A server decides for weeks, and the code under it changes.
    code_version.cache_clear()
    current = fingerprint(settings, source_of(settings))
    reason = _edition_is_old(settings.home, current) or _tables_are_old(Lake(settings.home), current)
    if reason:
        return Decision(True, reason, current)
    edition = latest_manifest(settings.home)["edition"]
    return Decision(False, f"nothing new: edition {edition} has this source, code, codebook and settings", current)


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
