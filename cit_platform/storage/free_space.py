"""Whether a disk has room for a refresh, asked before one begins."""

import shutil
from pathlib import Path

from cit_platform.contracts import TABLES
from cit_platform.errors import UserError
from cit_platform.storage.home_folder import HomeFolder
from cit_platform.storage.lake import Lake

MEBIBYTE = 2**20
# What a first refresh of a small city takes, and what Dagster's history and the page take besides.
LEAST_BYTES = 100 * MEBIBYTE
# A new version of each table beside the last one, a snapshot in the archive, and what the engine writes meanwhile.
TIMES_THE_TABLES = 3


class NoRoomError(UserError):
    """A disk on which a refresh would not find room; nothing was begun."""


def demand_free_space(home: Path) -> None:
    """Refuse a home on a disk with less room than a refresh needs.

    Raises:
        NoRoomError: Less is free than three times the current tables and the latest edition, or than 100 MiB.
    """
    free, needed = shutil.disk_usage(home).free, needed_bytes(home)
    if free < needed:
        raise NoRoomError(
            f"A refresh needs about {_mebibytes(needed)} free on the disk of {home}, and there are {_mebibytes(free)}. "
            "Nothing was begun, and what was published is whole. Make room, for instance by moving the oldest folders "
            "of published/editions elsewhere, and refresh again."
        )


def needed_bytes(home: Path) -> int:
    """Bytes that a refresh needs at most, by what the last one left."""
    lake, latest = Lake(home), HomeFolder(home).latest
    tables = sum(lake.current_bytes(path) for path in TABLES)
    edition = sum(file.stat().st_size for file in latest.resolve().rglob("*") if latest.exists() and file.is_file())
    return max(LEAST_BYTES, TIMES_THE_TABLES * tables + edition)


def _mebibytes(n_bytes: int) -> str:
    return f"{n_bytes / MEBIBYTE:,.0f} MiB"
