"""What a tick does, of the schedule as of the sensor: ask the source, decide, and keep what was seen."""

import dagster as dg

from cit_platform.assets.spd_crisis_data import Seen, seen


def tick(instance: dg.DagsterInstance) -> tuple[dg.RunRequest | dg.SkipReason, list[Seen]]:
    """A run or a skip with its reason, and what the look at the source adds to the history of `spd_crisis_data`.

    What an operator can mend, such as a portal that does not answer, is a skip in plain words. There is no run key: a
    run that failed is tried again at the next tick.
    """
    from cit_platform.automation.decision import FINGERPRINT_TAG, decide
    from cit_platform.settings import SettingsError, load_settings
    from cit_platform.sources.snapshot import SourceError
    from cit_platform.storage.home_folder import prepare_home
    from cit_platform.storage.lake import LakeError

    try:
        settings = load_settings()
        prepare_home(settings)
        decision = decide(settings, instance)
    except (SettingsError, SourceError, LakeError) as error:
        return dg.SkipReason(str(error)), []
    found = seen(decision.observation, settings.today(), settings.agency, instance)
    if decision.run:
        return dg.RunRequest(tags={FINGERPRINT_TAG: decision.fingerprint}), found
    return dg.SkipReason(decision.reason), found
