"""An edition computed again from its archived snapshot, in a scratch home, and held against the published one."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cit_platform.automation.scratch_home import (
    Manifest,
    compute_again,
    rebuilding_of,
    retrieval_of,
    retrievals_before,
    scratch_home,
)
from cit_platform.code_version import code_version, environment
from cit_platform.confined import confine
from cit_platform.errors import UserError
from cit_platform.publishing.parts.changes import CHANGES
from cit_platform.refresh.fingerprint import current_fingerprint
from cit_platform.settings import Settings
from cit_platform.storage.checksums import CHECKSUMS
from cit_platform.storage.editions import edition_folder, is_withdrawn
from cit_platform.storage.home_folder import HomeFolder
from cit_platform.storage.manifest import MANIFEST, read_manifest
from cit_platform.storage.provenance import Fingerprint

DATABASE = "cit.duckdb"
# What tells of when and by whom an edition was built, or is compared by itself.
NOT_COMPARED = ("volatile", "fingerprint")
# What a check held a number against is partly what the home had before, which a scratch home does not know: rows of the
# last edition, of the comparisons so far, and the share excluded before.
_BOUNDS = re.compile(r"; bounds: .*?(?=\. |\.$)")


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
    others = tuple(computed_otherwise(settings, manifest))
    if others:
        return Rebuilt(0, 0, others)
    home = HomeFolder(settings.home)
    retrieval = retrieval_of(home, manifest)
    before = retrievals_before(home, retrieval.sequence)
    with scratch_home(settings) as scratch:
        what = rebuilding_of(home, manifest, retrieval, edition / CHANGES)
        compute_again(settings, scratch, manifest, what, before)
        return compare(edition, scratch.editions / manifest["edition"])


def computed_otherwise(settings: Settings, manifest: Manifest) -> Iterator[str]:
    """What computes now and did not compute then.

    Raises:
        UserError: The edition does not say how it was computed.
    """
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
