"""Files that are there whole or not at all, and copies that take no room for zeros."""

import os
from pathlib import Path

# What a disk hands out at a time, at least.
_PAGE = 4096


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


def copy_without_zeros(source: Path, copy: Path) -> None:
    """Copy a file, the same to every reader; pages of zeros take no room on a disk that can leave them out."""
    nothing = bytes(_PAGE)
    with source.open("rb") as original, copy.open("wb") as sparse:
        while page := original.read(_PAGE):
            if page == nothing:
                sparse.seek(_PAGE, os.SEEK_CUR)
            else:
                sparse.write(page)
        # What the file ends with may have been left out.
        sparse.truncate(original.tell())
