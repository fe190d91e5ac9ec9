"""What `make year` writes of its nights: the figures of the nights, not others."""

from datetime import date

import pandas as pd
import pytest

from benchmarks.soak.growth import SERIES, chart, quarters, table, words
from benchmarks.soak.year import Measured


@pytest.fixture
def nights() -> pd.DataFrame:
    """A year in which the instance is bounded after thirty nights and the lake grows for ever."""
    numbers = range(1, 366)
    frame = pd.DataFrame({name: 1.0 for name in Measured.__dataclass_fields__}, index=range(365))
    return frame.assign(
        night=numbers,
        did=["held" if n == 7 else "refreshed" for n in numbers],
        lake_bytes=[n * 2**20 for n in numbers],
        instance_bytes=[min(n, 30) * 2**20 for n in numbers],
    )


def test_what_grows_and_what_is_bounded_are_kept_apart(nights: pd.DataFrame) -> None:
    said = words(nights, 5_000, date(2026, 11, 28))
    assert said.startswith("365 nights (364 refreshed, 1 held) of a city of 5,000 records")
    assert "instance, MiB +0%" in said
    assert "lake, MiB +40%" in said
    third, last = quarters(nights)
    assert (third["night"].iloc[0], last["night"].iloc[0], last["night"].iloc[-1]) == (184, 275, 365)


def test_table_and_chart_hold_every_series_and_no_night_that_was_not(nights: pd.DataFrame) -> None:
    lines = table(nights.head(100)).splitlines()
    assert lines[0] == "| after night | 1 | 30 | 60 | 90 | 100 |"
    assert len(lines) == 2 + len(SERIES)
    assert "| lake, MiB | 1.0 | 30.0 | 60.0 | 90.0 | 100.0 |" in lines
    drawn = chart(nights)
    assert drawn.count("<path d=") == 3 * 5
    assert "What grows over 365 nights" in drawn
