"""When numbers of officers' own attributes are printed, so that no two editions differ by what a few contacts say.

Subtracting two editions gives the sums over the contacts that came between. Numbers of race, gender and experience
therefore stand in monthly editions alone, and there only once enough contacts of enough officers came since the last
edition that printed them. Of a snapshot of which they are printed already they are printed again. Whether they are is
decided without a look at the attributes: no choice tells of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cit_platform.confined import confine
from cit_platform.publishing.parts.disclosure import LEVELS, OFFICER_ATTRIBUTES

if TYPE_CHECKING:
    import pandas as pd

PRIVATE_TERMS = (*OFFICER_ATTRIBUTES, "experience", "experience_years")
LEAST_CONTACTS, LEAST_OFFICERS = 30, 10
# In a manifest: whether an edition prints them.
PRINTED = "officer_attributes"
_TERMS = ("term", "other_term")


@dataclass(frozen=True)
class Accrued:
    """Contacts reported since a day, how many named officers reported them, and the most that one of them did."""

    contacts: int
    officers: int
    most_of_one: int

    @property
    def is_enough(self) -> bool:
        """Whether sums over these contacts tell of nobody: as for a level that is shown, and 30 contacts."""
        many = self.contacts >= LEAST_CONTACTS and self.officers >= LEAST_OFFICERS
        return many and 2 * self.most_of_one <= self.contacts


def accrued_since(contacts: Sequence[Path], day: date) -> Accrued:
    """What came after a day.

    Args:
        contacts: Parquet files of `features/contacts`.
        day: the last one that does not count.
    """
    import duckdb

    by_officer = """
        select officer_key, count(*) as n from read_parquet(?) where reported_date > ? group by officer_key
    """
    most = "coalesce(max(n) filter (where officer_key is not null), 0)"
    summed = f"select coalesce(sum(n), 0), count(officer_key), {most}"
    with duckdb.connect() as connection:
        confine(connection, contacts)
        row = connection.execute(f"{summed} from ({by_officer})", [[str(file) for file in contacts], day]).fetchone()
    return Accrued(*map(int, row or (0, 0, 0)))


def are_printed(
    is_monthly: bool, snapshot: str, manifests: Sequence[Mapping[str, Any]], contacts: Sequence[Path]
) -> bool:
    """Whether an edition prints numbers of officers' own attributes.

    Args:
        is_monthly: whether it is a monthly one.
        snapshot: its content hash; where they are printed of it already, printing them again tells nothing.
        manifests: of the published editions, withdrawn ones too.
        contacts: Parquet files of `features/contacts`.
    """
    # Before the end of November 2026 every edition printed them, and none gave its as-of date.
    printed = [manifest for manifest in manifests if manifest.get(PRINTED, True)]
    if not printed or any(manifest["snapshot"] == snapshot for manifest in printed):
        return is_monthly or bool(printed)
    days = [manifest.get("as_of") or manifest["volatile"]["built_at"][:10] for manifest in printed]
    return is_monthly and accrued_since(contacts, max(map(date.fromisoformat, days))).is_enough


def without_private_terms(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The tables of an edition that does not print them: rows about them left out, their levels without counts."""
    return {path: _without_counts(frame) if path == LEVELS else _without_rows(frame) for path, frame in tables.items()}


def _without_rows(frame: pd.DataFrame) -> pd.DataFrame:
    kept = frame
    for column in _TERMS:
        if column in frame.columns:
            kept = kept[~kept[column].isin(PRIVATE_TERMS)]
    return kept.reset_index(drop=True)


def _without_counts(levels: pd.DataFrame) -> pd.DataFrame:
    kept = levels.astype({"n_contacts": object, "n_officers": object})
    kept.loc[kept["term"].isin(PRIVATE_TERMS), ["n_contacts", "n_officers"]] = None
    return kept
