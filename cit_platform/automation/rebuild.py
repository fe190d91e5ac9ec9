"""An edition computed again from its archived snapshot, in a scratch home, and held against the published one."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from cit_platform.code_version import PACKAGE, code_version, environment
from cit_platform.confined import confine
from cit_platform.errors import UserError
from cit_platform.publishing.parts.changes import CHANGES
from cit_platform.refresh.fingerprint import current_fingerprint
from cit_platform.refresh.rebuilding import Rebuilding, note_rebuilding
from cit_platform.settings import Settings
from cit_platform.storage.archive import LOG_FILE, Archive
from cit_platform.storage.archived_snapshot import Retrieval
from cit_platform.storage.checksums import CHECKSUMS
from cit_platform.storage.editions import edition_folder, is_withdrawn, list_editions
from cit_platform.storage.home_folder import HomeFolder, home_record
from cit_platform.storage.manifest import read_manifest
from cit_platform.storage.provenance import Fingerprint
from cit_platform.storage.pseudonym_key import key_file

DATABASE, MANIFEST = "cit.duckdb", "manifest.json"
# What tells of when and by whom an edition was built, or is compared by itself.
NOT_COMPARED = ("volatile", "fingerprint")
# What a check held a number against is partly what the home had before, which a scratch home does not know: rows of the
# last edition, of the comparisons so far, and the share excluded before.
_BOUNDS = re.compile(r"; bounds: .*?(?=\. |\.$)")
Manifest = Mapping[str, Any]


@dataclass(frozen=True)
class Rebuilt:
    """What came of it.

    Attributes:
        n_files: files that are equal byte for byte.
        n_tables: tables of `cit.duckdb` with equal hashes.
        differences: what is not equal, in words; or why it was not computed at all.
    """

    n_files: int
    n_tables: int
    differences: tuple[str, ...]


def rebuild(settings: Settings, name: str) -> Rebuilt:
    """Compute an edition again and compare; other code, versions or settings are named instead.

    Raises:
        UserError: There is no such edition, it does not say enough of itself, its snapshot is no longer archived, or
            the refresh in the scratch home failed.
    """
    edition = edition_folder(settings.home, name).resolve()
    manifest = read_manifest(edition)
    if is_withdrawn(manifest):
        raise UserError(f"Edition {name} was withdrawn: its files are gone, and there is nothing to compare with.")
    others = tuple(_of_others(settings, manifest))
    if others:
        return Rebuilt(0, 0, others)
    retrieval = _retrieval(Archive(HomeFolder(settings.home).archive), manifest)
    spill = HomeFolder(settings.home).spill
    spill.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="rebuild-", dir=spill) as folder:
        scratch = HomeFolder(Path(folder) / "home")
        _refresh(settings, scratch, manifest, retrieval, edition / CHANGES)
        return compare(edition, scratch.editions / manifest["edition"])


def _of_others(settings: Settings, manifest: Manifest) -> Iterator[str]:
    """What computes now and did not compute then."""
    fingerprint = Fingerprint.parse(str(manifest.get("fingerprint", "")))
    if fingerprint is None or not {"as_of", "environment"} <= manifest.keys():
        raise UserError(
            f"Edition {manifest['edition']} is of a version of the platform that did not say how it was computed."
        )
    if fingerprint.code != code_version():
        yield f"code or codebook: the edition has {fingerprint.code}, this checkout {code_version()}"
    for name, now in environment().items():
        was = manifest["environment"].get(name, "none")
        if was != now:
            yield f"{name}: the edition has {was}, this environment {now}"
    dates = (None, manifest["as_of"])
    possible = {
        current_fingerprint(Settings.model_validate({**settings.model_dump(), "as_of": each}), "").settings
        for each in dates
    }
    if fingerprint.settings not in possible:
        yield "settings: agency, source, or the number of times that the home was given a pseudonym key"


def _retrieval(archive: Archive, manifest: Manifest) -> Retrieval:
    came = (manifest["snapshot"], manifest["source"]["retrieved_at"])
    found = [each for each in archive.log() if (each.content_hash, each.retrieved_at) == came]
    kept = {entry.content_hash for entry in archive.list()}
    if not found or manifest["snapshot"] not in kept:
        raise UserError(f"The archive no longer keeps snapshot {manifest['snapshot'][:12]} of {manifest['edition']}.")
    return found[-1]


def _refresh(settings: Settings, scratch: HomeFolder, manifest: Manifest, retrieval: Retrieval, changes: Path) -> None:
    """Refresh in a scratch home that knows what the home knew then: earlier snapshots, earlier editions, the key."""
    home = HomeFolder(settings.home)
    scratch.path.mkdir(mode=0o700)
    before = [each for each in Archive(home.archive).log() if each.sequence < retrieval.sequence]
    kept = {entry.content_hash: entry.directory for entry in Archive(home.archive).list()}
    last = before[-1] if before and before[-1].content_hash in kept else None
    _link_archive(scratch, before[:-1] if last else before, kept)
    _copy_earlier_manifests(home, scratch, manifest)
    if key_file(settings).exists():
        shutil.copy(key_file(settings), scratch.path / key_file(settings).name)
    record = {name: value for name, value in home_record(home).items() if name in ("source", "pseudonym_key")}
    fingerprint = Fingerprint.parse(str(manifest["fingerprint"]))
    assert fingerprint is not None
    what = Rebuilding(
        archive=str(home.archive),
        sequence=retrieval.sequence,
        fingerprint=fingerprint.source,
        location=manifest["source"]["location"],
        edition=manifest["edition"],
        built_at=manifest["volatile"]["built_at"],
        monthly=manifest["monthly"],
        changes=str(changes),
    )
    if last:
        # What some checks compare with is the snapshot before.
        note_rebuilding(scratch, record, replace(what, sequence=last.sequence, fingerprint=last.fingerprint))
        _run(scratch, manifest, last.accepted, "--select", 'key:"raw/records"')
        record = home_record(scratch)
    note_rebuilding(scratch, record, what)
    _run(scratch, manifest, manifest["accepted"])


def _link_archive(scratch: HomeFolder, log: list[Retrieval], kept: Mapping[str, Path]) -> None:
    scratch.archive.mkdir(mode=0o700)
    for content in {retrieval.content_hash for retrieval in log} & kept.keys():
        shutil.copytree(kept[content], scratch.archive / content, copy_function=os.link)
    if log:
        lines = "".join(f"{json.dumps(asdict(retrieval))}\n" for retrieval in log)
        (scratch.archive / LOG_FILE).write_text(lines, encoding="utf-8")


def _copy_earlier_manifests(home: HomeFolder, scratch: HomeFolder, manifest: Manifest) -> None:
    for earlier in list_editions(home.path):
        if earlier["volatile"]["built_at"] < manifest["volatile"]["built_at"]:
            folder = scratch.editions / earlier["edition"]
            folder.mkdir(parents=True)
            shutil.copy(home.editions / earlier["edition"] / MANIFEST, folder / MANIFEST)


def _run(scratch: HomeFolder, manifest: Manifest, accepted: Any, *arguments: str) -> None:
    """One refresh in a process of its own, which alerts nobody."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CIT_ALERT", "DAGSTER")) and name not in ("CIT_HOME", "CIT_AS_OF", "CIT_SOURCE")
    }
    places = [str(PACKAGE.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    settings = {
        "CIT_HOME": str(scratch.path),
        "CIT_AS_OF": manifest["as_of"],
        "CIT_SOURCE": manifest["source"]["name"],
        "PYTHONPATH": os.pathsep.join(places),
    }
    accept = [word for code in accepted for word in ("--accept", code)]
    command = [sys.executable, "-c", "from cit_platform.cli import main; main()", "refresh", *arguments, *accept]
    done = subprocess.run(command, env=inherited | settings, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UserError(f"The edition could not be computed again: {done.stderr.strip() or done.stdout.strip()[-500:]}")


def compare(edition: Path, rebuilt: Path) -> Rebuilt:
    """Hold two editions against each other: files byte for byte, the database by table, the manifest without times."""
    names = sorted(_names(edition) | _names(rebuilt))
    differing = [f"{name} differs" for name in names if not _equal(edition / name, rebuilt / name)]
    tables = [_table_hashes(folder / DATABASE) for folder in (edition, rebuilt)]
    others = sorted(name for name in tables[0].keys() | tables[1].keys() if tables[0].get(name) != tables[1].get(name))
    return Rebuilt(
        len(names) - len(differing),
        len(tables[0].keys() | tables[1].keys()) - len(others),
        (*differing, *(f"{DATABASE}: table {name} differs" for name in others)),
    )


def _names(edition: Path) -> set[str]:
    found = {path.relative_to(edition).as_posix() for path in edition.rglob("*") if path.is_file()}
    return found - {DATABASE, CHECKSUMS}


def _equal(one: Path, other: Path) -> bool:
    if not (one.is_file() and other.is_file()):
        return False
    if one.name == MANIFEST:
        return _lasting(one) == _lasting(other)
    return one.read_bytes() == other.read_bytes()


def _lasting(manifest: Path) -> dict[str, Any]:
    found = json.loads(manifest.read_text(encoding="utf-8"))
    lasting = {name: value for name, value in found.items() if name not in NOT_COMPARED}
    checks = [check | {"message": _BOUNDS.sub("", check.get("message") or "")} for check in found.get("checks", ())]
    return lasting | {"checks": checks}


def _table_hashes(database: Path) -> dict[str, str]:
    """SHA-256 of every table of a database, printed as CSV in the order of its rows."""
    import duckdb

    with duckdb.connect(str(database), read_only=True) as connection, tempfile.TemporaryDirectory() as scratch:
        confine(connection, folders=[scratch])
        listed = "select table_schema || '.' || table_name from information_schema.tables order by 1"
        hashes = {}
        for (name,) in connection.execute(listed).fetchall():
            printed = Path(scratch) / "table.csv"
            connection.table(name).write_csv(str(printed), header=True)
            hashes[name] = hashlib.sha256(printed.read_bytes()).hexdigest()
        return hashes
