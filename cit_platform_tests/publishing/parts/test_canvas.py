"""The sheet of every chart: ticks that have room."""

import pytest

from cit_platform.publishing.parts.canvas import log_axis


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.61, 1.25, ["0.6", "0.7", "0.8", "0.9", "1", "1.1", "1.2"]),
        (0.5, 2.0, ["0.5", "0.7", "1", "1.4", "2"]),
        (0.03, 1.25, ["0.05", "0.1", "0.2", "0.5", "1"]),
        (0.8, 30.0, ["1", "2", "5", "10", "20"]),
        (1e-9, 1e9, ["0.02", "0.05", "0.1", "0.2", "0.5", "1", "2", "5", "10", "20", "50"]),
    ],
)
def test_ticks_cover_the_axis_and_have_room(low: float, high: float, ticks: list[str]) -> None:
    assert log_axis("ratio", low, high)["ticktext"] == ticks
