"""Whether an edition is the one analysis of its year that the protocol names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from cit_platform.studies.protocol import Protocol, protocol

ANNUAL = "annual"


def is_annual(
    contacts: Sequence[Path], built_on: date, manifests: Sequence[Mapping[str, Any]], found: Protocol | None = None
) -> bool:
    """Whether an edition is the annual result: of reports until the protocol's last day, frozen on its day or later.

    An edition that holds a later report is none, whatever day it is; nor is a second one of the same year, or one
    frozen before the protocol was laid down.

    Args:
        contacts: Parquet files of `features/contacts`.
        built_on: the day it is built.
        manifests: of the editions published before, withdrawn ones left out.
        found: the protocol, that of this code if not given.
    """
    found = protocol() if found is None else found
    frozen = _day(found.annual_frozen_on, built_on.year)
    if built_on < frozen or frozen <= found.date:
        return False
    if any(manifest.get(ANNUAL) and _year(manifest) == built_on.year for manifest in manifests):
        return False
    last = _day(found.annual_last_day, built_on.year - 1)
    newest = _newest(contacts)
    # Of a year that is missing at the end it would be the result of another.
    return newest is not None and date(last.year, 1, 1) <= newest <= last


def _day(text: str, year: int) -> date:
    return datetime.strptime(f"{text} {year}", "%d %B %Y").date()


def _year(manifest: Mapping[str, Any]) -> int:
    return datetime.fromisoformat(manifest["volatile"]["built_at"]).year


def _newest(contacts: Sequence[Path]) -> date | None:
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    newest: date | None = pc.max(pq.read_table(contacts, columns=["reported_date"])["reported_date"]).as_py()
    return newest
