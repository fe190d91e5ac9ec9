"""Can the estimates be shown? What the protocol asks of each, what was found, and what fails by how much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.finding import Finding, listed, sizes_of
from cit_platform.publishing.parts.gates import (
    DIAGNOSTICS,
    Estimate,
    diagnostic_number,
    gates_failed,
    threshold_words,
)
from cit_platform.publishing.parts.html_table import HtmlTable, with_limits
from cit_platform.publishing.parts.rows import Row, estimated, plain_rows
from cit_platform.publishing.parts.topic import Content, FindingSentence, Numbers, Prose, Tables, topic
from cit_platform.studies.protocol import protocol

if TYPE_CHECKING:
    import pandas as pd

_KEY = "diagnostics"
_EXPLANATION = (
    "Before an estimate of the protocol is shown, it has to pass the gates that were laid down beforehand. One that "
    "does not is left off this page, here and in every section, and the section says which gate and by how much; the "
    "tables for download keep it, beside these diagnostics. What only warns does not keep an estimate off."
)
_CHANGE = (
    "other thresholds, and records that come or change. Nothing that is not recorded would change it: arms that are "
    "alike here can differ in what the officer found at the scene."
)


@topic(DIAGNOSTICS)
def diagnostics(tables: Tables, provenance: FigureProvenance) -> Content:
    """The diagnostics of the estimates of the protocol with their thresholds, and which estimates they keep off.

    For: seeing whether the data can carry an estimate, before reading it.
    Not for: whether the arms differ in what no field holds.
    """
    frame = tables[DIAGNOSTICS]
    return Content(
        findings=(gates(frame),),
        blocks=(
            FindingSentence(_KEY),
            Prose(_EXPLANATION),
            Numbers(gates_table(frame), "wide"),
            Prose(_CHANGE, "What would change this answer:"),
            Numbers(diagnostics_table(frame), "wide", "Every diagnostic of every estimate"),
            Numbers(balance_table(frame), "wide", "Balance of each covariate between the arms"),
            Numbers(thresholds_table(), "wide", "Why these thresholds"),
        ),
    )


def gates(frame: pd.DataFrame) -> Finding:
    """Which estimates pass every gate of the protocol, and which do not."""
    what = "Gates of the protocol"
    rows = plain_rows(frame)
    judged = {_estimate(row): row for row in rows if row["passes"] is not None}
    if not judged:
        return Finding(
            key=_KEY,
            what=what,
            direction="cannot be estimated",
            words="cannot be estimated: there is no estimate to judge",
            sentence="Whether the estimates may be shown cannot be estimated: there is none.",
            unit="verdict",
        )
    failed = gates_failed(frame)
    return Finding(
        key=_KEY,
        what=what,
        direction="note",
        words=f"{len(failed)} of {len(judged)} estimates kept off the page",
        sentence=f"{_sentence(judged, failed)} {_warned(rows)}",
        unit="verdict",
        sizes=sizes_of(max(judged.values(), key=lambda row: row["n_contacts"])),
    )


def _estimate(row: Row) -> Estimate:
    return row["model"], row["variant"], row["outcome"]


def _place(row: Row) -> tuple[str, int, Estimate]:
    """The primary estimates first, in the order of the protocol."""
    order = protocol().primary_outcomes
    return row["standing"], order.index(row["outcome"]) if row["outcome"] in order else len(order), _estimate(row)


def _sentence(judged: dict[Estimate, Row], failed: dict[Estimate, list[str]]) -> str:
    if not failed:
        return f"All {len(judged)} estimates of the protocol pass its gates and are shown."
    parts = [f"{_name(estimate)} ({'; '.join(gates)})" for estimate, gates in failed.items()]
    verb = "is" if len(failed) == 1 else "are"
    return f"{len(failed)} of {len(judged)} estimates of the protocol {verb} not shown: {listed(parts)}."


def _warned(rows: list[Row]) -> str:
    """What does not pass and only warns, each once."""
    found = {(row["diagnostic"], row["term"]): row for row in rows if row["passes"] is False and not row["gate"]}
    if not found:
        return "Nothing warns."
    words = [
        f"{wording.known_words('diagnostic')[name]}{f', {wording.term_words(term)}' if term else ''} "
        f"({diagnostic_number(row)}, {threshold_words(row)})"
        for (name, term), row in sorted(found.items())
    ]
    return f"It warns: {listed(words)}."


def _name(estimate: Estimate) -> str:
    _, variant, outcome = estimate
    way = {"any_of": ", any of the contact"}.get(variant, "" if outcome == "force" else ", against no action")
    return wording.sentence_case(wording.outcome_words(outcome)) + way


def gates_table(frame: pd.DataFrame) -> HtmlTable:
    """A row per estimate with what each gate found; one that is not calibrated is in the other table."""
    found = {(_estimate(row), row["diagnostic"]): row for row in plain_rows(frame) if row["gate"]}
    judged = {name for (_, name), row in found.items() if row["passes"] is not None}
    gates_ = [threshold for name, threshold in protocol().thresholds.items() if name in judged]
    words, bounds = wording.known_words("diagnostic"), wording.known_words("bound")
    header = [f"{wording.sentence_case(words[g.diagnostic])}: {bounds[g.bound]} {g.value:g}" for g in gates_]
    rows = tuple(
        (_name(estimate), *(_gate_cell(found.get((estimate, g.diagnostic))) for g in gates_))
        for estimate in dict.fromkeys(map(_estimate, sorted(found.values(), key=_place)))
    )
    caption = "What the gates of the protocol ask of each estimate, and what was found"
    return HtmlTable(caption, ("Estimate", *header), rows, tuple(range(1, len(header) + 1)))


def _gate_cell(row: Row | None) -> str:
    if row is None or row["passes"] is None:
        return wording.NO_NUMBER
    return diagnostic_number(row) + ("" if row["passes"] else " (fails)")


def diagnostics_table(frame: pd.DataFrame) -> HtmlTable:
    """Every diagnostic of every estimate; of balance the covariate that is furthest from its threshold."""
    rows: dict[tuple[Estimate, str], Row] = {}
    for row in plain_rows(frame):
        place = (_estimate(row), row["diagnostic"])
        if place not in rows or (row["value_conf_low"] or 0.0) > (rows[place]["value_conf_low"] or 0.0):
            rows[place] = row
    order = list(protocol().thresholds)
    listed_ = sorted(rows.values(), key=lambda row: (_place(row), order.index(row["diagnostic"])))
    header = ("Estimate", "Diagnostic", "Found", "Asked for", "Passes", "n contacts")
    caption = "Diagnostics of the estimates of the protocol"
    return HtmlTable(caption, header, tuple(map(_cells, listed_)), (2, 3, 5))


def _cells(row: Row) -> tuple[str, ...]:
    what = wording.sentence_case(wording.known_words("diagnostic")[row["diagnostic"]])
    covariate = f", worst: {wording.term_words(row['term'])}" if row["term"] else ""
    asked = threshold_words(row) + ("" if row["gate"] else " (warns)")
    n = wording.count(row["n_contacts"])
    return (_name(_estimate(row)), what + covariate, _value(row), asked, _verdict(row), n)


def _value(row: Row) -> str:
    if row["passes"] is None:
        return wording.short_reason(row)
    return with_limits(row, "value", wording.two_digits) if estimated(row, "value") else diagnostic_number(row)


def _verdict(row: Row) -> str:
    return {None: "not judged", True: "yes", False: "no"}[row["passes"]]


def balance_table(frame: pd.DataFrame) -> HtmlTable:
    """The standardised difference of each covariate, of each estimate, with its 95 % interval over officers."""
    rows = tuple(
        (_name(_estimate(row)), wording.term_words(row["term"]), _value(row), _verdict(row))
        for row in plain_rows(frame)
        if row["diagnostic"] == "balance" and row["term"]
    )
    header = ("Estimate", "Covariate", "Standardised difference", "Passes")
    return HtmlTable("Certified and other officers before any adjustment, 95 % intervals", header, rows, (2,))


def thresholds_table() -> HtmlTable:
    """The thresholds of the protocol with their reasons."""
    words = wording.known_words("diagnostic")
    rows = tuple(
        (
            wording.sentence_case(words[name]),
            f"{wording.known_words('bound')[threshold.bound]} {threshold.value:g}",
            "keeps off the page" if threshold.gate else "warns",
            threshold.reason,
        )
        for name, threshold in protocol().thresholds.items()
    )
    return HtmlTable("Thresholds of the protocol", ("Diagnostic", "Asked for", "Beyond it", "Why"), rows)
