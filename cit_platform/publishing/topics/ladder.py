"""How far does the answer hang on how one asks? Force and certification from the published way to the strictest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.canvas import (
    BLUE,
    ORANGE,
    Canvas,
    Figure,
    Point,
    escaped,
    figure_of,
    key,
    log_axis,
    wrapped,
)
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.finding import (
    Finding,
    difference_words,
    direction_of,
    direction_words,
    listed,
    n_words,
    not_estimated,
    ratio_and_interval,
    row_key,
    rows_of,
    sizes_of,
)
from cit_platform.publishing.parts.html_table import (
    AGAINST,
    HtmlTable,
    design_effect_cell,
    detectable_ratios,
    ratio_cells,
)
from cit_platform.publishing.parts.rows import Row, estimated, plain_rows
from cit_platform.publishing.parts.topic import Chart, Content, FindingSentence, Heading, Tables, topic

if TYPE_CHECKING:
    import pandas as pd

LADDER = "models/ladder"
_MOVED = "ladder"
# Within these an estimate hardly moves, and an interval is hardly wider.
_HARDLY, _HARDLY_WIDER = 1.05, 0.05
_CAPTION = (
    "The same question in steps; each keeps what the one before has changed. Steps 0 and 1 take every row as "
    "independent; from step 2 on the contacts of one officer may be alike. Where the steps disagree, that is the "
    "finding."
)
_ALTERNATIVE = "The ratio of force step by step, with 95 % intervals."
MEASURES = {"odds_ratio": (ORANGE, "diamond", "◆"), "risk_ratio": (BLUE, "circle", "●")}
# The sizes stand between the text of a row and, on a phone, its interval.
_SIZES, _LIFT, _ROW = 15, 32, 48


@topic(LADDER, chart="ladder")
def ladder(tables: Tables, provenance: FigureProvenance) -> Content:
    """The association of certification with force asked ever more strictly, step by step with its interval.

    For: seeing which choice between the published analysis and ours moves the answer, and how far.
    Not for: picking one step: where the steps disagree, that is the finding.
    """
    frame = tables[LADDER]
    chart = Chart(force_ladder(frame, provenance), _CAPTION, _ALTERNATIVE, ladder_table(ordered_steps(frame), "force"))
    return Content(
        (moved(frame),),
        (Heading("Asked ever more strictly"), FindingSentence(_MOVED), FindingSentence("design_effect"), chart),
    )


def ordered_steps(ladder: pd.DataFrame, outcome: str = "force") -> list[Row]:
    """Rows of `models/ladder` about one outcome, from the published way to the strictest."""
    rows = [row for row in plain_rows(ladder) if row["outcome"] == outcome]
    return sorted(rows, key=lambda row: (row["step"], row["variant"]))


def step_label(row: Row) -> str:
    """Number of a step, what it changes, and whether the protocol lays it down."""
    return f"{row['step']}. {wording.with_standing(wording.ladder_words(row['variant']), row['standing'])}"


def step_sizes(row: Row) -> str:
    """What entered a step: rows of its unit, those with force, and officers."""
    rows, events, officers = _counts(row)
    return f"n = {rows} {row['unit']}s, {events} with force, {officers} officers"


def force_ladder(ladder: pd.DataFrame, provenance: FigureProvenance) -> Figure:
    """Ratio and 95 % interval of each step of `models/ladder`, with what entered it, or why there is none."""
    canvas, y = Canvas(), 6.0
    rows = ordered_steps(ladder)
    points: dict[str, list[Point]] = {measure: [] for measure in MEASURES}
    if not rows:
        canvas.text(y + 10, "Cannot be estimated: no step was fitted.")
        y += _ROW
    for row in rows:
        y = canvas.label(y + 9, step_label(row))
        canvas.row(y + _SIZES, escaped(step_sizes(row)), size=11)
        if estimated(row, "ratio"):
            points[row["measure"]].append(_point(canvas, row, y))
            y += _ROW
        else:
            canvas.numbers_of_row(y, wording.NO_NUMBER)
            y = canvas.reason_under_row(y + _SIZES, wording.sentence_case(wording.reason(row)) + ".")
    for measure, (colour, symbol, _) in MEASURES.items():
        canvas.intervals(points[measure], colour, symbol, f"{wording.measure_words(measure)} with 95 % interval")
    return _sheet(canvas, [row for row in rows if estimated(row, "ratio")], provenance, y)


def _printed(row: Row) -> str:
    limits = wording.interval(wording.ratio(row["conf_low"]), wording.ratio(row["conf_high"]))
    return f"{wording.ratio(row['ratio'])} ({limits})"


def _point(canvas: Canvas, row: Row, y: float) -> Point:
    printed = _printed(row)
    canvas.numbers_of_row(y, printed)
    hover = f"{escaped(step_label(row))}<br>{wording.measure_words(row['measure'])} {printed}<br>{step_sizes(row)}"
    return Point(y + _LIFT, row["ratio"], row["conf_low"], row["conf_high"], hover)


def _sheet(canvas: Canvas, known: Sequence[Row], provenance: FigureProvenance, height: float) -> Figure:
    low, high = min([0.8, *(row["conf_low"] for row in known)]), max([1.25, *(row["conf_high"] for row in known)])
    axis = log_axis("ratio, log scale", low, high)
    canvas.no_difference()
    notes = [
        "   ".join(key(colour, mark, wording.measure_words(name)) for name, (colour, _, mark) in MEASURES.items()),
        *wrapped(
            f"Compared with {wording.NOT_CERTIFIED}. A risk ratio is not an odds ratio; for rare force they are close."
        ),
        *wrapped("Lines are 95 % intervals. Dotted line: no difference (1)."),
    ]
    wide = {"axes": {"xaxis": {"domain": [0.42, 0.78]}}, "lift": _LIFT}
    title = "Force and certification, asked ever more strictly"
    return figure_of(canvas, "ladder", provenance, title, notes, height, {"xaxis": axis}, 48, wide)


def ladder_table(steps: Sequence[Row], outcome: str) -> HtmlTable:
    """Every number of the ladder of one outcome, one row per step."""
    rows = tuple(
        (step_label(row), wording.measure_words(row["measure"]), *_ladder_cells(row), *_counts(row)) for row in steps
    )
    words = wording.outcome_words(outcome)
    header = (
        "Step", "Measure", "Ratio", "95 % interval", "p", "Difference per 1,000", "Smallest detectable",
        "Design effect", "n rows", f"With {words}", "Officers",
    )  # fmt: skip
    caption = f"{wording.sentence_case(words)} and certification, {AGAINST}"
    return HtmlTable(caption, header, rows, tuple(range(2, len(header))))


def _counts(row: Row) -> list[str]:
    return [wording.count(row[name]) for name in ("n_rows", "n_events", "n_officers")]


def _ladder_cells(row: Row) -> tuple[str, ...]:
    difference = difference_words(row) if estimated(row, "risk_difference") else ""
    return (*ratio_cells(row, "ratio"), difference, detectable_ratios(row), design_effect_cell(row))


def moved(frame: pd.DataFrame) -> Finding:
    """How far the odds ratio of force and its interval move from the published way of asking to the one that speaks."""
    what = "Force, from the published way of asking to the strictest"
    steps = ordered_steps(frame)
    loose, strict = (next((row for row in steps if row["role"] == role), None) for role in ("published", "headline"))
    missing = next((row for row in (loose, strict) if not estimated(row, "ratio")), None)
    if loose is None or strict is None or missing is not None:
        estimand = "How far the odds ratio of force moves when asked more strictly"
        return not_estimated(_MOVED, what, estimand, "ratio of odds ratios", LADDER, missing)
    times = strict["ratio"] / loose["ratio"]
    return Finding(
        key=_MOVED,
        what=what,
        direction="note",
        words=f"{_moves(times)}, interval {_widens(loose, strict)}",
        sentence=(
            f"As published, the odds ratio of force is {_answer(loose)}; in the model that speaks on this page it is "
            f"{_answer(strict)}, both compared with {wording.NOT_CERTIFIED}. Counting more strictly {_moves(times)}, "
            f"and the interval is {_widens(loose, strict)}. {_agreement(steps)}"
        ),
        unit="ratio of odds ratios",
        estimate=times,
        sizes=sizes_of(strict),
        reference=step_label(loose),
        row=row_key(LADDER, strict),
    )


def _moves(times: float) -> str:
    if 1 / _HARDLY <= times <= _HARDLY:
        return "hardly moves the estimate"
    return f"moves the estimate to {times:.2f} times what it was"


def _widens(loose: Row, strict: Row) -> str:
    narrow, wide = (math.log(row["conf_high"] / row["conf_low"]) for row in (loose, strict))
    more = wide / narrow - 1
    if abs(more) < _HARDLY_WIDER:
        return "about as wide"
    return f"{abs(100 * more):.0f} % {'wider' if more > 0 else 'narrower'}"


def _answer(row: Row) -> str:
    return f"{ratio_and_interval(row, 'ratio')}, {n_words(rows_of(row))}"


def _agreement(steps: Sequence[Row]) -> str:
    """Whether the steps say the same; where they disagree, that is the finding."""
    said: dict[str, list[str]] = {}
    for row in steps:
        if estimated(row, "ratio"):
            direction = direction_words(direction_of(row["conf_low"], row["conf_high"], 1.0))
            said.setdefault(direction, []).append(str(row["step"]))
    if len(said) == 1:
        clear = "no clear association" not in said
        return "The direction does not depend on how one counts." if clear else "No step shows a clear association."
    parts = [f"{'step' if len(names) == 1 else 'steps'} {listed(names)} ({words})" for words, names in said.items()]
    return f"The steps disagree, and that is the finding: {'; '.join(parts)}."
