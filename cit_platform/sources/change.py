"""How far a source may be from what it was: what is refused of a change, and what an operator lets through once."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from cit_platform.sources.refused import SourceChangedError
from cit_platform.sources.snapshot import Snapshot

# Shares of the last snapshot: the rows or templates that may be missing, and the times as many that may come.
LARGEST_DROP = 0.20
LARGEST_GROWTH = 5.0
# Share of a snapshot's values that slips of a clerk explain; more are another print of the column.
LARGEST_SLIP = 0.02
# Pages that portals end a download with when nobody asks for more.
PAGE_SIZES = (1_000, 50_000)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Size:
    """Rows and different templates of a snapshot; None where they are not known."""

    rows: int | None = None
    templates: int | None = None


NOT_KNOWN = Size()


def size_of(snapshot: Snapshot) -> Size:
    """The size of a snapshot; its templates are not known if many ids could not be read, of which a check speaks."""
    unread = sum(each.n_records for each in snapshot.unread if each.field == "template_id")
    return Size(snapshot.n_records, snapshot.n_templates if unread <= snapshot.n_records * LARGEST_SLIP else None)


def size_changes(now: Size, last: Size, where: str, remedy: str) -> tuple[SourceChangedError, ...]:
    """What is refused of a snapshot because of its size beside the last one's, with the code `rows`.

    Args:
        now: the snapshot's.
        last: that of the last snapshot; nothing is refused of the first.
        where: what to call the source in messages.
        remedy: a sentence on what to do at this source about rows that are missing.
    """
    refusals = []
    if _fell(now.rows, last.rows):
        refusals.append(
            f"{_fewer(now.rows, last.rows, 'rows', where)} {remedy} If the city "
            "removed or joined records for good, let it through"
        )
    elif now.rows and last.rows and now.rows > last.rows * LARGEST_GROWTH:
        refusals.append(
            f"{where} has {now.rows:,} rows, {now.rows / last.rows:.1f} times the {last.rows:,} of the last snapshot; "
            f"more than {LARGEST_GROWTH:g} times is refused. The last snapshot stays. Look for rows uploaded twice; if "
            "they are real, let it through"
        )
    if _fell(now.templates, last.templates):
        refusals.append(
            f"{_fewer(now.templates, last.templates, 'crisis templates', where)} Rows may be repeated, or template ids "
            f"lost. {remedy} If the city removed the records for good, let it through"
        )
    return tuple(SourceChangedError("rows", refusal) for refusal in refusals)


def _fell(now: int | None, last: int | None) -> bool:
    return now is not None and bool(last) and now < (last or 0) * (1 - LARGEST_DROP)


def _fewer(now: int | None, last: int | None, what: str, where: str) -> str:
    now, last = now or 0, last or 1
    return (
        f"{where} has {now:,} {what}, {1 - now / last:.0%} fewer than the {last:,} of the last snapshot; more than "
        f"{LARGEST_DROP:.0%} is refused. The last snapshot stays."
    )


def let_through(refusals: Iterable[SourceChangedError], accept: frozenset[str]) -> tuple[str, ...]:
    """The codes of changes that are accepted.

    Args:
        refusals: what is refused.
        accept: codes of changes that the operator lets through.

    Raises:
        SourceChangedError: The first that is not accepted.
    """
    accepted = []
    for refusal in refusals:
        if refusal.code not in accept:
            raise refusal
        log.warning("Accepted (%s): %s", refusal.code, refusal)
        accepted.append(refusal.code)
    return tuple(dict.fromkeys(accepted))


def warn_of_a_page(n_rows: int, where: str) -> None:
    """Warn where a whole dataset has just as many rows as a page."""
    if n_rows in PAGE_SIZES:
        log.warning(
            "%s has exactly %s rows, as a page of the portal has: the rest may be missing. Check the number of rows on "
            "the dataset's page",
            where,
            f"{n_rows:,}",
        )
