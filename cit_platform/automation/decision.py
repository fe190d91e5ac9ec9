"""Whether a refresh is due: one function, asked by the command line, the schedule and the sensor."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cit_platform.code_version import code_version
from cit_platform.refresh.due import reason_to_refresh
from cit_platform.refresh.fingerprint import canonical_source_version, current_fingerprint
from cit_platform.refresh.source import source_of
from cit_platform.resources.run_tags import FINGERPRINT_TAG, LAUNCHED_BY_TAG, REASON_TAG
from cit_platform.settings import Settings
from cit_platform.sources.feed import stalled_since
from cit_platform.sources.observation import Observation
from cit_platform.storage.editions import is_withdrawn, waiting_for_a_person
from cit_platform.storage.home_folder import HomeFolder
from cit_platform.storage.manifest import read_manifest
from cit_platform.storage.provenance import Fingerprint
from cit_platform.storage.pseudonym_key import demand_key
from cit_platform.storage.run_lock import holder

if TYPE_CHECKING:
    from dagster import DagsterInstance


@dataclass(frozen=True)
class Decision:
    """Run or skip, and why, in words; what the source was seen to be, and whether all that there is is current."""

    run: bool
    reason: str
    fingerprint: Fingerprint
    observation: Observation
    is_current: bool = False

    def tags(self, launched_by: str) -> dict[str, str]:
        """The tags of a run that this decision launches."""
        return {FINGERPRINT_TAG: str(self.fingerprint), REASON_TAG: self.reason, LAUNCHED_BY_TAG: launched_by}


def decide(settings: Settings, instance: "DagsterInstance | None" = None) -> Decision:
    """Ask the source, and run unless everything descends from its state, this code, codebook and these settings.

    Args:
        settings: the home and its source.
        instance: where a run to the same state may wait or work already; the holder of the run lock needs none.

    Raises:
        SettingsError: The home has tables and not their pseudonym key.
        SourceError: The source cannot be reached, or is not the crisis data.
    """
    demand_key(settings)
    # A server decides for weeks, and the code under it changes.
    code_version.cache_clear()
    observation = source_of(settings).observe()
    home = HomeFolder(settings.home)
    current = canonical_source_version(home, current_fingerprint(settings, observation.fingerprint))
    reason = reason_to_refresh(home, current)
    if reason is None:
        return Decision(False, _nothing_new(settings, observation, current), current, observation, is_current=True)
    working = _in_progress(instance, home, current) if instance else None
    if working:
        return Decision(False, f"run {working} is already refreshing to this state", current, observation)
    return Decision(True, reason, current, observation)


def _nothing_new(settings: Settings, observation: Observation, current: Fingerprint) -> str:
    stands = stalled_since(observation.newest_report, settings.today())
    return f"nothing new: {_edition_words(settings, current)} has this source, code, codebook and settings" + (
        f"; {stands}" if stands else ""
    )


def _edition_words(settings: Settings, current: Fingerprint) -> str:
    waiting = waiting_for_a_person(settings.home, str(current))
    if waiting is None:
        return f"edition {read_manifest(HomeFolder(settings.home).latest)['edition']}"
    if is_withdrawn(waiting):
        return f"edition {waiting['edition']}, withdrawn ({waiting['withdrawn']['why']}),"
    return f"edition {waiting['edition']}, held until `cit editions promote {waiting['edition']}`,"


def _in_progress(instance: "DagsterInstance", home: HomeFolder, fingerprint: Fingerprint) -> str | None:
    """A run to this state that waits or works; one that counts as started while nobody holds the lock was killed."""
    from dagster import DagsterRunStatus, RunsFilter

    waiting = [DagsterRunStatus.QUEUED, DagsterRunStatus.NOT_STARTED, DagsterRunStatus.STARTING]
    statuses = waiting if holder(home.path) is None else [*waiting, DagsterRunStatus.STARTED]
    runs = instance.get_runs(RunsFilter(tags={FINGERPRINT_TAG: str(fingerprint)}, statuses=statuses), limit=1)
    return runs[0].run_id if runs else None
