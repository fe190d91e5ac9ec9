"""What the machine knows: versions, the disk, permissions and the clock."""

import os
import platform
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from cit_platform.cli.health.fact import Fact, Level, age_in_words
from cit_platform.settings import Settings
from cit_platform.storage.free_space import MEBIBYTE, needed_bytes
from cit_platform.storage.home_folder import OTHERS, HomeFolder, open_to_others

PACKAGES = ("dagster", "deltalake", "duckdb", "pyarrow", "pandas")
# What two clocks may differ by: one that was set, or a file server's own.
TOLERANCE_SECONDS = 300


def versions(_settings: Settings) -> Iterator[Fact]:
    """Of the platform, Python and the libraries on which results or the instance depend."""
    from cit_platform.code_version import code_version

    named = ", ".join(f"{name} {_version(name)}" for name in PACKAGES)
    yield Fact("versions", f"platform {code_version()}, Python {platform.python_version()}, {named}")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def disk(settings: Settings) -> Iterator[Fact]:
    """Whether a refresh would find room."""
    # A home that is not there yet will lie on the disk of the folder above it.
    folder = next(path for path in (settings.home, *settings.home.parents) if path.exists())
    free, needed = shutil.disk_usage(folder).free, needed_bytes(settings.home)
    words = f"{free / MEBIBYTE:,.0f} MiB free, a refresh needs about {needed / MEBIBYTE:,.0f} MiB"
    numbers = {"disk_free_bytes": float(free), "disk_needed_bytes": float(needed)}
    if free < needed:
        remedy = "make room, or lower CIT_RETENTION_… and say cit maintain"
        yield Fact("disk", f"{words}: {remedy}", Level.DEFECT, numbers)
    else:
        yield Fact("disk", words, Level.GOOD, numbers)


def permissions(settings: Settings) -> Iterator[Fact]:
    """Whether this user may write the home, and whether what is private is closed to others."""
    home = HomeFolder(settings.home)
    if not home.path.exists():
        yield Fact("permissions", "the home is made by the first refresh", Level.NOTED)
        return
    if os.access(home.path, os.W_OK):
        yield Fact("permissions", "the home can be written")
    else:
        yield Fact("permissions", "the home can be read, not written: this user cannot refresh it", Level.NOTED)
    # A home that is closed itself lets nobody at what it holds; one that nothing was written to holds nothing.
    is_open = home.record.exists() and bool(home.path.stat().st_mode & OTHERS)
    readable = open_to_others(home) if is_open else []
    if readable:
        words = f"open to others: {len(readable)} paths, such as {readable[0]}; the next refresh closes them"
        yield Fact("permissions", words, Level.DEGRADED)


def clock(settings: Settings) -> Iterator[Fact]:
    """Whether a file or the last snapshot is of a time to come: by the clock nothing then is young or old."""
    now = datetime.now(UTC)
    ahead = {name: moment for name, moment in _moments(settings) if (moment - now).total_seconds() > TOLERANCE_SECONDS}
    if not ahead:
        yield Fact("clock", f"{now:%Y-%m-%d %H:%M} UTC, nothing in the home is of a later time")
        return
    name, latest = max(ahead.items(), key=lambda item: item[1])
    words = (
        f"{name} is of {latest:%Y-%m-%d %H:%M} UTC, {age_in_words((latest - now).total_seconds())} ahead of the system "
        f"clock ({now:%Y-%m-%d %H:%M} UTC): set the clock (timedatectl), and that of a file server"
    )
    yield Fact("clock", words, Level.DEGRADED)


def _moments(settings: Settings) -> Iterator[tuple[str, datetime]]:
    from cit_platform.storage.archive import Archive

    home = HomeFolder(settings.home)
    for path in (home.path, *(home.path.iterdir() if home.path.exists() else ()), home.latest):
        if path.exists():
            yield str(path), datetime.fromtimestamp(_modified(path), UTC)
    for retrieval in Archive(home.archive).log()[-1:]:
        yield "the last snapshot", retrieval.moment


def _modified(path: Path) -> float:
    return path.stat().st_mtime
