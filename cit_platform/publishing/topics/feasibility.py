"""What can these data answer? The limits that were stated beforehand, and what they switch off, in words."""

from __future__ import annotations

from collections.abc import Sequence

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.finding import Finding, Sizes, listed, row_key
from cit_platform.publishing.parts.html_table import HtmlTable, limits
from cit_platform.publishing.parts.rows import Row, plain_rows
from cit_platform.publishing.parts.topic import Content, Numbers, Prose, Tables, topic

FEASIBILITY = "models/feasibility"
KEY = "feasibility"
_WHAT = "What these data can answer"
_BY_TIME = ("certified_share", "cohorts")
_INTRODUCTION = (
    "Each of these questions was given a limit before anything was estimated. Where an answer breaks its limit, the "
    "studies that rest on it are not asked, and are named here. A number of fewer than ten officers is not shown."
)
_CHANGE = (
    "A dated list of certificates from the department, in place of what each report says of its officer, would answer "
    "the questions about officers who become certified; so would earlier copies of these records."
)


@topic(FEASIBILITY)
def feasibility(tables: Tables, provenance: FigureProvenance) -> Content:
    """Which questions these records can bear, which studies are switched off, and why.

    For: knowing what cannot be asked before reading what was found.
    Not for: any comparison by certification.
    """
    rows = plain_rows(tables[FEASIBILITY])
    return Content(
        findings=(_finding(rows),),
        blocks=(
            Prose(_INTRODUCTION),
            Numbers(_questions(rows)),
            Numbers(
                _by_time(rows, "certified_share"), summary="Share of the reports by certified officers, by quarter"
            ),
            Numbers(_by_time(rows, "cohorts"), summary="Officers who become certified, by month"),
            Prose(_CHANGE, "What would change this answer."),
        ),
    )


def _finding(rows: Sequence[Row]) -> Finding:
    judged = [row for row in rows if row["passes"] is not None and row["question"] != "certified_share"]
    if not judged:
        return Finding(
            key=KEY,
            what=_WHAT,
            direction="cannot be estimated",
            words="cannot be estimated: no records",
            sentence="What these data can answer cannot be estimated: there are no records.",
            unit="verdict",
        )
    asked = dict.fromkeys(row["question"] for row in judged)
    failed = [row for row in judged if not row["passes"]]
    broken = dict.fromkeys(row["question"] for row in failed)
    return Finding(
        key=KEY,
        what=_WHAT,
        direction="note",
        words=f"{len(broken)} of {len(asked)} limits broken",
        sentence=_sentence(len(asked), len(broken), failed),
        unit="verdict",
        sizes=Sizes(),
        row=row_key(FEASIBILITY, (failed or judged)[0]),
    )


def _sentence(asked: int, broken: int, failed: Sequence[Row]) -> str:
    if not failed:
        return f"The records keep to all {asked} limits that were stated beforehand: no study is switched off."
    off = dict.fromkeys(name for row in failed for name in row["switches_off"].split(";") if name)
    cohorts = [row["level"] for row in failed if row["question"] == "cohorts"]
    whole = [row for row in failed if row["question"] != "cohorts"]
    said = [f"{_lower(wording.feasibility_words(row['question']))}: {_value(row)}" for row in whole]
    if cohorts:
        said.append(
            f"too many officers become certified at once in {listed(cohorts)}, so that these months are left out"
        )
    sentence = f"Of {asked} limits that were stated beforehand the records break {broken} ({'; '.join(said)})."
    if off:
        sentence += f" Not asked for that reason: {'; '.join(wording.study_words(name) for name in off)}."
    return sentence


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]


def _questions(rows: Sequence[Row]) -> HtmlTable:
    order = list(wording.known_words("feasibility"))
    listed_rows = [row for row in rows if row["question"] not in _BY_TIME or row["passes"] is False]
    listed_rows = [row for row in listed_rows if row["question"] != "certified_share"]
    listed_rows.sort(key=lambda row: (order.index(row["question"]), row["level"]))
    cells = tuple(
        (
            _name(row),
            _value(row),
            _limits(row),
            _threshold(row),
            {True: "yes", False: "no", None: "" if row["threshold"] is None else "cannot be said"}[row["passes"]],
            "; ".join(wording.study_words(name) for name in row["switches_off"].split(";") if name),
            "" if row["n"] is None else f"{wording.count(row['n'])} {row['n_of']}",
        )
        for row in listed_rows
    )
    header = ("Question", "Answer", "95 % interval", "Limit", "Kept", "Not asked for that reason", "n")
    return HtmlTable("What these data can answer", header, cells, (1, 2, 3, 6))


def _name(row: Row) -> str:
    words = wording.feasibility_words(row["question"])
    if not row["level"]:
        return words
    level = row["level"]
    system = wording.level_words("records_system", level)
    return f"{words}, {level if system == f'records_system/{level}' else system}"


def _value(row: Row) -> str:
    if row["value"] is None:
        return wording.short_reason(row)
    return _printed(row, row["value"])


def _printed(row: Row, value: float) -> str:
    if row["unit"] == "share":
        return wording.percent(value)
    return f"{value:.2f}" if row["unit"] == "ratio" else wording.count(round(value))


def _limits(row: Row) -> str:
    return "" if row["value_conf_low"] is None else limits(row, "value", lambda value: _printed(row, value))


def _threshold(row: Row) -> str:
    """The limit as the question has it: a share of the officers for a month."""
    if row["threshold"] is None:
        return ""
    if row["question"] == "cohorts":
        return f"at most {wording.percent(row['threshold'])}"
    if row["question"] == "templates_ratio":
        return wording.interval(_printed(row, 1 / row["threshold"]), _printed(row, row["threshold"]))
    most = row["question"] in ("reversals", "revised_certification")
    return f"{'at most' if most else 'at least'} {_printed(row, row['threshold'])}"


def _by_time(rows: Sequence[Row], question: str) -> HtmlTable:
    of = [row for row in rows if row["question"] == question]
    unusable = "not usable" if question == "certified_share" else "too many at once"
    cells = tuple(
        (row["level"], _value(row), _limits(row), "" if row["passes"] else unusable, wording.count(row["n"]))
        for row in of
    )
    when = "Quarter" if question == "certified_share" else "Month"
    header = (when, "Answer", "95 % interval", "", "n contacts" if question == "certified_share" else "of all")
    return HtmlTable(wording.feasibility_words(question), header, cells, (1, 2, 4))
