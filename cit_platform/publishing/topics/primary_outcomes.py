"""Which of the four outcomes named beforehand go with certification, and is any difference large enough to matter?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cit_platform.codebook.agency import agency_of
from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.finding import Finding, n_words, not_estimated, row_key, sizes_of
from cit_platform.publishing.parts.html_table import HtmlTable, with_limits
from cit_platform.publishing.parts.rows import Row, estimated, plain_rows
from cit_platform.publishing.parts.topic import Content, Numbers, Prose, Tables, topic
from cit_platform.settings import chosen_agency
from cit_platform.studies.protocol import protocol

if TYPE_CHECKING:
    import pandas as pd

PRIMARY_OUTCOMES = "models/primary_outcomes"
_CHANGE = (
    "another smallest difference that would matter; more contacts, where it is undecided; and anything unrecorded that "
    "goes with certification and with the outcome, which no number here allows for."
)
_SIZES = {
    "larger": "larger than what would matter",
    "smaller": "smaller than what would matter",
    "undecided": "undecided against what would matter",
}


@topic(PRIMARY_OUTCOMES)
def primary_outcomes(tables: Tables, provenance: FigureProvenance) -> Content:
    """The four outcomes of the protocol judged together: difference per 1,000, adjusted p, and size against its margin.

    For: the answer that was asked for beforehand, and whether it would matter.
    Not for: the result of the year, before the year's analysis is frozen.
    """
    rows = ordered_outcomes(tables[PRIMARY_OUTCOMES])
    return Content(
        findings=tuple(against_its_margin(rows.get(outcome), outcome) for outcome in protocol().primary_outcomes),
        blocks=(
            Prose(_laid_down()),
            Numbers(together_table(list(rows.values())), "wide"),
            Prose(_CHANGE, "What would change this answer:"),
            Numbers(margins_table(), "wide", "The smallest differences that would matter, and why these"),
            Numbers(diagram_table(), "wide", "What is held constant, what is not, and why"),
            Numbers(target_trial_table(), "wide", "The trial that this comparison stands in for"),
        ),
    )


def ordered_outcomes(frame: pd.DataFrame) -> dict[str, Row]:
    """Rows of `models/primary_outcomes` by outcome, in the order of the protocol."""
    by_outcome = {row["outcome"]: row for row in plain_rows(frame)}
    return {outcome: by_outcome[outcome] for outcome in protocol().primary_outcomes if outcome in by_outcome}


def against_its_margin(row: Row | None, outcome: str) -> Finding:
    """The difference of one outcome, judged with the others, against the smallest one that would matter."""
    heading = wording.sentence_case(wording.outcome_words(outcome))
    key, what = f"primary_{outcome}", f"{heading}, against the smallest difference that would matter"
    if row is None or not estimated(row, "risk_difference"):
        estimand = f"How much contacts with {wording.outcome_words(outcome)} differ by certification"
        return not_estimated(key, what, estimand, "verdict", PRIMARY_OUTCOMES, row, heading)
    return Finding(
        key=key,
        what=what,
        direction="note",
        words=_SIZES[row["size"]],
        sentence=f"{_difference(row, outcome)}. {_judged(row)}",
        unit="verdict",
        sizes=sizes_of(row),
        reference=wording.NOT_CERTIFIED,
        row=row_key(PRIMARY_OUTCOMES, row),
        heading=heading,
    )


def _difference(row: Row, outcome: str) -> str:
    words = wording.outcome_words(outcome)
    interval = wording.interval(*(wording.signed_per_thousand(row[f"simultaneous_{end}"]) for end in ("low", "high")))
    certainty = (
        f"{interval}, at 95 % for all four at once; Holm-adjusted "
        f"{wording.p_value(row['p_value_holm'])}; {n_words(sizes_of(row))}"
    )
    if row["simultaneous_low"] <= 0 <= row["simultaneous_high"]:
        shown = wording.signed_per_thousand(row["risk_difference"])
        return f"Judged with the others, {words} shows no clear difference: {shown} per 1,000 ({certainty})"
    side = "fewer" if row["risk_difference"] < 0 else "more"
    shown = wording.per_thousand(abs(row["risk_difference"]))
    return (
        f"Judged with the others, there are {shown} {side} contacts with {words} per 1,000 where the officer who wrote "
        f"the report is certified ({certainty})"
    )


def _judged(row: Row) -> str:
    margin = f"{wording.per_thousand(row['margin'])} in 1,000"
    names, level = ("equivalence_low", "equivalence_high"), 90
    if row["size"] == "larger":
        names, level = ("risk_difference_conf_low", "risk_difference_conf_high"), 95
    interval = wording.interval(*(wording.signed_per_thousand(row[name]) for name in names))
    said = {
        "larger": f"That is more than the {margin} that were said beforehand to matter",
        "smaller": f"That is within the {margin} named beforehand: too small to matter, on either side",
        "undecided": f"Whether that is more or less than the {margin} named beforehand stays open",
    }[row["size"]]
    return f"{said} ({'its own ' if level == 95 else ''}{level} % interval {interval})."


def _laid_down() -> str:
    found = protocol()
    return (
        "These outcomes, how each is estimated, and the smallest difference that would matter were laid down on "
        f"{found.date.isoformat()} (protocol {found.hash[:8]}). {found.known_beforehand} They are judged together: "
        "p-values are adjusted by the method of Holm, and the intervals hold for all four at once. The result is one "
        f"analysis a year, of reports until {found.annual_last_day}, frozen on {found.annual_frozen_on}; every night "
        "between watches and decides nothing."
    )


def together_table(rows: list[Row]) -> HtmlTable:
    """Every number of the primary outcomes."""
    header = (
        *("Outcome", "Certified officers", "Other officers", "Difference", "Interval for all four", "p (Holm)"),
        *(
            "Matters from",
            "90 % interval",
            "Against that",
            "Smallest detectable",
            "Odds ratio",
            "n contacts",
            "Officers",
        ),
    )
    caption = "The outcomes of the protocol, per 1,000 contacts, with 95 % intervals"
    return HtmlTable(caption, header, tuple(map(_cells, rows)), (1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12))


def _cells(row: Row) -> tuple[str, ...]:
    name = wording.sentence_case(wording.outcome_words(row["outcome"]))
    margin, sizes = wording.per_thousand(row["margin"]), [wording.count(row[n]) for n in ("n_contacts", "n_officers")]
    if not estimated(row, "risk_difference"):
        why = f"cannot be estimated: {wording.short_reason(row)}"
        return (name, *[wording.NO_NUMBER] * 3, why, "", margin, "", "", "", "", *sizes)
    risks = [with_limits(row, risk, wording.per_thousand) for risk in ("risk_certified", "risk_not_certified")]
    printed = wording.signed_per_thousand
    return (
        name,
        *risks,
        with_limits(row, "risk_difference", printed),
        wording.interval(printed(row["simultaneous_low"]), printed(row["simultaneous_high"])),
        wording.bare_p_value(row["p_value_holm"]),
        margin,
        wording.interval(printed(row["equivalence_low"]), printed(row["equivalence_high"])),
        row["size"],
        f"± {wording.per_thousand(row['smallest_detectable_difference'])}",
        with_limits(row, "odds_ratio", wording.ratio),
        *sizes,
    )


def margins_table() -> HtmlTable:
    """The margins of the protocol with their reasons."""
    found = protocol()
    rows = tuple(
        (
            wording.sentence_case(wording.outcome_words(outcome)),
            wording.per_thousand(margin),
            found.margin_reasons[outcome],
        )
        for outcome, margin in found.margins.items()
    )
    return HtmlTable(
        "Smallest differences that would matter, per 1,000 contacts", ("Outcome", "From", "Why"), rows, (1,)
    )


def diagram_table() -> HtmlTable:
    """What the causal diagram of the protocol names beside certification and the outcomes."""
    rows = tuple(
        (
            wording.sentence_case(row["node"].replace("_", " ")),
            "confounder not recorded" if row["role"] == "unmeasured" else row["role"],
            row["adjusted"],
            row["reason"],
        )
        for row in protocol().nodes
        if row["adjusted"]
    )
    header = ("What", "Its part", "Held constant", "Why, or what it is")
    return HtmlTable("What goes with certification or with the outcomes", header, rows)


def target_trial_table() -> HtmlTable:
    """What a trial would do, how the records stand in for it, and what differs."""
    names = ("component", "target", "emulated", "difference")
    # The protocol names the agency that it was laid down for.
    laid_down, chosen = (agency_of(name).display_name for name in (protocol().agency, chosen_agency()))
    rows = tuple(tuple(row[name].replace(laid_down, chosen) for name in names) for row in protocol().target_trial)
    header = ("Part", "In a trial", "In these records", "What differs")
    return HtmlTable("The trial that this comparison stands in for", header, rows)
