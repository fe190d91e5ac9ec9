"""What a source says about itself without being read: enough to know whether it changed, and what to look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True)
class Observation:
    """A look at a source; what it does not say is None.

    Attributes:
        fingerprint: changes when the source's content changes (64 hex).
        n_rows: rows that it counts.
        n_templates: distinct template ids that it counts.
        rows_updated_at: when its rows last changed, in UTC.
        newest_report: the latest day of a report, up to tomorrow.
        labels: the values of its text columns of which the codebook keeps a list, by field, as the codebook writes
            them, sorted.
    """

    fingerprint: str
    n_rows: int | None = None
    n_templates: int | None = None
    rows_updated_at: datetime | None = None
    newest_report: date | None = None
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
