"""A picture of 1,000 contacts in two groups: dots for those with force, and quantile dots for how sure the number is.

Drawn here as SVG, so that it stands before any script and without one; words and colours are the page's own.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.canvas import FONT
from cit_platform.publishing.parts.rows import Row, estimated
from cit_platform.publishing.parts.topic import Picture

# Column of the risk, name of the group, colour, and the symbol that charts give it.
Quantities = Sequence[tuple[str, str, str, str]]
# Both ends of a scale, and its step.
Scale = tuple[float, float, float]

WIDTH = 360
CONTACTS, QUANTILES = 1000, 20
_ACROSS, _PITCH, _GUTTER = 40, 4.3, 16
GRID_TOP, GRID = 56, CONTACTS / _ACROSS * _PITCH
_ROW, _AXIS = 40, 34
_DOT, _LIMIT = 7.0, NormalDist().inv_cdf(0.975)
_STEPS = (1, 2, 5)
# Pixels that a letter of a group's name takes at most.
_NAME = 6.5
_CAPTION = (
    "1,000 contacts by who wrote the report, each a dot; coloured, those with force. Both numbers are averages of the "
    "model over the same contacts."
)


@dataclass(frozen=True)
class Group:
    """Contacts of one group: its name, its risk with the 95 % limits as probabilities, and these as printed."""

    name: str
    colour: str
    risk: float
    low: float
    high: float
    printed: tuple[str, str, str]

    @property
    def kind(self) -> str:
        """Class of its texts, which a style sheet gives more contrast than its dots need."""
        return f"group-{self.colour.removeprefix('#')}"

    @property
    def dots(self) -> int:
        """How many of 1,000 dots are filled."""
        return round(CONTACTS * self.risk)

    def quantiles(self) -> list[float]:
        """Twenty equally probable values per 1,000, such that the printed limits are those of 95 %.

        The quantile dotplot of Kay et al. (2016), When (ish) is my bus?, CHI, pages 5092 to 5103; the two sides of a
        lopsided interval are drawn apart.
        """
        scores = (NormalDist().inv_cdf((place + 0.5) / QUANTILES) for place in range(QUANTILES))
        spread = {True: (self.high - self.risk) / _LIMIT, False: (self.risk - self.low) / _LIMIT}
        return [CONTACTS * max(0.0, self.risk + score * spread[score > 0]) for score in scores]


def thousand_contacts(row: Row | None, quantities: Quantities) -> Picture | None:
    """The picture of a row of `models/absolute_risk` about force; None where it has no number."""
    if row is None or not estimated(row, "risk_difference"):
        return None
    return Picture(picture(groups_of(row, quantities), wording.outcome_words(row["outcome"])), _CAPTION)


def groups_of(row: Row, quantities: Quantities) -> list[Group]:
    """The groups of a row that has its numbers."""
    return [
        Group(wording.sentence_case(label), colour, *_risk(row, name), printed)
        for (name, label, colour, _), printed in zip(quantities, printed_risks(row, quantities), strict=True)
    ]


def printed_risks(row: Row, quantities: Quantities) -> list[tuple[str, str, str]]:
    """Each risk of the row with its limits, printed alike in picture and sentence."""
    return wording.ranges_per_thousand(*(_risk(row, name) for name, _, _, _ in quantities))


def _risk(row: Row, name: str) -> tuple[float, float, float]:
    return (row[name], row[f"{name}_conf_low"], row[f"{name}_conf_high"])


def picture(groups: Sequence[Group], outcome: str) -> str:
    """The SVG: 1,000 dots for each of two groups side by side, and below them on one scale how sure each number is."""
    low, high, step = scale_of([value for group in groups for value in group.quantiles()])
    first = GRID_TOP + GRID + 34
    height = first + len(groups) * _ROW + _AXIS
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" role="img" '
        f'aria-label="{html.escape(alternative(groups, outcome))}" font-family="{html.escape(FONT)}" '
        'fill="currentColor">',
        ground("ground-thousand"),
    ]
    for place, group in enumerate(groups):
        parts += _heading(group, left_of(place), outcome)
        parts += _contacts(group, place)
    parts.append(picture_text("How sure? The more dots, the better a number fits these records.", 0, first - 8, 11))
    for place, group in enumerate(groups):
        base = first + (place + 1) * _ROW - 8
        parts += _sureness(group, base, low, high)
    parts += axis(low, high, step, first + len(groups) * _ROW - 8)
    return "".join((*parts, "</svg>"))


def alternative(groups: Sequence[Group], outcome: str) -> str:
    """What the picture shows, in numbers."""
    each = "; ".join(
        f"{group.name}, {group.printed[0]} with {outcome} (95 % range {wording.interval(*group.printed[1:])})"
        for group in groups
    )
    return f"Of 1,000 contacts: {each}."


def _heading(group: Group, left: float, outcome: str) -> Iterator[str]:
    value, *limits = group.printed
    yield picture_text(group.name, left, 12, 12, "650")
    yield picture_text(f"{value} with {outcome}", left, 31, 16, "700", group.colour, kind=group.kind)
    yield picture_text(f"in 1,000 ({wording.interval(*limits)}, 95 %)", left, 46, 11)


def _contacts(group: Group, place: int) -> Iterator[str]:
    """The dots: those with the outcome first, row by row, on a ground of 1,000."""
    yield ground_of(place, "ground-thousand")
    filled = f'class="contacts" d="{filled_dots(group.dots)}" stroke="{group.colour}" stroke-width="4.2"'
    yield f'<g transform="translate({left_of(place):g} {GRID_TOP})"><path {filled} stroke-linecap="round"/></g>'


def left_of(place: int) -> float:
    """Where the dots of a group begin."""
    return place * (_ACROSS * _PITCH + _GUTTER)


def ground(name: str) -> str:
    """The pattern of a dot that the ground of a picture repeats, under a name of its own on the page."""
    middle = f"{_PITCH / 2:g}"
    return (
        f'<defs><pattern id="{name}" width="{_PITCH:g}" height="{_PITCH:g}" patternUnits="userSpaceOnUse">'
        f'<circle cx="{middle}" cy="{middle}" r="1.3" fill="currentColor" fill-opacity="0.2"/></pattern></defs>'
    )


def ground_of(place: int, name: str) -> str:
    """The 1,000 dots of a group before any is filled."""
    size = f'width="{_ACROSS * _PITCH:g}" height="{GRID:g}"'
    return f'<g transform="translate({left_of(place):g} {GRID_TOP})"><rect {size} fill="url(#{name})"/></g>'


def filled_dots(number: int) -> str:
    """The first dots of 1,000 as a path from the corner of their grid, row by row."""
    return "".join(
        f"M{(place % _ACROSS + 0.5) * _PITCH:.4g} {(place // _ACROSS + 0.5) * _PITCH:.4g}h0" for place in range(number)
    )


def _sureness(group: Group, base: float, low: float, high: float) -> Iterator[str]:
    """The quantile dots, piled up where they are alike; smaller where a pile would not fit."""
    placed = [along(value, low, high) for value in group.quantiles()]
    dot = next((dot for dot in (_DOT, 5.0, 3.5, 2.5) if _tallest(placed, dot) * dot <= _ROW - 10), 1.5)
    yield _named(group, placed, base)
    piled: dict[int, int] = {}
    for x in placed:
        pile = round(x / dot)
        piled[pile] = piled.get(pile, 0) + 1
        y = base - (piled[pile] - 0.5) * dot
        round_ = f'cx="{pile * dot:.5g}" cy="{y:.5g}" r="{dot / 2 - 0.4:.3g}"'
        yield f'<circle class="quantile" {round_} fill="{group.colour}"/>'


def _named(group: Group, placed: Sequence[float], base: float) -> str:
    """The name of a group beside its dots, where there is more room; above them where they leave too little."""
    left, right = min(placed) - 9, max(placed) + 9
    after = WIDTH - right > left
    x, anchor = (right, "start") if after else (left, "end")
    y = base - 1
    if max(left, WIDTH - right) < _NAME * len(group.name):
        x, anchor, y = 0, "start", base - _ROW + 16
    return picture_text(group.name.lower(), x, y, 11, "", group.colour, anchor, group.kind)


def _tallest(placed: Sequence[float], dot: float) -> int:
    piles = [round(x / dot) for x in placed]
    return max(piles.count(pile) for pile in piles)


def axis(low: float, high: float, step: float, base: float, title: str = "contacts per 1,000") -> Iterator[str]:
    """The scale of a picture, drawn at `base`."""
    yield f'<path d="M0 {base:.4g}H{WIDTH}" stroke="currentColor" stroke-opacity="0.4"/>'
    for number in range(round((high - low) / step) + 1):
        value = low + number * step
        anchor = "start" if not number else "end" if value + step / 2 > high else "middle"
        label = f"{value:g}".replace("-", wording.MINUS)
        yield picture_text(label, along(value, low, high), base + 13, 10, anchor=anchor)
    yield picture_text(title, WIDTH / 2, base + 26, 10, anchor="middle", kind="axis")


def along(value: float, low: float, high: float) -> float:
    """Where a value stands on the scale of a picture."""
    return 4 + (value - low) / (high - low) * (WIDTH - 8)


def scale_of(values: Sequence[float]) -> Scale:
    """A scale of round ends with at most eight steps around the values."""
    spread = max(max(values) - min(values), 0.1)
    power = 10 ** math.floor(math.log10(spread / 4))
    step = next(s * power for s in (*_STEPS, 10, 20) if spread / (s * power) <= 6)
    return (math.floor(min(values) / step) * step, math.ceil(max(values) / step) * step, step)


def picture_text(
    words: str, x: float, y: float, size: float, weight: str = "", colour: str = "", anchor: str = "", kind: str = ""
) -> str:
    """A text of a picture; `kind` names its classes."""
    named = {"class": kind, "font-weight": weight, "fill": colour, "text-anchor": anchor}
    style = "".join(f' {name}="{value}"' for name, value in named.items() if value)
    return f'<text x="{x:.5g}" y="{y:.5g}" font-size="{size:g}"{style}>{html.escape(words, quote=False)}</text>'
