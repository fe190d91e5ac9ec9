"""The years of the records that an estimate asks."""

from __future__ import annotations

from datetime import date
from functools import cache

from cit_platform.codebook import codebook_files, codebook_rows
from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.rows import Row
from cit_platform.settings import chosen_agency
from cit_platform.studies.protocol import protocol

_RECORDS_SYSTEM = "records_system="


def years_asked(row: Row) -> str:
    """Years of an estimate's window, or of what is left of it where the variant keeps to one records system."""
    first = _starts().get(row["variant"], row["window_start"])
    return wording.years(max(first, row["window_start"]), row["window_end"])


@cache
def _starts() -> dict[str, date]:
    """Variants that keep to the records system of a dated period, with its first day."""
    periods = codebook_rows(codebook_files(chosen_agency())["periods"])
    days = {row["period"]: date.fromisoformat(row["start"]) for row in periods}
    kept = {
        row["fork"]: row["value"].removeprefix(_RECORDS_SYSTEM)
        for row in protocol().forks
        if row["field"] == "only" and row["value"].startswith(_RECORDS_SYSTEM)
    }
    return {fork: days[system] for fork, system in kept.items() if system in days}
