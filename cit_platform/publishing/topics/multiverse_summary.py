"""How far does the answer hang on our choices? The range over every combination, and which choice moves it."""

from __future__ import annotations

from collections.abc import Sequence

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.canvas import BLUE, Canvas, Figure, Point, escaped, figure_of, value_axis, wrapped
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.finding import Finding, Sizes, n_words, not_estimated, row_key
from cit_platform.publishing.parts.html_table import AGAINST, HtmlTable
from cit_platform.publishing.parts.rows import Row, plain_rows
from cit_platform.publishing.parts.topic import Chart, Content, FindingSentence, Prose, Tables, topic

SUMMARY = "models/multiverse_summary"
_RANGE = "range_over_choices"
_MEANING = (
    "Each choice was laid down as one that could have been made otherwise, with a reason. Every combination is "
    "averaged over the same contacts, those that all of them speak of, so that the numbers can be compared; the one at "
    "the top of the page speaks of more contacts. Combinations share their data: how many lie on a side tells nothing."
)
_CHANGE = "a choice that is not among these, such as a field that the records do not have."
_CAPTION = "Each line runs from the lowest to the highest difference over all combinations with that choice."
_ALTERNATIVE = "Lowest, median and highest difference in force per 1,000 contacts by how each choice is made."
_ROW, _LIFT = 40, 24


@topic(SUMMARY, chart="multiverse_summary")
def multiverse_summary(tables: Tables, provenance: FigureProvenance) -> Content:
    """The difference in force over every combination of choices.

    For: seeing whether the answer is one of the question or one of a choice.
    Not for: choosing a combination, or counting them.
    """
    rows = plain_rows(tables[SUMMARY])
    return Content(
        findings=(range_over_choices(rows),),
        blocks=(
            FindingSentence(_RANGE),
            Chart(choices_chart(rows, provenance), _CAPTION, _ALTERNATIVE, choices_table(rows)),
            Prose(_MEANING),
            Prose(_CHANGE, lead="What would change this answer:"),
        ),
    )


def range_over_choices(rows: Sequence[Row]) -> Finding:
    """The ends and the median of the difference, and the choice that explains most."""
    what = "Force: the difference over every combination of choices, per 1,000 contacts"
    whole = next((row for row in rows if row["choice"] == "all"), None)
    if whole is None or whole["median"] is None:
        return not_estimated(
            _RANGE, what, "The range of the difference in force over choices", "verdict", SUMMARY, whole
        )
    ends = _signed(whole["lowest"]), _signed(whole["highest"])
    sizes = Sizes(whole["n_contacts"])
    combinations, shown = wording.count(whole["n_combinations"]), whole["n_shown"]
    refused = whole["n_combinations"] - shown
    kept = f"; {wording.count(refused)} of them are not shown, for a gate of the protocol or for want of events"
    widest = wording.interval(_signed(whole["lowest_conf_low"]), _signed(whole["highest_conf_high"]))
    sentence = (
        f"Over {combinations} combinations of choices the adjusted difference in force per 1,000 contacts runs from "
        f"{ends[0]} to {ends[1]}, with {_signed(whole['median'])} in the middle (all 95 % intervals together: "
        f"{widest}; {AGAINST}; {n_words(sizes)}){kept if refused else ''}.{_moving_most(rows)}"
    )
    return Finding(
        key=_RANGE,
        what=what,
        direction="note",
        words=f"from {ends[0]} to {ends[1]} per 1,000",
        sentence=sentence,
        unit="verdict",
        sizes=sizes,
        reference=wording.NOT_CERTIFIED,
        row=row_key(SUMMARY, whole),
    )


def _moving_most(rows: Sequence[Row]) -> str:
    explained = [row for row in rows if row["explained"] is not None]
    if not explained:
        return ""
    most = max(explained, key=lambda row: row["explained"])
    return (
        f" What moves it most is {_choice_words(most['choice'])}: {wording.whole_percent(most['explained'])} of the "
        "variance among combinations lies between the ways of that choice."
    )


def _signed(difference: float) -> str:
    return wording.signed_per_thousand(difference)


def _choice_words(choice: str) -> str:
    return wording.known_words("open_choice").get(choice, choice)


def _way_words(row: Row) -> str:
    return wording.known_words("open_choice").get(f"{row['choice']}/{row['way']}", row["way"])


def _ways(rows: Sequence[Row]) -> list[Row]:
    """A row per way of each choice: the choices that explain most first, each as laid down first."""
    explained = {row["choice"]: row["explained"] or 0.0 for row in rows if not row["way"] and row["choice"] != "all"}
    listed = [row for row in rows if row["way"]]
    return sorted(listed, key=lambda row: (-explained[row["choice"]], row["way"] != "laid_down", row["way"]))


def choices_table(rows: Sequence[Row]) -> HtmlTable:
    """Every number of the chart, and what each choice explains."""
    explained = {row["choice"]: row["explained"] for row in rows if not row["way"]}
    header = ("Choice", "Made so", "Lowest", "Median", "Highest", "Explains", "Combinations", "Shown", "n contacts")
    cells = tuple(
        (
            wording.sentence_case(_choice_words(row["choice"])),
            _way_words(row),
            *("" if row[name] is None else _signed(row[name]) for name in ("lowest", "median", "highest")),
            "" if explained[row["choice"]] is None else wording.whole_percent(explained[row["choice"]]),
            wording.count(row["n_combinations"]),
            wording.count(row["n_shown"]),
            "" if row["n_contacts"] is None else wording.count(row["n_contacts"]),
        )
        for row in _ways(rows)
    )
    caption = f"Adjusted difference in force per 1,000 contacts by how each choice is made, {AGAINST}"
    return HtmlTable(caption, header, cells, (2, 3, 4, 5, 6, 7, 8))


def choices_chart(rows: Sequence[Row], provenance: FigureProvenance) -> Figure:
    """The ends and the median of the difference by how each choice is made."""
    canvas, y, points = Canvas(), 6.0, list[Point]()
    for row in _ways(rows):
        y = canvas.label(y + 9, f"{wording.sentence_case(_choice_words(row['choice']))}: {_way_words(row)}")
        if row["median"] is None:
            y = canvas.reason_under_row(y, "No combination can be shown.")
            continue
        low, middle, high = (1000 * row[name] for name in ("lowest", "median", "highest"))
        printed = f"{_signed(row['median'])} ({wording.interval(_signed(row['lowest']), _signed(row['highest']))})"
        canvas.numbers_of_row(y, printed)
        points.append(Point(y + _LIFT, middle, low, high, f"{escaped(_way_words(row))}<br>{printed}"))
        y += _ROW
    if not points:
        y = canvas.reason_under_row(y, "Cannot be estimated.")
        canvas.no_point()
    canvas.intervals(points, BLUE, "circle", "median, from lowest to highest")
    canvas.no_difference(0)
    ends = [0.0, *(point.low for point in points), *(point.high for point in points)]
    axis = value_axis("difference per 1,000 contacts", range=[min(ends) - 1, max(ends) + 1])
    notes = wrapped("Point: median; line: from lowest to highest, no interval. Dotted line: no difference (0).")
    wide = {"axes": {"xaxis": {"domain": [0.42, 0.78]}}, "lift": _LIFT}
    title = "Force and certification, by how each choice is made"
    return figure_of(canvas, "multiverse_summary", provenance, title, notes, y, {"xaxis": axis}, 48, wide)
