"""Whether the source answers, as a check of its asset: Dagster shows a tick without an answer like any other skip."""

from typing import Any

import dagster as dg

from cit_platform.assets.spd_crisis_data import spd_crisis_data
from cit_platform.printable import inert
from cit_platform.refresh.source import source_of
from cit_platform.resources.failures import user_errors_as_failures
from cit_platform.settings import load_settings
from cit_platform.sources.refused import SourceSilentError

ANSWERED: dict[str, Any] = {
    "passed": True,
    "severity": dg.AssetCheckSeverity.WARN,
    "description": "The source gave a usable answer.",
}


@dg.asset_check(
    asset=spd_crisis_data.key,
    description="The source gives a usable answer. If it fails: nothing is lost, and what is published stays right; "
    "check the network and the portal's own page. The sensor and the schedule evaluate it each time they ask.",
)
def source_answers() -> dg.AssetCheckResult:
    with user_errors_as_failures():
        try:
            source_of(load_settings()).observe()
        except SourceSilentError as error:
            return dg.AssetCheckResult(**_silent(str(error)))
    return dg.AssetCheckResult(**ANSWERED)


def answer_event(silence: str | None = None) -> dg.AssetCheckEvaluation:
    """What a look adds to the history of the source's asset: that there was an answer, or why there was none."""
    found = ANSWERED if silence is None else _silent(silence)
    return dg.AssetCheckEvaluation(asset_key=spd_crisis_data.key, check_name="source_answers", **found)


def _silent(words: str) -> dict[str, Any]:
    """Always a warning: what was read before is as good as it was."""
    return {**ANSWERED, "passed": False, "description": f"Not as expected: {inert(words)}"}


CHECKS = [source_answers]
