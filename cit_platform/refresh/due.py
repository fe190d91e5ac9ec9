"""Whether what a home holds is current, and if not, why."""

from collections.abc import Mapping

from cit_platform.contracts import TABLES
from cit_platform.storage.checksums import edition_damage
from cit_platform.storage.editions import waiting_for_a_person
from cit_platform.storage.home_folder import HomeFolder
from cit_platform.storage.lake import DamagedTableError, Lake, TableVersion, older_inputs, outdated
from cit_platform.storage.manifest import read_manifest
from cit_platform.storage.provenance import Fingerprint

WORDS = {
    "source": "the source has other records",
    "code": "the code or the codebook changed",
    "settings": "a setting that changes results changed",
}


def reason_to_refresh(home: HomeFolder, current: Fingerprint) -> str | None:
    """Why the latest edition and the tables are not those of a fingerprint; None if they are.

    Raises:
        LakeError: A table is damaged that no refresh computes anew by itself.
    """
    return reason_of_edition(home, current) or _tables_are_old(Lake(home.path), current)


def reason_of_edition(home: HomeFolder, current: Fingerprint) -> str | None:
    """Why the latest edition is not that of a fingerprint; None if it is, or if the one that is waits for a person."""
    damage = edition_damage(home.latest) if home.latest.exists() else ()
    if damage:
        more = f" and {len(damage) - 1} more of its files" if damage[1:] else ""
        return f"edition {home.latest.resolve().name} is damaged: {damage[0]}{more}"
    if waiting_for_a_person(home.path, str(current)):
        return None
    if not home.latest.exists():
        return "no edition yet"
    return _difference(Fingerprint.parse(str(read_manifest(home.latest)["fingerprint"])), current)


def reasons_of_tables(versions: Mapping[str, TableVersion], current: Fingerprint) -> dict[str, str]:
    """Why tables are not of a fingerprint, or not of the rows that their inputs hold now, by path."""
    older = {path: f"was computed from an older version of {parent}" for path, parent in older_inputs(versions).items()}
    of_others = {path: _difference(version.provenance.fingerprint, current) for path, version in versions.items()}
    return {**older, **{path: difference for path, difference in of_others.items() if difference}}


def _tables_are_old(lake: Lake, current: Fingerprint) -> str | None:
    missing = sorted(path for path in TABLES if not lake.exists(path))
    if missing:
        return f"no table {missing[0]} yet"
    versions, damaged = _verified(lake)
    for damage in damaged:
        if not damage.is_rebuilt:
            raise damage
    if damaged:
        return damaged[0].reason
    for path, version in versions.items():
        difference = _difference(version.provenance.fingerprint, current)
        if difference:
            return f"{path} is of another refresh: {difference}"
    return outdated(versions)


def _verified(lake: Lake) -> tuple[dict[str, TableVersion], list[DamagedTableError]]:
    """Every table by path, and what is damaged."""
    versions, damaged = {}, []
    for path in TABLES:
        try:
            versions[path] = lake.verified(path)
        except DamagedTableError as damage:
            damaged.append(damage)
    return versions, damaged


def _difference(known: Fingerprint | None, current: Fingerprint) -> str | None:
    if known is None:
        return "another version of the platform wrote it"
    changed = [words for part, words in WORDS.items() if getattr(known, part) != getattr(current, part)]
    return " and ".join(changed) or None
