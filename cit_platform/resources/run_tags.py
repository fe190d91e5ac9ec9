"""The tags of a run: why it was launched and by what, whether it ends early, of which snapshot and edition it is."""

from pathlib import Path
from typing import TYPE_CHECKING

from cit_platform.errors import UserError
from cit_platform.storage.provenance import Provenance

if TYPE_CHECKING:
    from dagster import DagsterRun

    from cit_platform.storage.lake import Lake

FINGERPRINT_TAG = "cit/fingerprint"
REASON_TAG = "cit/reason"
FORCE_TAG = "cit/force"
LAUNCHED_BY_TAG = "cit/launched_by"
ACCEPT_TAG = "cit/accept"
SNAPSHOT_TAG = "cit/snapshot"
AS_OF_TAG = "cit/as_of"
EDITION_TAG = "cit/edition"
LOCK_TAG = "cit/lock"

# Dagster's web page adds it to what is launched there.
FROM_UI_TAG = "dagster/from_ui"
SHOWN_DIGITS = 12


def snapshot_tags(provenance: Provenance) -> dict[str, str]:
    """Of which snapshot a run is, in as many digits as commands print, and the date that counts as today."""
    return {SNAPSHOT_TAG: provenance.snapshot[:SHOWN_DIGITS], AS_OF_TAG: provenance.as_of.isoformat()}


def starting_tags(run: "DagsterRun", lake: "Lake") -> dict[str, str]:
    """What a run can say of itself as it starts: who asked for it by hand, and the snapshot that it finds."""
    return {**_by_hand(run), **_found(lake)}


def lock_tag(home: Path, hold: str, run_id: str) -> dict[str, str]:
    """That a run took the lock of a home, which it holds to its end."""
    return {LOCK_TAG: f"{hold} {run_id} {home}"}


def has_held(run: "DagsterRun", home: Path) -> str | None:
    """The hold under which a run took the lock of a home; None if it did not, or has but copied another's tags."""
    hold, _, rest = run.tags.get(LOCK_TAG, "").partition(" ")
    return hold if rest == f"{run.run_id} {home}" else None


def ends_at_same_content(run: "DagsterRun") -> bool:
    """Whether a run ends once the source shows what is published already: one that a decision launched.

    What somebody asked for by hand, a re-execution too, is computed.
    """
    return FINGERPRINT_TAG in run.tags and run.parent_run_id is None and run.tags.get(FORCE_TAG) != "true"


def _by_hand(run: "DagsterRun") -> dict[str, str]:
    if run.parent_run_id:
        return {LAUNCHED_BY_TAG: "re-execution", REASON_TAG: f"run {run.parent_run_id} again, by hand"}
    if LAUNCHED_BY_TAG in run.tags:
        return {}
    return {LAUNCHED_BY_TAG: "web page" if run.tags.get(FROM_UI_TAG) == "true" else "Dagster", REASON_TAG: "by hand"}


def _found(lake: "Lake") -> dict[str, str]:
    try:
        return snapshot_tags(lake.version("raw/records").provenance)
    except UserError:
        # The step that reads the table says what is wrong with it.
        return {}
