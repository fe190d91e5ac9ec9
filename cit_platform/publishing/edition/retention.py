"""Which editions of a home are past their retention, and their removal."""

import shutil
from collections.abc import Collection
from datetime import date, datetime
from pathlib import Path

from cit_platform.storage.editions import PARTIAL, is_withdrawn, list_editions, unreadable_editions
from cit_platform.storage.home_folder import HomeFolder


def editions_past_retention(home: Path, oldest: date, held: Collection[str]) -> tuple[str, ...]:
    """Names of the editions that may go, oldest first.

    Kept are the one in force, monthly ones, notices of withdrawn ones, those built on the day `oldest` or later, and
    those of a snapshot in `held`, which the lake holds or compares with. None goes while the manifest of any cannot be
    read: nobody knows what it is.
    """
    if unreadable_editions(home):
        return ()
    latest = HomeFolder(home).latest.resolve().name
    return tuple(
        str(manifest["edition"])
        for manifest in list_editions(home)
        if not manifest["monthly"]
        and not is_withdrawn(manifest)
        and manifest["edition"] != latest
        and manifest["snapshot"] not in held
        and datetime.fromisoformat(manifest["volatile"]["built_at"]).date() < oldest
    )


def remove_edition(home: Path, name: str) -> None:
    """Remove an edition: whole or not at all, also for who reads it meanwhile."""
    folder = HomeFolder(home).editions
    gone = (folder / name).rename(folder / f"{PARTIAL}{name}")
    shutil.rmtree(gone)
