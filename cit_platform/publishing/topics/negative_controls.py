"""Does certification go with what it cannot bring about? Control questions, and the answers calibrated by them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.finding import Finding, n_words, ratio_and_interval, row_key, sizes_of
from cit_platform.publishing.parts.html_table import AGAINST, HtmlTable, ratio_cells
from cit_platform.publishing.parts.rows import Row, estimated, plain_rows
from cit_platform.publishing.parts.topic import Content, FindingSentence, Heading, Numbers, Prose, Tables, topic

NEGATIVE_CONTROLS = "models/negative_controls"
KEY = "negative_controls"
_FEWEST, _CHANCE = 5, 0.05
_NEAREST = "future_force"
_WHAT = "Questions whose answer should be no association"
_QUESTION = Prose(
    "If this way of asking finds associations where there can be none, its other answers are to be read with that in "
    "mind. Some things the reporting officer records, or that came before the officer, are no matter of training: "
    "whether the person is a veteran, how the call came in. And a course that lies ahead can have changed nothing: "
    "officers who will be certified within a year are compared with officers who will not, both still in service a "
    "year on.",
    lead="Does certification go with what it cannot bring about?",
)
_WOULD_CHANGE = Prose(
    "More control questions, above all some that share more with the use of force; these see only the errors that they "
    "share with it. What officers choose not to write up at all leaves no trace in any of them. The calibrated "
    "interval takes the errors found here as known and as alike in every question: it is too short, and an error that "
    "one question alone can see, as that of officers who certify for what they are, it hardly allows for.",
    lead="What would change this answer?",
)


@topic(NEGATIVE_CONTROLS)
def negative_controls(tables: Tables, provenance: FigureProvenance) -> Content:
    """The control questions with their odds ratios, and the primary answers as they are and calibrated.

    For: seeing how far this way of asking strays where nothing is to be found.
    Not for: proof that nothing strays.
    """
    rows = plain_rows(tables[NEGATIVE_CONTROLS])
    controls = [row for row in rows if row["kind"] != "answer"]
    answers = [row for row in rows if row["kind"] == "answer"]
    return Content(
        findings=(strays(controls, answers),),
        blocks=(
            Heading("Questions whose answer is known"),
            _QUESTION,
            FindingSentence(KEY),
            Numbers(controls_table(controls), "wide", "The control questions"),
            Numbers(answers_table(answers), "wide", "The answers, plain and calibrated"),
            _WOULD_CHANGE,
        ),
    )


def strays(controls: Sequence[Row], answers: Sequence[Row]) -> Finding:
    """How far the controls stray from no association, and what that is for the answer on force."""
    known = [row for row in controls if estimated(row)]
    if len(known) < _FEWEST or known[0]["null_mean"] is None:
        why = (
            f"{len(known)} of {len(controls)} control questions have a number, and at least five are needed; the "
            "answers are not calibrated"
        )
        return Finding(
            key=KEY,
            what=_WHAT,
            direction="cannot be estimated",
            words="not calibrated",
            sentence=f"How far this way of asking strays cannot be estimated: {why}.",
            unit="verdict",
            row=row_key(NEGATIVE_CONTROLS, controls[0]) if controls else None,
        )
    force = next((row for row in answers if row["control"] == "force"), None)
    beyond = sum(row["conf_low"] > 1 or row["conf_high"] < 1 for row in known)
    verdict = f"{beyond} of {len(known)} find an association that cannot be"
    return Finding(
        key=KEY,
        what=_WHAT,
        direction="note",
        words=verdict,
        sentence=f"{_spread(known)} {_beyond(beyond, len(known))} {_nearest(known)}{_calibrated(force)}",
        unit="verdict",
        sizes=sizes_of(max(known, key=lambda row: row["n_contacts"])),
        row=row_key(NEGATIVE_CONTROLS, known[0]),
    )


def _spread(known: Sequence[Row]) -> str:
    ratios = sorted(row["odds_ratio"] for row in known)
    ends = f"{wording.ratio(ratios[0])} and {wording.ratio(ratios[-1])}"
    row = known[0]
    mean, error = row["null_mean"], row["null_mean_std_error"]
    limits = wording.interval(*(wording.ratio(math.exp(mean + sign * 1.96 * error)) for sign in (-1, 1)))
    return (
        f"In {len(known)} questions whose answer should be an odds ratio of 1, it lies between {ends}; their mean is "
        f"{wording.ratio(math.exp(mean))} (95 % interval {limits})."
    )


def _beyond(beyond: int, n: int) -> str:
    return (
        f"{beyond or 'None'} of their 95 % intervals {'leaves' if beyond <= 1 else 'leave'} out 1, where chance alone "
        f"would give about {_CHANCE * n:.1f}."
    )


def _nearest(known: Sequence[Row]) -> str:
    """The control that shares most with the answer: the same outcome, of officers who will differ later."""
    row = next((row for row in known if row["control"] == _NEAREST), None)
    if row is None:
        return ""
    return (
        f"The one that shares most with the answer on force is {wording.known_words('control')[_NEAREST]}: {_of(row)}. "
    )


def _of(row: Row) -> str:
    side = ", and it leaves out 1" if row["conf_low"] > 1 or row["conf_high"] < 1 else ""
    return f"{ratio_and_interval(row)}, {n_words(sizes_of(row))}{side}"


def _calibrated(row: Row | None) -> str:
    if row is None or not estimated(row) or row["calibrated_odds_ratio"] is None:
        return "The odds ratio of force has no number to calibrate."
    calibrated = wording.interval(*(wording.ratio(row[f"calibrated_odds_ratio_conf_{end}"]) for end in ("low", "high")))
    return (
        f"Allowing for what they show, the odds ratio of force, {ratio_and_interval(row)} {AGAINST}, becomes "
        f"{wording.ratio(row['calibrated_odds_ratio'])} ({calibrated}); {n_words(sizes_of(row))}."
    )


def controls_table(controls: Sequence[Row]) -> HtmlTable:
    """One row per control question."""
    rows = tuple(
        (
            wording.sentence_case(wording.known_words("control").get(row["control"], row["control"])),
            *ratio_cells(row, "odds_ratio"),
            *(wording.count(row[name]) for name in ("n_contacts", "n_events", "n_officers")),
        )
        for row in controls
    )
    header = ("What should not be associated", "Odds ratio", "95 % interval", "p", "n contacts", "With it", "Officers")
    return HtmlTable("Control questions: odds ratios that should be 1", header, rows, (1, 2, 3, 4, 5, 6))


def answers_table(answers: Sequence[Row]) -> HtmlTable:
    """The primary answers, plain and calibrated."""
    rows = tuple(
        (
            wording.sentence_case(wording.outcome_words(row["control"])),
            *ratio_cells(row, "odds_ratio"),
            *_calibrated_cells(row),
            *(wording.count(row[name]) for name in ("n_contacts", "n_officers")),
        )
        for row in answers
    )
    header = (
        *("Outcome", "Odds ratio", "95 % interval", "p"),
        *("Calibrated", "95 % interval, calibrated", "p, calibrated", "n contacts", "Officers"),
    )
    return HtmlTable(f"Primary answers, plain and calibrated, {AGAINST}", header, rows, tuple(range(1, len(header))))


def _calibrated_cells(row: Row) -> tuple[str, str, str]:
    if not estimated(row) or row["calibrated_odds_ratio"] is None:
        return ("not calibrated", "", "")
    ends = (wording.ratio(row[f"calibrated_odds_ratio_conf_{end}"]) for end in ("low", "high"))
    calibrated = wording.ratio(row["calibrated_odds_ratio"])
    return (calibrated, wording.interval(*ends), wording.bare_p_value(row["calibrated_p_value"]))
