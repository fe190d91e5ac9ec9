"""The live source streams: ten times the rows take little more memory."""

import pytest

from benchmarks.portal import city_served, measured

pytestmark = pytest.mark.pipeline


def test_ten_times_the_rows_take_little_more_memory() -> None:
    """The rows as Python objects would nearly double it; the full size is `make bench-portal`."""
    peaks = {}
    for rows in (6_000, 60_000):
        with city_served(rows) as url:
            found = measured("SODA 2.1 to the archive", url)
        assert found.rows >= rows
        peaks[rows] = found.peak_mib
    assert peaks[60_000] < 1.7 * peaks[6_000], peaks
