"""Files that an edition has in common with the one before lie on the disk once, as hard links."""

from __future__ import annotations

import filecmp
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cit_platform.errors import UserError
from cit_platform.storage.checksums import edition_damage
from cit_platform.storage.manifest import read_manifest

DATABASE = "cit.duckdb"


def share_unchanged(partial: Path, previous: Path, manifest: Mapping[str, Any]) -> None:
    """Put links in the place of files that the edition before has byte for byte; of a damaged one none.

    The database is shared where every table of it has the hash that it had: its own bytes differ at each writing.

    Args:
        partial: the edition that is being built.
        previous: the edition in force; it need not exist.
        manifest: of the edition that is being built.
    """
    if not previous.exists() or edition_damage(previous):
        return
    for file in [path for path in partial.rglob("*") if path.is_file()]:
        former = previous / file.relative_to(partial)
        if former.is_file() and filecmp.cmp(former, file, shallow=False):
            _link(former, file)
    if (partial / DATABASE).is_file() and _tables(previous) == manifest["tables"]:
        _link(previous / DATABASE, partial / DATABASE)


def _tables(edition: Path) -> Any:
    try:
        return read_manifest(edition).get("tables")
    except UserError:
        return None


def _link(former: Path, file: Path) -> None:
    # A link on a link: `latest` leads to a folder, and its files are what is linked.
    linked = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        os.link(former.resolve(), linked)
    except OSError:
        # A disk without hard links, or another disk: the copy stays.
        return
    linked.replace(file)
    # Two names of one file are left as they are by a rename.
    linked.unlink(missing_ok=True)
