"""What a tick does, of the schedule as of the sensor: ask the source, decide, and keep what was observed."""

import dagster as dg

from cit_platform.assets.spd_crisis_data import ObservationEvent, observation_events


def tick(instance: dg.DagsterInstance) -> tuple[dg.RunRequest | dg.SkipReason, list[ObservationEvent]]:
    """A run or a skip with its reason, and what the observation adds to the history of `spd_crisis_data`.

    What an operator can mend, such as a portal that does not answer or a full disk, is a skip in plain words. There is
    no run key: a run that failed is tried again at the next tick.
    """
    from cit_platform.automation.decision import FINGERPRINT_TAG, decide
    from cit_platform.errors import UserError, mendable_errors_named
    from cit_platform.settings import load_settings
    from cit_platform.storage.home_folder import open_home

    try:
        with mendable_errors_named():
            settings = load_settings()
            open_home(settings)
            decision = decide(settings, instance)
            events = observation_events(decision.observation, settings.today(), settings.agency, instance)
    except UserError as error:
        return dg.SkipReason(str(error)), []
    if decision.run:
        return dg.RunRequest(tags={FINGERPRINT_TAG: str(decision.fingerprint)}), events
    return dg.SkipReason(decision.reason), events
