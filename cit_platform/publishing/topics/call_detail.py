"""Does it depend on the call? Three groups named beforehand, and all classes of calls drawn together in part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.canvas import (
    BLUE,
    GREY,
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
    Direction,
    Finding,
    difference_words,
    direction_of,
    n_words,
    not_estimated,
    power_beside_null,
    row_key,
    sizes_of,
)
from cit_platform.publishing.parts.html_table import (
    AGAINST,
    HtmlTable,
    count_cells,
    difference_cells,
    limits,
    ratio_limits,
)
from cit_platform.publishing.parts.rows import Row, estimated, plain_rows
from cit_platform.publishing.parts.topic import Chart, Content, FindingSentence, Numbers, Prose, Tables, topic

if TYPE_CHECKING:
    pass

CALL_DETAIL = "models/call_detail"
COMPARED = "violent less other"
OUTCOMES = ("force", "arrest", "emergent_detention", "referral")
_BY_GROUP, _BY_CLASS = "force_violent_beside_other", "force_over_calls"
_SCALE = (
    "A difference in contacts is not one in odds: where an outcome is more frequent, the same odds ratio is more "
    "contacts. So the first sentence counts contacts, and the second compares odds."
)
_CHANGE = "more contacts in the rarer kinds of call, or a record of what a call turned out to be."
_CAPTION = (
    "Grey: each class of calls by itself. Blue: drawn towards the mean of all classes, the more so the less a class "
    "tells by itself. The lowest and the highest grey ones are mostly chance."
)
_ALTERNATIVE = "Odds ratios of force by class of calls, each by itself and drawn towards their mean."
_LIFT, _ROW, _APART = 30, 54, 14
_SIZES = ("n_contacts", "n_events", "n_officers")


@topic(CALL_DETAIL, chart="call_detail")
def call_detail(tables: Tables, provenance: FigureProvenance) -> Content:
    """Whether certification is associated with force alike in all kinds of call, in contacts and in odds.

    For: three groups of calls that were named beforehand, and the spread over all classes.
    Not for: picking out one class of calls.
    """
    rows = plain_rows(tables[CALL_DETAIL])
    chart = Chart(class_chart(rows, provenance), _CAPTION, _ALTERNATIVE, classes_table(rows))
    return Content(
        findings=(by_group(rows), over_classes(rows)),
        blocks=(
            FindingSentence(_BY_GROUP),
            Prose(_SCALE),
            Numbers(groups_table(rows)),
            FindingSentence(_BY_CLASS),
            chart,
            Prose(_CHANGE, lead="What would change this answer:"),
        ),
    )


def _one(rows: Sequence[Row], part: str, level: str, outcome: str = "force") -> Row | None:
    wanted = (part, level, outcome)
    return next((row for row in rows if (row["part"], row["level"], row["outcome"]) == wanted), None)


def by_group(rows: Sequence[Row]) -> Finding:
    """How far the difference in violent calls lies from that in calls of neither group."""
    what, pair = "Force: violent calls beside all others, per 1,000 contacts", _one(rows, "difference", COMPARED)
    one, other = (_one(rows, "group", level) for level in ("violent", "other"))
    if pair is None or one is None or other is None or not estimated(pair, "risk_difference"):
        silent = (one, other, _one(rows, "all_classes", ""))
        missing = next((row for row in silent if row and not row["converged"]), None)
        estimand = "Whether the difference in force depends on the call"
        return not_estimated(_BY_GROUP, what, estimand, "risk difference", CALL_DETAIL, missing)
    low, high = pair["risk_difference_conf_low"], pair["risk_difference_conf_high"]
    direction = direction_of(low, high, 0.0)
    both = (
        f"Between reports by certified officers and by others, the adjusted difference in force per 1,000 contacts is "
        f"{difference_words(one)} in {_group_words('violent')} and {difference_words(other)} in {_group_words('other')}"
    )
    power = power_beside_null(direction, wording.power_of_difference(pair["smallest_detectable_difference"]))
    return Finding(
        key=_BY_GROUP,
        what=what,
        direction=direction,
        words=direction if direction == "no clear association" else f"in violent calls: {direction}",
        sentence=f"{both}: {_apart(pair, direction)}, 95 % intervals in brackets; {n_words(sizes_of(pair))}.{power}",
        unit="risk difference",
        estimate=pair["risk_difference"],
        low=low,
        high=high,
        sizes=sizes_of(pair),
        reference="the same difference in calls that are neither violent nor about a suicidal person",
        row=row_key(CALL_DETAIL, pair),
    )


def _apart(pair: Row, direction: Direction) -> str:
    clear = direction != "no clear association"
    says = f"the first lies {direction}" if clear else "no clear difference between the two"
    return f"{says}, {difference_words(pair)}"


def over_classes(rows: Sequence[Row]) -> Finding:
    """How far the odds ratios of force differ over the classes of calls, beyond chance."""
    what, whole = "Force: how far odds ratios differ over the classes of calls", _one(rows, "all_classes", "")
    if whole is None or not whole["converged"]:
        estimand = "How far the odds ratio of force differs over the classes of calls"
        return not_estimated(_BY_CLASS, what, estimand, "verdict", CALL_DETAIL, whole)
    says = f"differ {'beyond chance' if whole['spread_conf_low'] > 0 else 'no more than chance alone would have it'}"
    known = estimated(whole, "spread")
    upper = limits(whole, "spread", wording.two_digits) if known else "from 0, without an upper end"
    another = wording.interval(wording.ratio(whole["predicted_low"]), wording.ratio(whole["predicted_high"]))
    mean = f"{wording.ratio(whole['odds_ratio'])} (95 % interval {ratio_limits(whole)})"
    return Finding(
        key=_BY_CLASS,
        what=what,
        direction="note",
        words=says,
        sentence=(
            f"Over {wording.count(whole['degrees'] + 1)} classes of calls the odds ratios of force {says}: their "
            f"standard deviation on the log scale is {wording.two_digits(whole['spread'])}, 95 % interval {upper} (I² "
            f"{wording.whole_percent(whole['i_squared'])}). In the mean class it is "
            f"{mean}; in another class like these we would expect it within {another}; {n_words(sizes_of(whole))}."
        ),
        unit="verdict",
        sizes=sizes_of(whole),
        reference=wording.NOT_CERTIFIED,
        row=row_key(CALL_DETAIL, whole),
    )


def _group_words(level: str) -> str:
    return wording.known_words("call_group").get(level, level)


def groups_table(rows: Sequence[Row]) -> HtmlTable:
    """The differences of each outcome in the groups, and between them."""
    listed = [row for row in rows if row["part"] in ("group", "difference")]
    listed.sort(key=lambda row: (OUTCOMES.index(row["outcome"]), row["part"] == "difference", row["level"]))
    header = ("Outcome", "Calls", "Difference per 1,000", "Smallest detectable", "n contacts", "With it", "Officers")
    cells = tuple(
        (
            wording.sentence_case(wording.outcome_words(row["outcome"])),
            wording.sentence_case(" compared with ".join(map(_group_words, row["level"].split(" less ")))),
            *difference_cells(row),
            *count_cells(row, *_SIZES),
        )
        for row in listed
    )
    caption = f"Adjusted differences by group of calls, {AGAINST}; of dispositions any of a contact's counts"
    return HtmlTable(caption, header, cells, (2, 3, 4, 5, 6))


def _classes(rows: Sequence[Row]) -> list[Row]:
    """The classes, those with most contacts first."""
    classes = [row for row in rows if row["part"] == "class"]
    return sorted(classes, key=lambda row: (-(row["n_contacts"] or 0), row["level"]))


def _class_words(row: Row) -> str:
    return wording.sentence_case(wording.level_words("call_class", row["level"]))


def classes_table(rows: Sequence[Row]) -> HtmlTable:
    """Every number of the chart."""
    header = ("Class of calls", "By itself", "Drawn to the mean", "n contacts", "With force", "Officers")
    cells = tuple((_class_words(row), *_class_cells(row), *count_cells(row, *_SIZES)) for row in _classes(rows))
    return HtmlTable(f"Odds ratios of force by class of calls, {AGAINST}", header, cells, (1, 2, 3, 4, 5))


def _class_cells(row: Row) -> tuple[str, str]:
    if not estimated(row):
        return wording.short_reason(row), ""
    return f"{wording.ratio(row['odds_ratio'])} ({ratio_limits(row)})", _shrunken(row)


def _shrunken(row: Row) -> str:
    if not estimated(row, "shrunken_odds_ratio"):
        return ""
    return f"{wording.ratio(row['shrunken_odds_ratio'])} ({limits(row, 'shrunken_odds_ratio', wording.ratio)})"


def class_chart(rows: Sequence[Row], provenance: FigureProvenance) -> Figure:
    """The odds ratio of force in each class of calls, by itself and drawn towards the mean."""
    canvas, y = Canvas(), 6.0
    alone, drawn = list[Point](), list[Point]()
    classes = _classes(rows)
    if not classes:
        canvas.text(y + 10, "Cannot be estimated: no class of calls could be compared.")
        y += _ROW
    for row in classes:
        y = canvas.label(y + 9, _class_words(row))
        if not estimated(row):
            y = canvas.reason_under_row(y, wording.sentence_case(wording.reason(row)) + ".")
            continue
        shown = _shrunken(row)
        canvas.numbers_of_row(y, shown or _class_cells(row)[0])
        alone.append(_point(row, "odds_ratio", ("conf_low", "conf_high"), y + _LIFT))
        if shown:
            ends = ("shrunken_odds_ratio_conf_low", "shrunken_odds_ratio_conf_high")
            drawn.append(_point(row, "shrunken_odds_ratio", ends, y + _LIFT + _APART))
        y += _ROW
    canvas.intervals(alone, GREY, "diamond", "by itself")
    canvas.intervals(drawn, BLUE, "circle", "drawn towards the mean")
    if not alone:
        canvas.no_point()
    canvas.no_difference()
    notes = [f"{key(GREY, '◆', 'by itself')}   {key(BLUE, '●', 'drawn towards the mean, in numbers')}"]
    notes += wrapped("Lines are 95 % intervals. Dotted line: no difference (1).")
    points = [*alone, *drawn]
    axis = log_axis(
        "odds ratio, log scale", min([0.8, *(p.low for p in points)]), max([1.25, *(p.high for p in points)])
    )
    wide = {"axes": {"xaxis": {"domain": [0.42, 0.78]}}, "lift": _LIFT}
    title = "Force and certification, by class of calls"
    return figure_of(canvas, "call_detail", provenance, title, notes, y, {"xaxis": axis}, 48, wide)


def _point(row: Row, name: str, ends: tuple[str, str], y: float) -> Point:
    low, high = (row[end] for end in ends)
    printed = f"{wording.ratio(row[name])} ({wording.interval(wording.ratio(low), wording.ratio(high))})"
    return Point(y, row[name], low, high, f"{escaped(_class_words(row))}<br>{printed}")
