"""What are these records? Who writes them, who is not in them, what their words mean, and since when they count."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

from cit_platform.modelling.windows import USABLE, windows_of
from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.finding import RowKey, listed, row_key
from cit_platform.publishing.parts.html_table import HtmlTable, limits
from cit_platform.publishing.parts.rows import Row, certification, estimated, fits, headline_fit, plain_rows
from cit_platform.publishing.parts.topic import Content, Numbers, Prose, Tables, topic

if TYPE_CHECKING:
    import pandas as pd

SITUATION, ESTIMATES = "models/situation", "models/estimates"
EXPOSURE, FLOW = "quality/exposure", "quality/flow"
ALL_QUARTERS = "all_quarters"
_NAMED_QUARTERS = 4
_WHENEVER = (date.min, date.max)
_WRITERS = Prose(
    "One police officer fills in a form after meeting a person in crisis. Who acts also ticks the boxes: whether there "
    "was force, and how it ended. “Certified” is said of this officer, not of everyone present.",
    lead="Who writes them.",
)
_ABSENT = Prose(
    "Contacts without a form. How many there are, and whether certified officers write more forms than others, these "
    "records do not say.",
    lead="Who is not in them.",
)
_FORCE = Prose(
    "“Indicates whether reportable force was used”, says the portal, and not where reportable begins.",
    lead="What force means.",
)


@topic(SITUATION, EXPOSURE, ESTIMATES, FLOW)
def the_records(tables: Tables, provenance: FigureProvenance) -> Content:
    """What a reader has to know of the records before the numbers, as far as tables can tell with their arithmetic.

    For: knowing what "certified", "force" and "contact" stand for here, and which quarters count.
    Not for: the answer to any question.
    """
    exposure = tables[EXPOSURE]
    return Content(
        blocks=(
            _WRITERS,
            _ABSENT,
            _FORCE,
            Prose(colleague_words(tables[SITUATION]), "Who else was there.", _row(SITUATION, tables, _colleague)),
            Prose(disposition_words(tables[FLOW]), "How it ended.", _row(FLOW, tables, _contacts_kept)),
            Prose(
                f"{window_words(exposure)}{_beside(tables[ESTIMATES])}", "Since when.", _row(EXPOSURE, tables, _usable)
            ),
            Numbers(exposure_table(exposure), summary="Certification quarter by quarter"),
        )
    )


def _row(path: str, tables: Tables, speaks: Callable[[Row], bool]) -> RowKey | None:
    """The first row of a table that a sentence of the box is made from."""
    found = next((row for row in plain_rows(tables[path]) if speaks(row)), None)
    return None if found is None else row_key(path, found)


def _colleague(row: Row) -> bool:
    return bool(row["outcome"] == "cit_arrived" and row["level"] == "0")


def _contacts_kept(row: Row) -> bool:
    return bool(row["kind"] == "kept" and row["unit"] == "contact" and not row["arm"])


def _usable(row: Row) -> bool:
    return bool(row["verdict"] == USABLE)


def colleague_words(situation: pd.DataFrame) -> str:
    """How often a certified officer arrived, by who wrote the report."""
    rows = {row["level"]: row for row in plain_rows(situation) if row["outcome"] == "cit_arrived"}
    certified, others = rows.get("1"), rows.get("0")
    if certified is None or others is None or not estimated(others, "risk") or not estimated(certified, "risk"):
        return "Whether a certified colleague came cannot be told from this snapshot."
    mostly = ": mostly a certified colleague was there all the same" if others["risk_conf_low"] > 1 / 2 else ""
    return (
        f"A certified officer came to {wording.whole_percent(certified['risk'])} of the contacts written up by "
        f"certified officers ({_of(certified)}), and to {wording.whole_percent(others['risk'])} of those written up by "
        f"others ({_of(others)}){mostly}."
    )


def _of(row: Row) -> str:
    return f"{wording.count(row['n_events'])} of {wording.count(row['n_contacts'])}"


def disposition_words(flow: pd.DataFrame) -> str:
    """Who chose the disposition, and how many rows a contact has here."""
    chosen = (
        "An officer can tick several dispositions. The feed prints a row for each, or for one that the city chose by a "
        "rule that it does not publish"
    )
    kept = {row["unit"]: row["n"] for row in plain_rows(flow) if row["kind"] == "kept" and not row["arm"]}
    if "record" not in kept or "contact" not in kept:
        return f"{chosen}."
    return f"{chosen}: here {wording.records(kept['record'])} of {wording.count(kept['contact'])} contacts."


def window_words(exposure: pd.DataFrame) -> str:
    """From when on certification can be used, and which quarters are not analysed and why."""
    if exposure.empty:
        return "Whether certification can be used has not been judged."
    usable = windows_of(exposure, _WHENEVER).usable
    if usable == _WHENEVER:
        return "Certification can be used in every quarter."
    implausible = _implausible([row for row in plain_rows(exposure) if row["verdict"] != USABLE])
    if usable is None:
        return f"Up to the last quarter certification is implausible: {implausible}. It cannot be analysed."
    return (
        f"Certification is analysed from {usable[0].day} {usable[0]:%B %Y} on. What is earlier is left out, for "
        f"certification is implausible in {implausible}."
    )


def _implausible(rows: Sequence[Row]) -> str:
    """Quarters by why they are implausible, those with one reason together."""
    by_reason: dict[str, list[str]] = {}
    for row in sorted(rows, key=lambda row: row["quarter"]):
        by_reason.setdefault(row["reason"], []).append(row["quarter"])
    return "; ".join(f"{_quarters(names)} ({wording.exposure_reason_words(code)})" for code, names in by_reason.items())


def _quarters(names: Sequence[str]) -> str:
    if len(names) <= _NAMED_QUARTERS:
        return listed(names)
    return f"{len(names)} quarters from {names[0]} to {names[-1]}"


def _beside(estimates: pd.DataFrame) -> str:
    """The odds ratio of force with every quarter, beside the one that speaks."""
    ours = certification(headline_fit(estimates, "force"), "force")
    every = certification(fits(estimates, "force", ("sensitivity",)).get(ALL_QUARTERS, []), "force")
    if ours is None or every is None or not estimated(ours) or not estimated(every):
        return ""
    both = [f"{wording.ratio(row['odds_ratio'])} ({_limits(row)})" for row in (every, ours)]
    return (
        f" With every quarter, the odds ratio of force is {both[0]} instead of {both[1]}, 95 % intervals in brackets."
    )


def _limits(row: Row) -> str:
    return wording.interval(wording.ratio(row["conf_low"]), wording.ratio(row["conf_high"]))


def exposure_table(exposure: pd.DataFrame) -> HtmlTable:
    """Certified share, and officers who seem to become certified or to be so no longer, by quarter."""
    ordered = sorted(plain_rows(exposure), key=lambda row: row["quarter"])
    before = {row["quarter"]: earlier for earlier, row in pairwise(ordered)}
    rows = tuple(
        (
            row["quarter"],
            wording.count(row["contacts"]),
            wording.count(row["officers"]),
            *_share_cells(row),
            *_change_cells(row, before.get(row["quarter"])),
            row["verdict"] if row["verdict"] == USABLE else wording.exposure_reason_words(row["reason"]),
        )
        for row in ordered
    )
    header = (
        *("Quarter", "Contacts", "Officers", "Certified", "95 % interval"),
        *("Officers newly certified", "no longer certified", "Certification is"),
    )
    return HtmlTable("Certification as recorded, by quarter of the report", header, rows, (1, 2, 3, 4, 5, 6))


def _share_cells(row: Row) -> tuple[str, str]:
    if not estimated(row, "certified_share"):
        return ("" if row["certified_share"] is None else wording.percent(row["certified_share"]), "")
    return (wording.percent(row["certified_share"]), limits(row, "certified_share", wording.percent))


def _change_cells(row: Row, before: Row | None) -> tuple[str, str]:
    """Officers whose certification differs from their contact before; nothing after an implausible quarter."""
    if before is not None and before["verdict"] != USABLE:
        return ("", "")
    return (wording.count(row["to_certified"]), wording.count(row["to_uncertified"]))
