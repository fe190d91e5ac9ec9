"""The published editions copied to the folder of a static host; its readers find every file whole at any moment."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cit_platform.errors import UserError
from cit_platform.storage.checksums import CHECKSUMS
from cit_platform.storage.editions import PARTIAL, list_editions
from cit_platform.storage.files import copy_without_zeros, link_whole
from cit_platform.storage.home_folder import HomeFolder

BESIDE = ("index.html", "feed.xml", "corrections.json")
# Editions share files by hard links; so do their copies. By device and inode of the original, the copy.
_Copies = dict[tuple[int, int], Path]


@dataclass(frozen=True)
class Copied:
    """What a copy did: names of editions; `commit` is that of a git worktree, None elsewhere or without a change."""

    added: tuple[str, ...]
    replaced: tuple[str, ...]
    removed: tuple[str, ...]
    commit: str | None = None


def copy_editions(home: Path, target: Path) -> Copied:
    """Bring a static host's folder to what the home publishes; nothing else in the folder is touched.

    Editions come first, then `latest`, then index and feed; last goes what the home no longer has. In a git worktree
    `latest` is a folder and everything is committed at once; elsewhere it is a link that is switched.

    Raises:
        UserError: The home publishes nothing, the folder cannot be used, or git refuses.
    """
    folder = HomeFolder(home)
    _refuse_unfit(folder, target)
    editions = target / "editions"
    editions.mkdir(parents=True, exist_ok=True)
    for leftover in editions.glob(f"{PARTIAL}*"):
        shutil.rmtree(leftover)
    names = [str(manifest["edition"]) for manifest in list_editions(home)]
    added, replaced, copies = [], [], _Copies()
    for name in names:
        source, copy = folder.editions / name, editions / name
        if not copy.exists():
            _copy(source, editions / f"{PARTIAL}{name}", copies).rename(copy)
            added.append(name)
        elif (source / CHECKSUMS).read_bytes() != (copy / CHECKSUMS).read_bytes():
            _replace(source, copy)
            replaced.append(name)
        copies |= {_inode(file): copy / file.relative_to(source) for file in _files(source)}
    is_worktree = (target / ".git").exists()
    _bring_latest(folder, target, is_worktree)
    for file in BESIDE:
        _copy_whole(folder.editions / file, editions / file)
    _copy_whole(folder.published / "index.html", target / "index.html")
    removed = [each.name for each in editions.iterdir() if each.is_dir() and each.name not in names]
    for name in removed:
        shutil.rmtree((editions / name).rename(editions / f"{PARTIAL}{name}"))
    commit = _committed(target, folder.latest.resolve().name) if is_worktree else None
    return Copied(tuple(added), tuple(replaced), tuple(removed), commit)


def _refuse_unfit(folder: HomeFolder, target: Path) -> None:
    home, place = folder.path.resolve(), target.resolve()
    if not folder.latest.exists():
        raise UserError(f"The home {folder.path} publishes no edition: refresh first.")
    if place == home or home in place.parents or place in home.parents:
        raise UserError(f"{target} and the home {folder.path} lie in one another; give a folder of the host's own.")
    if not place.parent.is_dir():
        raise UserError(f"There is no folder {place.parent}: make it, or mount it, first.")
    latest = target / "latest"
    if latest.is_dir() and not latest.is_symlink() and not (target / ".git").exists():
        raise UserError(f"{latest} is a folder, and would have to be a link to switch: move it away.")


def _bring_latest(folder: HomeFolder, target: Path, is_worktree: bool) -> None:
    name, latest = folder.latest.resolve().name, target / "latest"
    if not is_worktree:
        link_whole(Path("editions") / name, latest, is_directory=True)
        return
    # Who reads a branch sees the commit, not the folder on its way.
    shutil.rmtree(latest, ignore_errors=True)
    shutil.copytree(target / "editions" / name, latest)


def _files(edition: Path) -> Iterator[Path]:
    return (path for path in sorted(edition.rglob("*")) if path.is_file())


def _inode(file: Path) -> tuple[int, int]:
    status = file.stat()
    return status.st_dev, status.st_ino


def _copy(source: Path, partial: Path, copies: _Copies) -> Path:
    """Copy an edition; a file that another edition shares is linked to its copy."""
    for file in _files(source):
        copy = partial / file.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shared = copies.get(_inode(file))
        if shared is None:
            copy_without_zeros(file, copy)
        else:
            os.link(shared, copy)
    return partial


def _replace(source: Path, copy: Path) -> None:
    """Bring the copy of an edition, which was withdrawn, to what it is now: its page first."""
    wanted = {file.relative_to(source) for file in _files(source)}
    for name in sorted(wanted, key=lambda each: each.name != "index.html"):
        _copy_whole(source / name, copy / name)
    for file in list(_files(copy)):
        if file.relative_to(copy) not in wanted:
            file.unlink()
    for path in sorted((each for each in copy.rglob("*") if each.is_dir()), reverse=True):
        if not any(path.iterdir()):
            path.rmdir()


def _copy_whole(source: Path, copy: Path) -> None:
    copy.parent.mkdir(parents=True, exist_ok=True)
    partial = copy.with_name(f".{copy.name}.{os.getpid()}")
    copy_without_zeros(source, partial)
    partial.replace(copy)


def _committed(target: Path, name: str) -> str | None:
    """Commit what was copied, and give the commit; None where nothing changed. Nothing is pushed."""
    _git(target, "add", "--all", "--", "editions", "latest", "index.html")
    if not _git(target, "status", "--porcelain", "--", "editions", "latest", "index.html"):
        return None
    _git(target, "commit", "--quiet", "--message", f"Edition {name}", "--", "editions", "latest", "index.html")
    return _git(target, "rev-parse", "HEAD")


def _git(target: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(["git", "-C", str(target), *arguments], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise UserError(f"{target} is a git worktree, and there is no command git.") from None
    if done.returncode:
        raise UserError(f"git {arguments[0]} in {target}: {(done.stderr or done.stdout).strip()}")
    return done.stdout.strip()
