"""The parts of a headline's change, from the headlines at each step between two editions."""

from typing import Any

from cit_platform.automation.recomputation import _rows


def headline(estimate: float | None) -> dict[str, dict[str, Any]]:
    numbers = {"estimate": estimate, "unit": "odds ratio"}
    return {"force": {"what": "Force", "estimate": str(estimate), "interval": "", "numbers": numbers}}


def test_each_step_of_a_change_has_its_cause() -> None:
    chain = [headline(value) for value in (0.90, 0.92, 0.95, 0.85, 0.84)]
    [(what, before, after, change)] = _rows(tuple(chain))
    assert (what, before, after) == ("Force", "0.9", "0.84")
    parts = "+0.01 code, codebook, settings or versions, +0.03 revised records, -0.1 new records"
    assert change == f"-0.06: {parts}"


def test_a_headline_that_a_step_lacks_is_listed_and_not_split() -> None:
    for gap in (headline(None), {}):
        chain = (headline(0.90), headline(0.92), gap, headline(0.85), headline(0.84))
        assert list(_rows(chain)) == [("Force", "0.9", "0.84", "not split: at some step of it there is no number")]
    [(*_, after, change)] = _rows((*(headline(0.9) for _ in range(4)), {}))
    assert (after, change) == ("not there", "not split: at some step of it there is no number")
