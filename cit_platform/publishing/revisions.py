"""The publisher's revisions in words: since when they are watched, how many there were, and in which fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cit_platform.publishing import wording
from cit_platform.publishing.rows import Row, plain_rows

if TYPE_CHECKING:
    import pandas as pd

SUMMED = "all"
REVISIONS = ("added", "removed", "changed")
CHANGES = {
    "added": "Records added",
    "removed": "Records removed",
    "changed": "Records changed",
    "respelled": "Printed otherwise, with the same meaning",
}

Counts = Mapping[tuple[str, str], Row]


def change_words(row: Row) -> str:
    """What a row counts, in words."""
    if row["field"]:
        return f"{CHANGES[row['change']]}: {field_words(row['field'])}"
    return CHANGES[row["change"]] + (" in any field" if row["change"] == "changed" else "")


def field_words(field: str) -> str:
    """Name of a field of the source."""
    return field.replace("_", " ").replace("cit ", "CIT ")


def records(number: int) -> str:
    """A count of records."""
    return f"{wording.count(number)} record{'' if number == 1 else 's'}"


def days(number: float) -> str:
    """An age in days."""
    return f"{wording.count(round(number))} day{'' if round(number) == 1 else 's'}"


def watched_since(rows: Sequence[Row]) -> str:
    """Day of the snapshot with which the comparisons begin."""
    return min(str(row["night"]) for row in rows if row["change"] == "first")


def summed(rows: Sequence[Row]) -> Counts:
    """The rows that sum up all nights, by change and field."""
    return {(row["change"], row["field"]): row for row in rows if row["night"] == SUMMED}


def revision_sentences(frame: pd.DataFrame) -> tuple[str, ...]:
    """What the page says of `quality/revisions`; every number is computed from it."""
    rows = plain_rows(frame)
    nights = sorted(row["night"] for row in rows if row["change"] == "compared")
    if not nights:
        return (
            f"The first snapshot was kept on {watched_since(rows)}. From the next one on, each is compared with the "
            "one before it, and what differs in contacts already published is counted here.",
        )
    times = "once" if len(nights) == 1 else f"on {wording.count(len(nights))} days"
    watching = (
        f"Since {watched_since(rows)}, each new snapshot of the data has been compared with the one before it: "
        f"{times} so far, the last time on {nights[-1]}."
    )
    found = summed(rows)
    parts = (watching, _revised(found), _ages(found), _fields(found), *_respelled(rows))
    return tuple(part for part in parts if part)


def _revised(found: Counts) -> str:
    n = {change: found[change, ""]["n_records"] if (change, "") in found else 0 for change in REVISIONS}
    if not any(n.values()):
        return "So far nothing was added to, removed from or changed in contacts that had been published before."
    return (
        "In contacts that had been published before, "
        f"{_or_none(n['added'])} came in addition, {_or_none(n['removed'])} vanished and {_or_none(n['changed'])} "
        "changed in at least one field."
    )


def _or_none(number: int) -> str:
    return records(number) if number else "no record"


def _ages(found: Counts) -> str:
    row = found.get(("changed", ""))
    if row is None or row["median_age_days"] is None:
        return ""
    n = wording.count(row["n_within_month"] + row["n_within_year"] + row["n_later"])
    age = days(row["median_age_days"])
    return f"Half of the changed records had been reported at least {age} before (n = {n} with a known day of report)."


def _fields(found: Counts) -> str:
    changed = [row for (change, field), row in found.items() if change == "changed" and field and row["shown"]]
    if not changed:
        return ""
    most = min(changed, key=lambda row: (-row["n_records"], row["field"]))
    return f"The field changed most often is “{field_words(most['field'])}”, in {records(most['n_records'])}."


def _respelled(rows: Sequence[Row]) -> tuple[str, ...]:
    """One sentence for each night on which fields were printed otherwise."""
    nights: dict[str, int] = {}
    for row in rows:
        if row["change"] == "respelled" and row["night"] != SUMMED:
            nights[row["night"]] = nights.get(row["night"], 0) + 1
    return tuple(
        f"On {night}, {wording.count(n)} {'field was' if n == 1 else 'fields were'} printed otherwise with the same "
        "meaning in some records; these do not count as changed."
        for night, n in sorted(nights.items())
    )
