"""What cannot be estimated, and why; and what the studies noted beside what could."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.html_table import HtmlTable, coefficient_name
from cit_platform.publishing.parts.rows import Row, estimated, plain_rows, variants_of
from cit_platform.publishing.parts.topic import Content, Numbers, Prose, Tables, topic
from cit_platform.publishing.parts.years_asked import years_asked

if TYPE_CHECKING:
    import pandas as pd

ESTIMATES, ABSOLUTE_RISK = "models/estimates", "models/absolute_risk"
LADDER, TERM_TESTS = "models/ladder", "models/term_tests"
_READABLE, _FEW_WAYS = 6, 2


@topic(ESTIMATES, ABSOLUTE_RISK, LADDER, TERM_TESTS)
def not_estimated(tables: Tables, provenance: FigureProvenance) -> Content:
    """Everything that has no number, with its reason, and the notes beside the numbers.

    For: seeing what the data cannot carry, instead of missing it.
    Not for: officer attributes, which are controls and have no numbers on the page.
    """
    return Content(
        blocks=(
            Prose("A number that the data cannot carry is not published. It stands here with its reason instead."),
            Numbers(not_estimated_table(tables), "wide", "What cannot be estimated"),
            Numbers(notes_table(tables), "wide", "Notes on what was estimated"),
        )
    )


def not_estimated_table(tables: Mapping[str, pd.DataFrame]) -> HtmlTable:
    """Everything that has no number, with its reason; what shares its variants and its reason stands together."""
    ways: dict[tuple[str, str, str], list[str]] = {}
    speaking = variants_of(plain_rows(tables[ESTIMATES]))
    for question, variant, what, why in _without_number(tables):
        ways.setdefault((question, what, why), []).append(variant)
    gathered: dict[tuple[str, str], list[str]] = {}
    for (question, what, why), variants in ways.items():
        gathered.setdefault((f"{question}: {_ways(variants, speaking)}", why), []).append(what)
    rows = tuple((question, _gathered_words(what), why) for (question, why), what in gathered.items())
    return HtmlTable("What cannot be estimated", ("Model", "What", "Why"), rows)


def notes_table(tables: Mapping[str, pd.DataFrame]) -> HtmlTable:
    """What the studies noted beside numbers that could be estimated: replaced references, groups left out."""
    ways: dict[tuple[str, str], dict[str, None]] = {}
    speaking = variants_of(plain_rows(tables[ESTIMATES]))
    for row in plain_rows(tables[ESTIMATES]):
        if estimated(row) and row["note"]:
            ways.setdefault((_question(row), row["note"]), {})[row["variant"]] = None
    rows = {
        (f"{question}: {_ways(list(variants), speaking)}", note): None for (question, note), variants in ways.items()
    }
    for row in plain_rows(tables["models/absolute_risk"]):
        if estimated(row, "risk_difference") and row["note"]:
            rows[(f"Adjusted risk of {wording.outcome_words(row['outcome'])}", row["note"])] = None
    return HtmlTable("Notes on what was estimated", ("Where", "Note"), tuple(rows))


def _without_number(tables: Mapping[str, pd.DataFrame]) -> Iterator[tuple[str, str, str, str]]:
    """Question, variant, what and why of everything without a number."""
    for row in plain_rows(tables["models/estimates"]):
        if not estimated(row):
            yield _question(row), row["variant"], _coefficient_words(row), wording.reason(row)
    for row in plain_rows(tables["models/absolute_risk"]):
        if not estimated(row, "risk_difference"):
            what = f"Adjusted risk of {wording.outcome_words(row['outcome'])}"
            yield _question(row), row["variant"], what, wording.reason(row)
    for row in plain_rows(tables["models/ladder"]):
        if row["measure"] == "risk_ratio" and not estimated(row, "ratio"):
            what = f"Risk ratio of {wording.outcome_words(row['outcome'])}"
            yield _question(row), row["variant"], what, wording.reason(row)
    for row in plain_rows(tables["models/term_tests"]):
        if row["log_odds_sd"] is None:
            what = f"Strength of {wording.term_words(row['term'])}"
            yield row["model"], row["variant"], what, wording.reason(row)


def _question(row: Row) -> str:
    return f"{row['model']}, {years_asked(row)}"


def _ways(variants: Sequence[str], speaking: Sequence[str]) -> str:
    """How a model was asked; of many ways the strictest that speaks, and their number."""
    first = [variant for variant in speaking if variant in variants]
    ordered = [*first, *(variant for variant in variants if variant not in first)]
    words = [wording.variant_words(variant) for variant in ordered]
    return "; ".join(words) if len(words) <= _FEW_WAYS else f"{words[0]}; and {len(words) - 1} other ways"


def _coefficient_words(row: Row) -> str:
    return f"Odds ratio of {wording.outcome_words(row['outcome'])}: {coefficient_name(row)}"


def _gathered_words(what: Sequence[str]) -> str:
    """Names, or their number where nobody would read them all; certification is always named."""
    if len(what) <= _READABLE:
        return "; ".join(what)
    exposure = [name for name in what if name.endswith(wording.term_words("cit_certified"))]
    named = "; ".join(exposure or what[:1])
    return f"{named}; and {len(what) - len(exposure or what[:1])} more"
