"""What a year of nights showed: `results/year.csv`, and its table and chart in docs/operations.md."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median

import pandas as pd

from benchmarks.soak.year import RESULTS as NIGHTS
from benchmarks.soak.year import RETENTION
from cit_platform.settings import REPOSITORY

RESULTS = Path(__file__).parents[1] / "results" / "year.csv"
PAGE, CHART = REPOSITORY / "docs" / "operations.md", REPOSITORY / "docs" / "pictures" / "year.svg"
BEGIN, END = "<!-- year: begin -->\n", "<!-- year: end -->\n"
MIB = 2**20
WIDTH, HEIGHT, LEFT, BETWEEN = 720, 110, 60, 38


@dataclass(frozen=True)
class Series:
    """What is shown of the nights: its words, its column, and how much of it one unit is."""

    words: str
    column: str
    unit: float = 1.0
    digits: int = 0

    def of(self, nights: pd.DataFrame) -> pd.Series:
        return nights[self.column] / self.unit


SERIES = (
    Series("seconds of processor per night", "processor_seconds", digits=1),
    Series("records", "rows"),
    Series("lake, MiB", "lake_bytes", MIB, 1),
    Series("files in the logs of the tables", "log_entries"),
    Series("archive, MiB", "archive_bytes", MIB, 1),
    Series("editions kept", "editions"),
    Series("editions, MiB", "editions_bytes", MIB),
    Series("runs kept", "runs"),
    Series("instance, MiB", "instance_bytes", MIB),
    Series("rows of the event logs", "event_rows"),
    Series("rows of the check results", "check_rows"),
)
CHARTED = ("processor_seconds", "lake_bytes", "archive_bytes", "editions_bytes", "instance_bytes")


def write_growth(folder: Path, rows: int) -> int:
    """Keep the figures of the nights and write what they show into the page; 0, or 1 where a night went wrong."""
    shutil.copy(folder / NIGHTS, RESULTS)
    nights = pd.read_csv(RESULTS)
    CHART.write_text(chart(nights), encoding="utf-8")
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    text = f"{before}{BEGIN}\n{words(nights, rows, date.today())}\n{table(nights)}\n{END}{rest.split(END)[1]}"
    PAGE.write_text(text, encoding="utf-8")
    print(words(nights, rows, date.today()), table(nights), sep="\n")
    return int(not nights["did"].isin(["refreshed", "held", "skipped"]).all())


def words(nights: pd.DataFrame, rows: int, day: date) -> str:
    """What was done, and how the last quarter of the nights compares with the quarter before it."""
    did = ", ".join(f"{n} {name}" for name, n in nights["did"].value_counts().items())
    days = {name.split("_")[2].lower(): value for name, value in RETENTION.items()}
    kept = ", ".join(f"{name}s {value}" for name, value in days.items())
    third, last = quarters(nights)
    grown = [
        f"{series.words} {median(series.of(last)) / median(series.of(third)) - 1:+.0%}"
        for series in SERIES
        if median(series.of(third)) > 0
    ]
    return (
        f"{len(nights)} nights ({did}) of a city of {rows:,} records and 25 more each night, as of {day}. "
        f"Days of retention: {kept}. From the third quarter of the nights to the last one the "
        f"medians changed so: {'; '.join(grown)}.\n"
    )


def quarters(nights: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    quarter = max(1, len(nights) // 4)
    return nights.iloc[-2 * quarter : -quarter or None], nights.iloc[-quarter:]


def table(nights: pd.DataFrame) -> str:
    """The figures after some nights; seconds are the median of the ten nights up to it."""
    n = len(nights)
    shown = sorted({each for each in (1, 30, 60, 90, 180, 270) if each < n} | {n})
    lines = ["| after night | " + " | ".join(map(str, shown)) + " |", "|---|" + "---:|" * len(shown)]
    for series in SERIES:
        values = series.of(nights)
        if series.column == "processor_seconds":
            values = values.rolling(10, min_periods=1).median()
        lines.append(f"| {series.words} | " + " | ".join(f"{values[k - 1]:,.{series.digits}f}" for k in shown) + " |")
    return "\n".join(lines) + "\n"


def chart(nights: pd.DataFrame) -> str:
    """A line for each series over the nights, in SVG, each from zero on a scale of its own."""
    charted = [series for series in SERIES if series.column in CHARTED]
    height = len(charted) * (HEIGHT + BETWEEN)
    drawn = [part for place, series in enumerate(charted) for part in _panel(series, nights, place)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        'font-family="sans-serif" font-size="13">'
        f'<title>What grows over {len(nights)} nights</title><rect width="100%" height="100%" fill="#fff"/>'
        f"{''.join(drawn)}</svg>\n"
    )


def _panel(series: Series, nights: pd.DataFrame, place: int) -> Iterator[str]:
    top = place * (HEIGHT + BETWEEN) + BETWEEN - 12
    values = series.of(nights).tolist()
    highest = max(values) or 1
    yield f'<text x="{LEFT}" y="{top - 8}">{series.words}</text>'
    for value, y in ((highest, top), (0, top + HEIGHT)):
        yield f'<text x="{LEFT - 6}" y="{y + 4}" text-anchor="end" fill="#555">{value:,.0f}</text>'
        yield f'<path d="M{LEFT} {y}H{WIDTH - 10}" stroke="#ccc"/>'
    yield f'<path d="{_line(values, highest, top)}" fill="none" stroke="#1b5e8c" stroke-width="1.5"/>'


def _line(values: Sequence[float], highest: float, top: float) -> str:
    step = (WIDTH - 10 - LEFT) / max(1, len(values) - 1)
    points = (f"{LEFT + n * step:.1f} {top + HEIGHT * (1 - v / highest):.1f}" for n, v in enumerate(values))
    return "M" + "L".join(points)
