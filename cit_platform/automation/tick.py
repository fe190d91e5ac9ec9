"""What a tick does, of the schedule as of the sensor: ask the source, decide, and keep what was observed."""

import dagster as dg

from cit_platform.assets.source_answers import answer_event
from cit_platform.assets.spd_crisis_data import ObservationEvent, observation_events
from cit_platform.code_version import code_version

# What this process imported. A decision hashes the code on disk, which an upgrade under a running server replaces.
LOADED = code_version()
OLD_CODE = (
    "The server holds an older version of the code than the disk: restart it (systemctl restart cit-code-server "
    "cit-webserver cit-daemon, or make ui anew). Until then nothing is launched; what was published stays."
)


def tick(
    instance: dg.DagsterInstance, launched_by: str
) -> tuple[dg.RunRequest | dg.SkipReason, list[ObservationEvent]]:
    """A run or a skip with its reason, and what the observation adds to the history of `spd_crisis_data`.

    What an operator can mend, such as a portal that does not answer or a full disk, is a skip in plain words; that the
    source is silent stands at their beginning, and turns a check amber. A server whose code was replaced on disk asks
    for its restart: it would launch its old graph for the new code. There is no run key: a run that failed is tried
    again at the next tick.
    """
    from cit_platform.automation.killed_runs import close_killed_runs
    from cit_platform.automation.look import look
    from cit_platform.errors import UserError, mendable_errors_named
    from cit_platform.settings import load_settings
    from cit_platform.sources.refused import SourceSilentError
    from cit_platform.storage.home_folder import open_home
    from cit_platform.storage.source_looks import Outcome, note_look, silent_in_words

    try:
        with mendable_errors_named():
            settings = load_settings()
            open_home(settings)
            close_killed_runs(instance, settings.home)
            if is_replaced_on_disk():
                note_look(settings.home, Outcome.REFUSED, OLD_CODE)
                return dg.SkipReason(OLD_CODE), []
            decision = look(settings, instance)
            observed = observation_events(
                decision.observation, decision.fingerprint.source, settings.today(), settings.agency, instance
            )
            events = [*observed, answer_event()]
    except SourceSilentError as error:
        return dg.SkipReason(f"{silent_in_words(settings.home)}: {error}"), [answer_event(str(error))]
    except UserError as error:
        return dg.SkipReason(str(error)), []
    if decision.run:
        return dg.RunRequest(tags=decision.tags(launched_by)), events
    return dg.SkipReason(decision.reason), events


def is_replaced_on_disk() -> bool:
    """Whether the code on disk is another than this process loaded."""
    code_version.cache_clear()
    return code_version() != LOADED
