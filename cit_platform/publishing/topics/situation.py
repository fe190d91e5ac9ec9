"""What goes together with force most? Every predictor by its strength: the situation before the training."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.finding import Finding, n_words, ratio_and_interval, row_key, sizes_of
from cit_platform.publishing.parts.html_table import HtmlTable
from cit_platform.publishing.parts.rows import Row, estimated, headline_fit, plain_rows, speaking
from cit_platform.publishing.parts.topic import Content, Numbers, Tables, topic

if TYPE_CHECKING:
    import pandas as pd

TERM_TESTS, ESTIMATES = "models/term_tests", "models/estimates"
STRONGEST = "strongest_predictor"
_WHAT = "Strongest predictor of force"


@topic(TERM_TESTS, ESTIMATES)
def situation(tables: Tables, provenance: FigureProvenance) -> Content:
    """Which predictor of force is the strongest, and where certification stands among them.

    For: the first sentence of the page: the situation before the training.
    Not for: significance: the strength takes contacts as independent.
    """
    tests = tables[TERM_TESTS]
    return Content(
        findings=(strongest_predictor(tests, headline_fit(tables[ESTIMATES], "force")),),
        blocks=(Numbers(strength_table(tests), "wide", "How strong each predictor is"),),
    )


def strongest_predictor(term_tests: pd.DataFrame, force: Sequence[Row]) -> Finding:
    """Which predictor of force is the strongest, by likelihood-ratio chi-square per degree of freedom."""
    ranked = _ranked(term_tests)
    tested = [row for row in ranked if row["lr_chi2_per_df"] is not None]
    if not tested:
        why = wording.reason(ranked[0]) if ranked else "the force model could not be fitted"
        return Finding(
            key=STRONGEST,
            what=_WHAT,
            direction="cannot be estimated",
            words=f"cannot be estimated: {why}",
            sentence=f"Which predictor of force is the strongest cannot be estimated: {why}.",
            unit="χ² per degree",
        )
    best = tested[0]
    name = wording.term_words(best["term"])
    strength = f"likelihood-ratio χ² of {wording.chi_square(best['lr_chi2_per_df'])} per degree of freedom"
    parts = (
        f"Of everything in the model, the strongest predictor of force is {in_sentence(name)} ({strength}, "
        f"{n_words(sizes_of(best))}).",
        _strongest_level(best["term"], force),
        _place_of_certification(tested),
    )
    return Finding(
        key=STRONGEST,
        what=_WHAT,
        direction="note",
        words=name,
        sentence=" ".join(part for part in parts if part),
        unit="χ² per degree",
        estimate=best["lr_chi2_per_df"],
        sizes=sizes_of(best),
        row=row_key(TERM_TESTS, best),
    )


def in_sentence(name: str) -> str:
    """The name of a predictor inside a sentence."""
    return name if name[:2].isupper() else f"the {name[:1].lower()}{name[1:]}"


def _ranked(term_tests: pd.DataFrame) -> list[Row]:
    mine = speaking([row for row in plain_rows(term_tests) if row["model"] == "force"])
    return sorted(mine, key=lambda row: (-(row["lr_chi2_per_df"] or 0.0), row["term"]))


def _place_of_certification(tested: Sequence[Row]) -> str:
    terms = [row["term"] for row in tested]
    if "cit_certified" not in terms or terms[0] == "cit_certified":
        return ""
    place = terms.index("cit_certified")
    chi2 = wording.chi_square(tested[place]["lr_chi2_per_df"])
    return f"CIT certification is number {place + 1} of {len(terms)} (χ² of {chi2} per degree of freedom)."


def _strongest_level(term: str, force: Sequence[Row]) -> str:
    rows = [row for row in force if row["term"] == term and estimated(row)]
    if not rows or term == "cit_certified":
        return ""
    row = max(rows, key=lambda candidate: abs(math.log(candidate["odds_ratio"])))
    reference = wording.reference_words(term, row["reference_level"])
    group = f"“{wording.level_words(term, row['level'])}”" if row["level"] else "one more year of experience"
    return (
        f"Within it, {group} compared with {_quoted(term, reference)} is associated with an odds ratio of "
        f"{ratio_and_interval(row)} for force."
    )


def _quoted(term: str, reference: str) -> str:
    return reference if term == "experience_years" else f"“{reference}”"


def strength_table(term_tests: pd.DataFrame) -> HtmlTable:
    """Strength of every predictor of force, each variant, strongest first."""
    listed = [row for row in plain_rows(term_tests) if row["model"] == "force"]
    listed.sort(key=lambda row: (row["variant"], -(row["lr_chi2_per_df"] or 0.0), row["term"]))
    rows = tuple(
        (
            wording.term_words(row["term"]),
            wording.variant_words(row["variant"]),
            _chi_square(row, "lr_chi2"),
            wording.count(row["df"]),
            _chi_square(row, "lr_chi2_per_df"),
            wording.count(row["n_contacts"]),
        )
        for row in listed
    )
    header = ("Predictor", "How counted", "χ²", "Degrees of freedom", "χ² per degree", "n contacts")
    return HtmlTable("Strength of each predictor of force, as if rows were independent", header, rows, (2, 3, 4, 5))


def _chi_square(row: Row, name: str) -> str:
    return wording.short_reason(row) if row[name] is None else wording.chi_square(row[name])
