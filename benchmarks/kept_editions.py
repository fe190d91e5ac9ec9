"""How many bytes the editions of 400 nights take, with the nights of a real home as their content.

`python -m benchmarks.kept_editions HOME` takes the first and the last edition of a home of two nights or more
(`python -m benchmarks.editions --nights 2 --keep FOLDER`): the monthly one, and one of the nights between. It writes
one edition a night as the platform does, what is shared as hard links and all else anew, removes every tenth night what
is past its retention as `cit editions prune` does, and counts every file on the disk once.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.editions import FIRST_DAY, on_disk
from cit_platform.automation.maintenance import NIGHTLY_DAYS
from cit_platform.publishing.edition.retention import editions_past_retention, remove_edition
from cit_platform.settings import Settings
from cit_platform.storage.editions import list_editions
from cit_platform.storage.files import copy_without_zeros
from cit_platform.storage.home_folder import HomeFolder
from cit_platform.storage.manifest import read_manifest

RESULTS = Path(__file__).parent / "results" / "kept_editions.csv"
SHOWN, PRUNED = 50, 10


def main() -> None:
    """Live the nights, print what lies on the disk, write `results/kept_editions.csv`."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kept_editions", description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--nights", type=int, default=400)
    chosen = parser.parse_args()
    listed = sorted(list_editions(chosen.home), key=lambda manifest: str(manifest["volatile"]["built_at"]))
    editions = HomeFolder(chosen.home).editions
    monthly, nightly = (editions / listed[place]["edition"] for place in (0, -1))
    with tempfile.TemporaryDirectory(prefix="kept-editions-", dir=chosen.home.parent) as folder:
        rows = list(live(Path(folder), monthly, nightly, chosen.nights))
    with RESULTS.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["night", "editions", "bytes"])
        writer.writerows(rows)


def live(home: Path, monthly: Path, nightly: Path, nights: int) -> Iterator[tuple[int, int, int]]:
    """Number of the night, editions that stand, and their bytes, every so many nights and at the end."""
    folder = HomeFolder(home)
    folder.editions.mkdir(parents=True)
    settings = Settings(home=home)
    shared = {file.relative_to(nightly) for file in nightly.rglob("*") if _is_same(file, monthly, nightly)}
    before: Path | None = None
    for night in range(1, nights + 1):
        day = FIRST_DAY + timedelta(days=night - 1)
        is_monthly = before is None or day.day == 1
        edition = folder.editions / f"{day}T0230-{night:08x}"
        _write(edition, monthly if is_monthly else nightly, before, shared)
        _say(edition, night, day, is_monthly)
        folder.latest.unlink(missing_ok=True)
        folder.latest.symlink_to(edition)
        before = edition
        if night % PRUNED and night != nights:
            continue
        oldest, thinned = (day - timedelta(days=days) for days in (settings.retention_edition_days, NIGHTLY_DAYS))
        for name in editions_past_retention(home, oldest, max(oldest, thinned), ()):
            remove_edition(home, name)
        if night % SHOWN == 0 or night == nights:
            standing = [each for each in folder.editions.iterdir() if each.is_dir()]
            taken = bytes_once(folder.editions)
            print(f"night {night:>4}: {len(standing):>4} editions, {taken:>13,} bytes", flush=True)
            yield night, len(standing), taken


def bytes_once(folder: Path) -> int:
    """Bytes on the disk below a folder, a file with several names once."""
    files = {file.stat().st_ino: file for file in folder.rglob("*") if file.is_file() and not file.is_symlink()}
    return sum(on_disk(file) for file in files.values())


def _is_same(file: Path, monthly: Path, nightly: Path) -> bool:
    other = monthly / file.relative_to(nightly)
    return file.is_file() and other.is_file() and file.samefile(other)


def _write(edition: Path, content: Path, before: Path | None, shared: set[Path]) -> None:
    for file in (path for path in content.rglob("*") if path.is_file()):
        name = file.relative_to(content)
        target = edition / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if before is not None and name in shared:
            os.link(before / name, target)
        elif file.suffix == ".duckdb":
            copy_without_zeros(file, target)
        else:
            shutil.copyfile(file, target)


def _say(edition: Path, night: int, day: date, is_monthly: bool) -> None:
    """The manifest of a night, with another snapshot and time."""
    manifest: dict[str, Any] = dict(read_manifest(edition))
    built = datetime.combine(day, datetime.min.time(), UTC).isoformat()
    volatile = manifest["volatile"] | {"built_at": built, "held": []}
    said = {"edition": edition.name, "snapshot": f"{night:064x}", "monthly": is_monthly, "volatile": volatile}
    (edition / "manifest.json").write_text(json.dumps(manifest | said, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
