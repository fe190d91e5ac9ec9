"""A scratch home that computes an archived snapshot again, in a process of its own, knowing what its home knew then."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from cit_platform.code_version import PACKAGE
from cit_platform.errors import UserError
from cit_platform.refresh.rebuilding import Rebuilding, note_rebuilding
from cit_platform.settings import Settings
from cit_platform.storage.archive import LOG_FILE, Archive
from cit_platform.storage.archived_snapshot import Retrieval
from cit_platform.storage.editions import list_editions
from cit_platform.storage.home_folder import HomeFolder, home_record
from cit_platform.storage.manifest import MANIFEST
from cit_platform.storage.provenance import Fingerprint
from cit_platform.storage.pseudonym_key import key_file

Manifest = Mapping[str, Any]


def retrieval_of(home: HomeFolder, manifest: Manifest) -> Retrieval:
    """When the snapshot of an edition came.

    Raises:
        UserError: It is no longer archived.
    """
    archive = Archive(home.archive)
    came = (manifest["snapshot"], manifest["source"]["retrieved_at"])
    found = [each for each in archive.log() if (each.content_hash, each.retrieved_at) == came]
    kept = {entry.content_hash for entry in archive.list()}
    if not found or manifest["snapshot"] not in kept:
        raise UserError(f"The archive no longer keeps snapshot {manifest['snapshot'][:12]} of {manifest['edition']}.")
    return found[-1]


def retrievals_before(home: HomeFolder, sequence: int) -> list[Retrieval]:
    """The retrievals of a home that came before one with this number, oldest first."""
    return [each for each in Archive(home.archive).log() if each.sequence < sequence]


@contextmanager
def scratch_home(settings: Settings) -> Iterator[HomeFolder]:
    """A home that is not there yet, in the spill of the home, gone afterwards."""
    spill = HomeFolder(settings.home).spill
    spill.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="scratch-", dir=spill) as folder:
        yield HomeFolder(Path(folder) / "home")


def compute_again(
    settings: Settings,
    scratch: HomeFolder,
    manifest: Manifest,
    what: Rebuilding,
    before: Sequence[Retrieval],
    *arguments: str,
) -> None:
    """Refresh a scratch home from an archived snapshot.

    Args:
        settings: of the home whose archive keeps it.
        scratch: the home, not there yet.
        manifest: edition whose as-of date, source and accepted changes it has.
        what: which snapshot.
        before: the retrievals that came before it: what some checks and tables compare it with.
        arguments: of `cit refresh`.

    Raises:
        UserError: The refresh failed.
    """
    home = HomeFolder(settings.home)
    scratch.path.mkdir(mode=0o700)
    kept = {entry.content_hash: entry.directory for entry in Archive(home.archive).list()}
    last = before[-1] if before and before[-1].content_hash in kept else None
    _link_archive(scratch, before[:-1] if last else before, kept)
    _copy_earlier_manifests(home, scratch, manifest)
    if key_file(settings).exists():
        shutil.copy(key_file(settings), scratch.path / key_file(settings).name)
    record = {name: value for name, value in home_record(home).items() if name in ("source", "agency", "pseudonym_key")}
    if last:
        # What some checks compare with is the snapshot before.
        earlier = replace(what, sequence=last.sequence, fingerprint=last.fingerprint, templates_of=0)
        note_rebuilding(scratch, record, earlier)
        _run(scratch, manifest, last.accepted, "--select", 'key:"raw/records"')
        record = home_record(scratch)
    note_rebuilding(scratch, record, what)
    _run(scratch, manifest, manifest["accepted"], *arguments)


def rebuilding_of(home: HomeFolder, manifest: Manifest, retrieval: Retrieval, changes: Path) -> Rebuilding:
    """An edition as what a scratch home rebuilds."""
    fingerprint = Fingerprint.parse(str(manifest["fingerprint"]))
    assert fingerprint is not None
    return Rebuilding(
        archive=str(home.archive),
        sequence=retrieval.sequence,
        fingerprint=fingerprint.source,
        location=manifest["source"]["location"],
        edition=manifest["edition"],
        built_at=manifest["volatile"]["built_at"],
        monthly=manifest["monthly"],
        changes=str(changes),
    )


def _link_archive(scratch: HomeFolder, log: Sequence[Retrieval], kept: Mapping[str, Path]) -> None:
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
        said = done.stderr.strip() or done.stdout.strip()[-500:]
        raise UserError(f"Edition {manifest['edition']} could not be computed again: {said}")
