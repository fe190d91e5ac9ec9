"""A line per asset, and per check that did not pass, while a refresh runs: a Dagster logger that says nothing else."""

import logging
from collections.abc import Callable
from typing import Any

import dagster as dg


class ProgressHandler(logging.Handler):
    """Turns Dagster's events into lines for a person."""

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__()
        self._say = say
        self._checks: dict[str, list[bool]] = {}

    def emit(self, record: logging.LogRecord) -> None:
        event = getattr(record, "dagster_meta", {}).get("dagster_event")
        if event is None:
            self._say_waiting(record)
        elif event.event_type_value == "ASSET_CHECK_EVALUATION":
            self._note_check(event)
        elif event.event_type_value == "ASSET_MATERIALIZATION":
            self._say(self._materialised(event))
        elif event.event_type_value == "ASSET_OBSERVATION":
            observed = event.event_specific_data.asset_observation
            self._say(f"{event.asset_key.to_user_string():<34}{observed.description}")

    def _note_check(self, event: Any) -> None:
        check = event.event_specific_data
        self._checks.setdefault(event.step_key, []).append(check.passed)
        if not check.passed:
            self._say(
                f"{check.asset_key.to_user_string():<34}{check.severity.value} {check.check_name}: {check.description}"
            )

    def _say_waiting(self, record: logging.LogRecord) -> None:
        message = getattr(record, "dagster_meta", {}).get("orig_message", "")
        if message.startswith("Waiting for"):
            self._say(message)

    def _materialised(self, event: Any) -> str:
        metadata = event.event_specific_data.materialization.metadata
        rows = metadata.get("dagster/row_count")
        checks = self._checks.get(event.step_key, [])
        parts = [
            f"{event.asset_key.to_user_string():<34}",
            f"{rows.value:>9,} rows" if rows else " " * 14,
            f"  {sum(checks)} of {len(checks)} checks passed" if checks else "",
        ]
        return "".join(parts).rstrip()


@dg.logger({}, description="One line per asset.")
def progress(_context: dg.InitLoggerContext) -> logging.Logger:
    logger = logging.Logger("cit.progress")
    logger.addHandler(ProgressHandler(lambda line: print(line, flush=True)))
    return logger
