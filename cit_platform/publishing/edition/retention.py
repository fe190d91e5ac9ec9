"""Which editions of a home are past their retention, and their removal."""

import shutil
from collections.abc import Collection, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from cit_platform.publishing.edition.annual import ANNUAL
from cit_platform.storage.editions import PARTIAL, is_withdrawn, list_editions, unreadable_editions
from cit_platform.storage.home_folder import HomeFolder


def editions_past_retention(home: Path, oldest: date, nightly: date, held: Collection[str]) -> tuple[str, ...]:
    """Names of the editions that may go, oldest first.

    Kept are the one in force, monthly and annual ones, those that a person let through, notices of withdrawn ones, and
    those of a snapshot in `held`, which the lake holds or compares with. Of the others stay those built on the day
    `nightly` or later, and of the weeks before, back to the day `oldest`, the first of each. None goes while the
    manifest of any cannot be read: nobody knows what it is.
    """
    if unreadable_editions(home):
        return ()
    latest = HomeFolder(home).latest.resolve().name
    listed = [manifest for manifest in list_editions(home) if not is_withdrawn(manifest)]
    first_of_week = {_week(manifest): manifest["edition"] for manifest in reversed(listed)}
    return tuple(
        str(manifest["edition"])
        for manifest in listed
        if not manifest["monthly"]
        and not manifest.get(ANNUAL)
        and not manifest["volatile"].get("held")
        and manifest["edition"] != latest
        and manifest["snapshot"] not in held
        and _built(manifest) < (oldest if first_of_week[_week(manifest)] == manifest["edition"] else nightly)
    )


def _built(manifest: Mapping[str, Any]) -> date:
    return datetime.fromisoformat(manifest["volatile"]["built_at"]).date()


def _week(manifest: Mapping[str, Any]) -> tuple[int, int]:
    return _built(manifest).isocalendar()[:2]


def remove_edition(home: Path, name: str) -> None:
    """Remove an edition: whole or not at all, also for who reads it meanwhile."""
    folder = HomeFolder(home).editions
    gone = (folder / name).rename(folder / f"{PARTIAL}{name}")
    shutil.rmtree(gone)
