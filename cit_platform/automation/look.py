"""A look at the source that counts: the decision, and what came of it, kept in the home."""

from typing import TYPE_CHECKING

from cit_platform.automation.decision import Decision, decide
from cit_platform.errors import UserError
from cit_platform.settings import Settings
from cit_platform.sources.refused import SourceChangedError, SourceSilentError
from cit_platform.storage.source_looks import Outcome, note_look

if TYPE_CHECKING:
    from dagster import DagsterInstance


def look(settings: Settings, instance: "DagsterInstance | None" = None) -> Decision:
    """Decide as `decide` does, and note in the home that the source was asked and what it answered.

    Raises:
        SourceSilentError: The source does not answer.
        UserError: As of `decide`; also noted.
    """
    try:
        decision = decide(settings, instance)
    except UserError as error:
        note_look(settings.home, _outcome_of(error), str(error))
        raise
    outcome = Outcome.NOTHING_NEW if decision.is_current else Outcome.REFRESH_DUE
    seen = decision.fingerprint.source
    note_look(settings.home, outcome, decision.reason, decision.observation.newest_report, seen)
    return decision


def _outcome_of(error: UserError) -> Outcome:
    if isinstance(error, SourceSilentError):
        return Outcome.SILENT
    is_drift = isinstance(error, SourceChangedError) and error.code in {"columns", "types"}
    return Outcome.CHANGED if is_drift else Outcome.REFUSED
