"""SHA-256 of files: what tells that one was lost or altered."""

import hashlib
from pathlib import Path

CHECKSUMS = "checksums.txt"
# What every edition has; a list without them was cut.
ALWAYS_LISTED = ("index.html", "manifest.json")


def sha256(file: Path) -> str:
    """SHA-256 of a file in hex."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def checksums(folder: Path) -> str:
    """Lines for `sha256sum --check`, every file of a folder but the list itself."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != CHECKSUMS)
    return "".join(f"{sha256(file)}  {file.relative_to(folder).as_posix()}\n" for file in files)


def edition_damage(edition: Path) -> tuple[str, ...]:
    """What was lost or altered in an edition since it was published, a phrase per file; empty where it is whole."""
    if not (edition / CHECKSUMS).is_file():
        return (f"{CHECKSUMS} is missing",)
    lines = (edition / CHECKSUMS).read_text(encoding="utf-8", errors="replace").splitlines()
    listed = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    if not listed.keys() >= set(ALWAYS_LISTED):
        return (f"{CHECKSUMS} was altered",)
    found = ((name, _damage(edition / name, digest)) for name, digest in listed.items())
    return tuple(f"{name} {damage}" for name, damage in found if damage)


def _damage(file: Path, digest: str) -> str | None:
    if not file.is_file():
        return "is missing"
    return None if sha256(file) == digest else "was altered"
