"""What differs between two snapshots and is no revision: one sentence for each night and kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.finding import listed
from cit_platform.publishing.parts.rows import Row

SUMMED = "all"


def unrevised_sentences(rows: Iterable[Row]) -> tuple[str, ...]:
    """The sentences from `quality/revisions`, by night."""
    nights: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if row["change"] in UNREVISED and row["night"] != SUMMED:
            nights.setdefault((row["night"], row["change"]), []).append(row)
    return tuple(f"On {night}, {UNREVISED[change](found)}." for (night, change), found in sorted(nights.items()))


def _respelled(rows: Sequence[Row]) -> str:
    fields = "1 field was" if len(rows) == 1 else f"{wording.count(len(rows))} fields were"
    return f"{fields} printed otherwise with the same meaning in some records; these do not count as changed"


def _absent(rows: Sequence[Row]) -> str:
    fields = listed(sorted(f"“{wording.field_words(row['field'])}”" for row in rows))
    return f"the city left out or brought back all values of {fields}; that does not count as a change of the records"


def _collapsed(rows: Sequence[Row]) -> str:
    return (
        f"the city printed contacts of several rows in one row, by which {wording.records(rows[0]['n_records'])} went; "
        "this change of the source was let through, and does not count as removed records"
    )


UNREVISED: Mapping[str, Callable[[Sequence[Row]], str]] = {
    "absent": _absent,
    "collapsed": _collapsed,
    "respelled": _respelled,
}
