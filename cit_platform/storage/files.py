"""Files that are there whole or not at all."""

import os
from pathlib import Path


def write_whole(path: Path, text: str, mode: int = 0o644) -> None:
    """Write a text file by rename, so that a reader or a killed writer never leaves half of it."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w", encoding="utf-8") as file:
        file.write(text)
    partial.replace(path)


def link_whole(target: Path, link: Path, is_directory: bool = False) -> None:
    """Point a symbolic link at a target by rename, so that the link always leads somewhere."""
    if link.is_symlink() and link.readlink() == target:
        return
    partial = link.with_name(f".{link.name}.{os.getpid()}")
    partial.unlink(missing_ok=True)
    partial.symlink_to(target, target_is_directory=is_directory)
    partial.replace(link)
