"""What do the data hold? Coverage of the fields over the years, and the labels by group."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.html_table import HtmlTable
from cit_platform.publishing.parts.rows import plain_rows
from cit_platform.publishing.parts.topic import Content, Heading, Numbers, Tables, topic

if TYPE_CHECKING:
    import pandas as pd

COVERAGE, LABELS = "quality/coverage", "quality/labels"


@topic(COVERAGE, LABELS)
def quality(tables: Tables, provenance: FigureProvenance) -> Content:
    """How many records carry a value in each field and year, and which labels the codebook does not know yet.

    For: judging which years and fields can carry a question at all.
    Not for: whether a value is right: that is what the checks beside each table are for.
    """
    labels = tables[LABELS]
    return Content(
        blocks=(
            Heading("Fields and labels"),
            Numbers(coverage_table(tables[COVERAGE]), "wide coverage", "Coverage of the fields, year by year"),
            Numbers(labels_table(labels), summary="Labels by group of the codebook"),
            Numbers(unmapped_table(labels)),
        )
    )


def coverage_table(coverage: pd.DataFrame) -> HtmlTable:
    """Share of records with a value, one row per field, one column per year."""
    listed = plain_rows(coverage)
    years = sorted({row["year"] for row in listed})
    listed.sort(key=lambda row: row["field"])
    rows = []
    for field, group in groupby(listed, key=lambda row: row["field"]):
        by_year = {row["year"]: wording.percent(row["share_present"]).removesuffix(" %") for row in group}
        rows.append((wording.field_words(field), *(by_year.get(year, "") for year in years)))
    caption = "Records that carry a value, in percent, by field of the source and report year"
    return HtmlTable(caption, ("Field", *years), tuple(rows), tuple(range(1, len(years) + 1)))


def labels_table(labels: pd.DataFrame) -> HtmlTable:
    """How many labels and records each group of the codebook holds."""
    listed = sorted(plain_rows(labels), key=lambda row: (row["field"], row["grouping"]))
    rows = []
    for (field, grouping), group in groupby(listed, key=lambda row: (row["field"], row["grouping"])):
        members = list(group)
        records = wording.count(sum(row["n_records"] for row in members))
        names = (wording.field_words(field), _grouping_words(field, grouping))
        rows.append((*names, wording.count(len(members)), records))
    header = ("Field", "Group of the codebook", "Labels", "Clean records")
    return HtmlTable("Labels of the source by group", header, tuple(rows), (2, 3))


def _grouping_words(field: str, grouping: str) -> str:
    """A group of labels in the words of its field: of calls, of precincts, or of dispositions."""
    if grouping == "unmapped" or field == "disposition":
        return wording.outcome_words(grouping)
    return wording.level_words({"initial_call_type": "call_risk"}.get(field, field), grouping)


def unmapped_table(labels: pd.DataFrame) -> HtmlTable:
    """Labels that the codebook does not know, the most frequent first."""
    listed = [row for row in plain_rows(labels) if row["grouping"] == "unmapped"]
    listed.sort(key=lambda row: (-row["n_records"], row["field"], row["label"]))
    rows = tuple((row["label"], row["field"], wording.count(row["n_records"])) for row in listed)
    header = ("Label", "Field", "Clean records")
    return HtmlTable("Labels that await review, left out of the models", header, rows, (2,))
