"""A source that is not what it was: refused by a code, and let through when an operator names that code."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cit_platform.sources.change import NOT_KNOWN, PAGE_SIZES, Size, let_through, size_changes, warn_of_a_page
from cit_platform.sources.refused import SourceChangedError

NONE: frozenset[str] = frozenset()
LAST = Size(1_000, 800)


@pytest.mark.parametrize(
    ("now", "says"),
    [
        (Size(799, 800), "799 rows, 20% fewer than the 1,000 of the last snapshot; more than 20% is refused"),
        (Size(5_001, 800), "5,001 rows, 5.0 times the 1,000"),
        (Size(1_000, 639), "639 crisis templates, 20% fewer than the 800"),
        (Size(0, None), "0 rows, 100% fewer"),
    ],
)
def test_a_fall_or_a_growth_beyond_bounds_is_refused(now: Size, says: str) -> None:
    with pytest.raises(SourceChangedError, match=says) as refused:
        let_through(size_changes(now, LAST, "Records.csv", "Look."), NONE)
    assert refused.value.code == "rows"
    assert "`cit refresh --accept rows`" in str(refused.value)
    assert str(refused.value).startswith("Records.csv has ")


def test_a_refused_change_is_let_through_by_its_code_alone(caplog: pytest.LogCaptureFixture) -> None:
    refusals = size_changes(Size(100, 80), LAST, "Records.csv", "Look.")
    assert len(refusals) == 2
    with pytest.raises(SourceChangedError):
        let_through(refusals, frozenset({"columns", "types"}))
    assert let_through(refusals, frozenset({"rows"})) == ("rows",)
    assert "100 rows, 90% fewer" in caplog.text


@given(st.integers(0, 10**7), st.integers(0, 10**7), st.integers(1, 10**6), st.integers(1, 10**6))
def test_only_what_is_within_the_bounds_passes(rows: int, templates: int, last_rows: int, last_templates: int) -> None:
    refused = size_changes(Size(rows, templates), Size(last_rows, last_templates), "It", "Look.")
    within = last_rows * 0.8 <= rows <= last_rows * 5 and templates >= last_templates * 0.8
    assert bool(refused) != within


@pytest.mark.parametrize("now", [Size(), Size(1, 1), Size(10**9, 10**9)])
def test_nothing_is_refused_of_the_first_snapshot(now: Size) -> None:
    assert size_changes(now, NOT_KNOWN, "It", "Look.") == ()
    assert let_through((), NONE) == ()


@pytest.mark.parametrize("n_rows", [*PAGE_SIZES, 999, 1_001])
def test_a_dataset_of_the_size_of_a_page_is_warned_of(n_rows: int, caplog: pytest.LogCaptureFixture) -> None:
    warn_of_a_page(n_rows, "records.csv")
    assert (f"exactly {n_rows:,} rows" in caplog.text) == (n_rows in PAGE_SIZES)
