"""The headline over the editions as a picture in SVG, which stands without scripts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from cit_platform.publishing.parts import wording

_WIDTH, _HEIGHT = 720, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 54, 16, 16, 40
_MOST_TICKS = 6
_STEPS = (0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500)


@dataclass(frozen=True)
class HistoryPoint:
    """The headline of one edition: the risk difference per 1,000 contacts with its 95 % limits."""

    day: str
    estimate: float
    low: float
    high: float
    is_monthly: bool


def history_chart(points: Sequence[HistoryPoint]) -> str:
    """The headline of every edition with its interval, by date; empty where no edition has one.

    Monthly editions are filled marks, others are hollow. Colours are those of the text around it.
    """
    if not points:
        return ""
    low, high = min(0.0, *(p.low for p in points)), max(0.0, *(p.high for p in points))
    room = (high - low or 1.0) * 0.06
    lines = [*_grid(low - room, high + room), *_dates(points), *_marks(points, low - room, high + room)]
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-labelledby="history-alternative" width="100%" '
        f'font-size="12" fill="currentColor" stroke="none">{"".join(lines)}</svg>'
    )


def history_alternative(points: Sequence[HistoryPoint]) -> str:
    """What the picture shows, in words."""
    if not points:
        return "No edition has an estimate of the difference."
    first, last = points[0], points[-1]
    least, most = min(points, key=lambda p: p.estimate), max(points, key=lambda p: p.estimate)
    if len(points) == 1:
        return f"One edition, of {last.day}: {_printed(last)} contacts with force in 1,000."
    return (
        f"{len(points)} editions from {first.day} to {last.day}: the difference in contacts with force per 1,000 was "
        f"{_printed(first)} in the first and is {_printed(last)} in the last; the lowest was "
        f"{wording.signed_per_thousand(least.estimate / 1000)}, the highest "
        f"{wording.signed_per_thousand(most.estimate / 1000)}."
    )


def _printed(point: HistoryPoint) -> str:
    value, low, high = (wording.signed_per_thousand(x / 1000) for x in (point.estimate, point.low, point.high))
    return f"{value} ({wording.interval(low, high)})"


def _y(value: float, low: float, high: float) -> float:
    return _TOP + (high - value) / (high - low) * (_HEIGHT - _TOP - _BOTTOM)


def _xs(points: Sequence[HistoryPoint]) -> list[float]:
    """Places by date; by order where all are of one day."""
    days = [date.fromisoformat(point.day).toordinal() for point in points]
    if days[0] == days[-1]:
        days = list(range(len(points)))
    span = days[-1] - days[0]
    wide = _WIDTH - _LEFT - _RIGHT - 24
    return [_LEFT + 12 + (wide * (day - days[0]) / span if span else wide / 2) for day in days]


def _grid(low: float, high: float) -> Iterator[str]:
    step = next((step for step in _STEPS if (high - low) / step <= _MOST_TICKS), _STEPS[-1])
    tick = step * -(-low // step)
    while tick <= high:
        y = _y(tick, low, high)
        strong = abs(tick) < step / 1e6
        width, opacity = (1.5, 0.8) if strong else (1, 0.18)
        yield (
            f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="currentColor" '
            f'stroke-width="{width}" stroke-opacity="{opacity}"/>'
            f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{"0" if strong else _signed(tick)}</text>'
        )
        tick += step


def _signed(number: float) -> str:
    return f"{number:+g}".replace("-", "\N{MINUS SIGN}")


def _dates(points: Sequence[HistoryPoint]) -> Iterator[str]:
    xs = _xs(points)
    ends = {0, len(points) - 1}
    for place in sorted(ends):
        anchor = "middle" if len(ends) == 1 else ("start" if place == 0 else "end")
        yield f'<text x="{xs[place]:.1f}" y="{_HEIGHT - 14}" text-anchor="{anchor}">{points[place].day}</text>'


def _marks(points: Sequence[HistoryPoint], low: float, high: float) -> Iterator[str]:
    for x, point in zip(_xs(points), points, strict=True):
        bottom, top, y = (_y(value, low, high) for value in (point.low, point.high, point.estimate))
        inside = "currentColor" if point.is_monthly else "var(--raised, #ffffff)"
        yield (
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top:.1f}" y2="{bottom:.1f}" stroke="currentColor" '
            f'stroke-width="2" stroke-opacity="0.45"/><circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{inside}" '
            f'stroke="currentColor" stroke-width="1.5"/>'
        )
