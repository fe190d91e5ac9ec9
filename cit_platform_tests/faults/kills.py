"""Refreshes killed at any moment while somebody reads, and what has to be as if nothing had happened."""

import hashlib
import json
import multiprocessing
import os
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.synchronize import Event
from pathlib import Path
from queue import Empty

from cit_platform.contracts import ALL_TABLES
from cit_platform.storage.lake import Lake, TableVersion
from cit_platform.storage.manifest import read_manifest
from cit_platform_tests.conftest import Cit

spawn = multiprocessing.get_context("spawn")
# What a refresh loads before it begins is loaded once: a dozen kills would pay for it a dozen times.
loaded = multiprocessing.get_context("forkserver")
loaded.set_forkserver_preload(["cit_platform.cli", "cit_platform.definitions", "cit_platform.publishing.edition"])


ROWS = {"rows_received": "raw/records", "rows_clean": "clean/records", "rows_excluded": "clean/exclusions"}


def killed_after(city: Cit, seconds: float, *arguments: str, **more: str) -> bool:
    """Kill `cit refresh` after so many seconds; whether it was still at work."""
    process = loaded.Process(target=_refresh, args=(city.environment(**more), arguments))
    process.start()
    process.join(seconds)
    was_working = process.is_alive()
    process.kill()
    process.join()
    return was_working


def _refresh(environment: dict[str, str], arguments: tuple[str, ...]) -> None:
    from cit_platform.cli import app

    os.environ.clear()
    os.environ.update(environment)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    app(["refresh", *arguments], standalone_mode=False)


@contextmanager
def reading(city: Cit) -> Iterator[list[object]]:
    """A second process reads every table and the latest edition meanwhile; afterwards what failed, then its reads."""
    stop, reads = spawn.Event(), spawn.Queue()
    reader = spawn.Process(target=poll, args=(str(city.home), stop, reads))
    reader.start()
    outcomes: list[object] = []
    try:
        yield outcomes
    finally:
        stop.set()
        while not (outcomes and isinstance(outcomes[-1], int)):
            try:
                outcomes.append(reads.get(timeout=60))
            except Empty:
                outcomes.extend(["the reader died", 0])
        reader.join(60)


def poll(home: str, stop: Event, reads: "multiprocessing.Queue[object]") -> None:
    """Read all rows of every table and the latest edition again and again; report each failure, at last the reads."""
    lake, latest, done = Lake(Path(home)), Path(home) / "published" / "latest", 0
    paths, parent = list(lake.versions()), multiprocessing.parent_process()
    # One whose parent was killed would read for ever.
    while not stop.wait(0.1) and (parent is None or parent.is_alive()):
        for path in (*paths, "latest"):
            try:
                done += _read_edition(latest) if path == "latest" else len(lake.frame(path)) > 0
            except Exception as error:  # every failure of a reader is what is looked for
                reads.put(f"{path}: {error!r}")
    reads.put(done)


def _read_edition(latest: Path) -> bool:
    manifest = json.loads((latest / "manifest.json").read_text())
    return bool(manifest["edition"] and (latest / "index.html").read_bytes())


# The number that a retrieval has in the archive's log, which also counts those of killed runs.
OF_THE_LOG = "sequence"


def contents(city: Cit) -> dict[str, str]:
    """A hash of the rows of every table, without their place in the archive's log."""
    return {path: _content(city.lake, path, version) for path, version in city.lake.versions().items()}


def _content(lake: Lake, path: str, version: TableVersion) -> str:
    if OF_THE_LOG not in ALL_TABLES[path].column_names:
        return version.provenance.content
    rows = lake.frame(path).drop(columns=OF_THE_LOG)
    return hashlib.sha256(rows.to_csv(index=False).encode()).hexdigest()


# They tell of the home's earlier editions and snapshots too, or are laid out anew by each run of DuckDB.
LEFT_OUT = {"manifest.json", "index.html", "checksums.txt", "cit.duckdb"}


def edition_content(edition: Path) -> dict[str, object]:
    """What of an edition follows from its snapshot alone, file by file: not when it was received and built."""
    manifest = read_manifest(edition)
    files: dict[str, object] = {"manifest.json": {name: manifest[name] for name in ("snapshot", "tables", *ROWS)}}
    for file in sorted(edition.rglob("*")):
        if file.is_file() and file.name not in LEFT_OUT:
            content = file.read_bytes().replace(manifest["edition"].encode(), b"edition")
            for day in (manifest["volatile"]["built_at"][:10], manifest["source"]["retrieved_at"]):
                content = content.replace(day.encode(), b"then")
            files[str(file.relative_to(edition))] = content
    return files


def differences(one: Path, other: Path) -> list[str]:
    """The files in which two editions differ."""
    here, there = edition_content(one), edition_content(other)
    return sorted(name for name in here.keys() | there.keys() if here.get(name) != there.get(name))


def miscounted(city: Cit) -> list[str]:
    """Rows that are received and neither clean nor excluded, or that page and tables count otherwise."""
    manifest = read_manifest(city.latest)
    versions = city.lake.versions()
    rows = {name: versions[path].n_rows for name, path in ROWS.items()}
    wrong = [name for name, n in rows.items() if manifest[name] != n]
    if rows["rows_received"] != rows["rows_clean"] + rows["rows_excluded"]:
        wrong.append(f"not every row is clean or excluded: {rows}")
    return wrong
