"""What did others find? A table of other studies, and whether these records could find a size seen elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.finding import Finding, row_key
from cit_platform.publishing.parts.html_table import HtmlTable
from cit_platform.publishing.parts.rows import Row, plain_rows
from cit_platform.publishing.parts.topic import Content, FindingSentence, Heading, Numbers, Prose, Tables, topic

EVIDENCE, KEY = "models/evidence", "evidence"
_DASH = "–"  # noqa: RUF001
_NOT_POOLED = (
    "They are not drawn on one axis with ours, for they do not measure one thing: other courses, other places, whole "
    "departments in some and officers compared with each other in others, officers’ own reports in some and records "  # noqa: RUF001
    "in others."
)


@topic(EVIDENCE)
def evidence(tables: Tables, provenance: FigureProvenance) -> Content:
    """What other studies found, as far as it was read, and whether our records could find a size seen elsewhere.

    For: placing our answer among others, and judging our power by a size that was seen.
    Not for: pooling, and not a benchmark: another training in another city.
    """
    rows = plain_rows(tables[EVIDENCE])
    sizes = [row for row in rows if row["size_to_power"]]
    table = Numbers(evidence_table(rows), "wide", "Other studies, as far as they were read")
    return Content(
        findings=tuple(power(row) for row in sizes),
        blocks=(
            Heading("What others found"),
            *((Prose(read_words(rows)),) if rows else ()),
            *(FindingSentence(_key(row)) for row in sizes),
            table,
        ),
    )


def read_words(rows: Sequence[Row]) -> str:
    """How much of the other studies is known."""
    numbers = [row for row in rows if row["estimate"] is not None]
    intervals = sum(row["conf_low"] is not None for row in numbers)
    printed = wording.count(intervals) if intervals else "none"
    return (
        f"Listed are {wording.count(len(rows))} results of {wording.count(len({row['study'] for row in rows}))} other "
        f"studies; {wording.count(len(numbers))} of them come with a number, {printed} with an interval. What was read "
        f"stands beside each, mostly an abstract. {_NOT_POOLED}"
    )


def _key(row: Row) -> str:
    return f"{KEY}_{row['study']}"


def power(row: Row) -> Finding:
    """Whether our primary specification would usually notice a difference of a size seen elsewhere."""
    training = f"{row['training']}, {row['place']}"
    seen = f"{row['training']} went with {_estimate(row)} {wording.outcome_words(row['outcome'])} in {row['place']}"
    smallest = row["smallest_detectable_below"]
    aside = "It is a size to measure our power by and no benchmark: another course, and a whole department."
    if row["ratio"] is None or smallest is None:
        answer, words = "whether our records could show as much cannot be said here", "not known"
    else:
        noticed = row["ratio"] <= smallest
        ratio = f"a ratio of {wording.ratio(row['ratio'])}"
        limit = f"{wording.ratio(smallest)} or less"
        answer = f"with this many reports we would usually have noticed an odds ratio of {limit}, and {ratio} is " + (
            "one of these" if noticed else "none of these: a difference of that size could be missed"
        )
        words = "could be found here" if noticed else "could be missed here"
    return Finding(
        key=_key(row),
        what=f"A size seen elsewhere ({training})",
        direction="note",
        words=words,
        sentence=f"{seen} (abstract; no interval was read): {answer}. {aside}",
        unit="verdict",
        row=row_key(EVIDENCE, row),
    )


def evidence_table(rows: Sequence[Row]) -> HtmlTable:
    """Every result that is listed, by outcome and study."""
    ordered = sorted(rows, key=lambda row: (row["outcome"], row["study"]))
    listed = tuple(
        (
            row["citation"],
            wording.sentence_case(wording.outcome_words(row["outcome"])),
            ", ".join(filter(None, (row["training"], row["place"]))) or _DASH,
            "; ".join(filter(None, (row["design"], row["size"]))) or _DASH,
            _estimate(row),
            _certainty(row),
            row["finding"],
            row["read"],
        )
        for row in ordered
    )
    header = (
        "Study",
        "Outcome",
        "Training, place",
        "Design, size",
        "Estimate",
        "Interval or p",
        "Finding",
        "What was read",
    )
    return HtmlTable("Other studies of police training, nothing pooled; a dash is what was not read", header, listed)


def _estimate(row: Row) -> str:
    if row["estimate"] is None:
        return _DASH
    if row["measure"] == "percent":
        return f"{row['estimate']:+.1f} %".replace("-", wording.MINUS).replace(".0 ", " ")
    words = {"odds_ratio": "odds ratio", "standardised_difference": "d ="}[row["measure"]]
    return f"{words} {wording.two_digits(row['estimate'])}"


def _certainty(row: Row) -> str:
    if row["conf_low"] is not None and row["conf_high"] is not None:
        return wording.interval(wording.two_digits(row["conf_low"]), wording.two_digits(row["conf_high"]))
    return _DASH if row["p_value"] is None else wording.p_value(row["p_value"])
