"""Which edition is in force: put there, promoted, withdrawn; each step leaves what readers see whole."""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

from cit_platform.errors import UserError
from cit_platform.printable import printable
from cit_platform.publishing.edition.index import write_index, write_notice
from cit_platform.storage.checksums import CHECKSUMS, checksums
from cit_platform.storage.editions import is_withdrawn, list_editions
from cit_platform.storage.files import link_whole, write_whole
from cit_platform.storage.home_folder import HomeFolder
from cit_platform.storage.manifest import read_manifest

_STAYS = ("index.html", "manifest.json", CHECKSUMS)


def put_in_force(home: Path, edition: Path) -> None:
    """List a published edition in index and feed, and switch `published/latest` to it."""
    write_index(home)
    link_whole(Path("editions") / edition.name, HomeFolder(home).latest, is_directory=True)


def remove_held(home: Path) -> None:
    """Remove the held editions: a newer one takes their place."""
    for folder in HomeFolder(home).held.glob("[!.]*"):
        shutil.rmtree(folder)


def promote(home: Path, name: str) -> Path:
    """Publish a held edition and put it in force; the caller holds the lock. What a killed promotion left is finished.

    Raises:
        UserError: It is not held, or is older than the edition in force.
    """
    folder = HomeFolder(home)
    held, edition = folder.held / Path(name).name, folder.editions / Path(name).name
    if not (held.is_dir() or edition.is_dir()):
        raise UserError(f"No edition {name!r} is held; `cit editions list` names those that are.")
    manifest = read_manifest(held if held.is_dir() else edition)
    if is_withdrawn(manifest):
        raise UserError(f"Edition {name} was withdrawn: {manifest['withdrawn']['why']}. Refresh to publish another.")
    in_force = _in_force(folder)
    if in_force and _built_at(in_force) > _built_at(manifest):
        raise UserError(f"Edition {in_force['edition']} is in force and newer than {name}; nothing was changed.")
    if held.is_dir():
        edition = held.rename(edition)
    put_in_force(home, edition)
    return edition


def withdraw(home: Path, name: str, why: str, at: datetime) -> Path | None:
    """Take a published edition back: a notice takes its place, and the one before it is in force again.

    The caller holds the lock. What a killed withdrawal left is finished by another. Readers see the edition, then the
    notice; its manifest stays, and its page and data go.

    Returns:
        The edition in force from now on, None if there is no other.

    Raises:
        UserError: There is no such edition, it is held only, or no reason was given.
    """
    folder, why = HomeFolder(home), " ".join(printable(why).split())
    edition = folder.editions / Path(name).name
    if not why:
        raise UserError("Say why with --why: the notice that takes the edition's place gives the reason.")
    if not edition.is_dir():
        held = ": it is held, and no reader has seen it" if (folder.held / Path(name).name).is_dir() else ""
        raise UserError(f"No edition {name!r} is published{held}; `cit editions list` names them.")
    manifest = read_manifest(edition)
    manifest.setdefault("withdrawn", {"at": at.isoformat(timespec="seconds"), "why": why})
    left = [m for m in list_editions(home) if not is_withdrawn(m) and m["edition"] != edition.name]
    in_force = _in_force(folder)
    if in_force and in_force["edition"] == edition.name:
        _switch(folder, left[-1]["edition"] if left else None)
    _leave_notice(edition, manifest)
    write_index(home)
    return folder.latest.resolve() if folder.latest.exists() else None


def _leave_notice(edition: Path, manifest: dict[str, Any]) -> None:
    # The page first: whatever happens next, readers know.
    write_notice(edition, manifest)
    write_whole(edition / "manifest.json", json.dumps(manifest, ensure_ascii=False, indent=2) + "\n")
    for path in edition.iterdir():
        if path.name in _STAYS:
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    write_whole(edition / CHECKSUMS, checksums(edition))


def _switch(folder: HomeFolder, name: str | None) -> None:
    if name is None:
        folder.latest.unlink()
    else:
        link_whole(Path("editions") / name, folder.latest, is_directory=True)


def _in_force(folder: HomeFolder) -> dict[str, Any] | None:
    try:
        return read_manifest(folder.latest)
    except UserError:
        return None


def _built_at(manifest: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(manifest["volatile"]["built_at"])
