"""Pictures that change with a reader's choices: 1,000 contacts in two groups, and every way of asking on one scale.

Everything that can change is a path or a text made here, so that a script only puts it in its place.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.canvas import FONT
from cit_platform.publishing.parts.thousand import (
    GRID,
    GRID_TOP,
    WIDTH,
    Group,
    Scale,
    along,
    axis,
    filled_dots,
    ground,
    ground_of,
    left_of,
    picture_text,
    scale_of,
)

_ROW, _PILE = 50, 5.0
_LINE, _AXIS = 15, 34
_SURENESS = "How sure? The more dots, the better a number fits these records."


@dataclass(frozen=True)
class Drawn:
    """What changes in the picture: of each group its number, its range, and its filled and quantile dots as paths."""

    values: tuple[str, ...]
    ranges: tuple[str, ...]
    contacts: tuple[str, ...]
    quantiles: tuple[str, ...]
    unit: str


@dataclass(frozen=True)
class Way:
    """A way of asking in the curve: its difference per 1,000 with the limits, and what the pointer reads there."""

    value: float
    low: float
    high: float
    words: str


def drawn(groups: Sequence[Group], outcome: str, unit: str, scale: Scale) -> Drawn:
    """What the picture shows of two groups on a scale that all ways share."""
    return Drawn(
        tuple(f"{group.printed[0]} with {outcome}" for group in groups),
        tuple(f"in 1,000 ({wording.interval(*group.printed[1:])}, 95 %)" for group in groups),
        tuple(filled_dots(group.dots) for group in groups),
        tuple(_dots(_piled(group, _base(place), scale)) for place, group in enumerate(groups)),
        f"{unit}s with {outcome} per 1,000",
    )


def changing_picture(shown: Drawn, groups: Sequence[Group], scale: Scale, alternative: str) -> str:
    """The SVG of what is drawn first; the texts and paths that change have a class named as in `Drawn`."""
    low, high, step = scale
    height = _base(len(groups) - 1) + _AXIS
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" role="img" '
        f'aria-label="{html.escape(alternative)}" font-family="{html.escape(FONT)}" fill="currentColor">',
        ground("ground-choices"),
    ]
    for place, group in enumerate(groups):
        left, base = left_of(place), _base(place)
        parts.append(picture_text(group.name, left, 12, 12, "650"))
        parts.append(picture_text(shown.values[place], left, 31, 16, "700", group.colour, kind=f"{group.kind} values"))
        parts.append(picture_text(shown.ranges[place], left, 46, 11, kind="ranges"))
        parts.append(ground_of(place, "ground-choices"))
        filled = _path(shown.contacts[place], group.colour, 4.2, "contacts")
        parts.append(f'<g transform="translate({left:g} {GRID_TOP})">{filled}</g>')
        parts.append(picture_text(group.name.lower(), 0, base - _ROW + 20, 11, "", group.colour, kind=group.kind))
        parts.append(_path(shown.quantiles[place], group.colour, _PILE - 0.8, "quantiles"))
    parts.append(picture_text(_SURENESS, 0, _base(0) - _ROW + 2, 11))
    parts += axis(low, high, step, _base(len(groups) - 1), shown.unit)
    return "".join((*parts, "</svg>"))


def curve(ways: Sequence[Way | None], spoken: int, alternative: str) -> str:
    """Every way of asking as a mark with its 95 % interval, the least difference on top; `data-way` is its place.

    Args:
        ways: None for a way without a number, which is not drawn.
        spoken: place of the way that speaks on the page.
        alternative: what the picture shows, in words.
    """
    marks = [(each, place) for place, each in enumerate(ways) if each]
    known = sorted(marks, key=lambda pair: (pair[0].value, pair[1]))
    low, high, step = scale_of([0.0, *(end for way, _ in known for end in (way.low, way.high))])
    base = len(known) * _LINE + 8
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {base + _AXIS:.0f}" role="img" '
        f'aria-label="{html.escape(alternative)}" font-family="{html.escape(FONT)}" fill="currentColor">'
        f'<path d="M{along(0, low, high):.5g} 0V{base:.5g}" stroke="currentColor" stroke-dasharray="2 3"/>'
    ]
    for number, (way, place) in enumerate(known):
        parts.append(_mark(way, place, number * _LINE + _LINE / 2 + 2, (low, high), place == spoken))
    parts += axis(low, high, step, base, "difference in contacts with force per 1,000")
    return "".join((*parts, "</svg>"))


def _mark(way: Way, place: int, y: float, ends: tuple[float, float], is_spoken: bool) -> str:
    x, left, right = (along(value, *ends) for value in (way.value, way.low, way.high))
    at = f'cx="{x:.5g}" cy="{y:.5g}"'
    ring = f'<circle class="ring" {at} r="6.5" fill="none" stroke="currentColor"/>' if is_spoken else ""
    return (
        f'<g data-way="{place}" class="way{" chosen" if is_spoken else ""}"><title>{html.escape(way.words)}</title>'
        f'<path class="room" d="M0 {y:.5g}H{WIDTH}" stroke-width="{_LINE}"/>'
        f'<path class="range" d="M{left:.5g} {y:.5g}H{right:.5g}"/><circle class="point" {at} r="4"/>{ring}</g>'
    )


def _base(place: int) -> float:
    return GRID_TOP + GRID + 26 + (place + 1) * _ROW


def _piled(group: Group, base: float, scale: Scale) -> Iterator[tuple[float, float]]:
    """The quantile dots of a group, piled up where they are alike."""
    piled: dict[int, int] = {}
    for value in group.quantiles():
        pile = round(along(value, scale[0], scale[1]) / _PILE)
        piled[pile] = piled.get(pile, 0) + 1
        yield pile * _PILE, base - (piled[pile] - 0.5) * _PILE


def _dots(places: Iterator[tuple[float, float]]) -> str:
    return "".join(f"M{x:.4g} {y:.4g}h0" for x, y in places)


def _path(d: str, colour: str, width: float, kind: str) -> str:
    return f'<path class="{kind}" d="{d}" stroke="{colour}" stroke-width="{width:g}" stroke-linecap="round"/>'
