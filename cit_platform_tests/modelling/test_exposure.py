"""Whether certification is usable, quarter by quarter, on cities whose defect is known, and the window that follows."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from cit_platform.modelling.exposure import exposure_of
from cit_platform.modelling.windows import Windows, first_day, windows_of

ALL = (date(2015, 5, 15), date(2020, 12, 31))
QUARTERS = [f"{2015 + n // 4}-Q{n % 4 + 1}" for n in range(1, 24)]
Spoil = Callable[[str], float | None]


def counts(contacts: int, officers: int, spoil: Spoil = lambda quarter: None, seed: int = 1) -> pd.DataFrame:
    """Contacts of officers drawn at random, four in ten of them certified, one more per cent each quarter.

    `spoil` gives the share of the officers whose certification is printed, other than the city's own; None for that.
    """
    draw = np.random.default_rng(seed)
    inclination = draw.random(officers)
    quarter = draw.integers(0, len(QUARTERS), contacts)
    officer = draw.integers(0, officers, contacts)
    own = [0.4 + 0.01 * n for n in range(len(QUARTERS))]
    share = np.array([of if (given := spoil(name)) is None else given for name, of in zip(QUARTERS, own, strict=True)])
    frame = pd.DataFrame(
        {"quarter": np.array(QUARTERS)[quarter], "officer": officer, "certified": inclination[officer] < share[quarter]}
    )
    grouped = frame.groupby(["quarter", "officer"])["certified"].agg(["size", "sum"]).reset_index()
    table = grouped.rename(columns={"size": "contacts", "sum": "certified"})
    unchanged = {"quarter_before": table["quarter"], "to_certified": 0, "to_uncertified": 0, "revised": 0}
    return table.assign(officer=table["officer"].astype(str), **unchanged)


def judged(frame: pd.DataFrame) -> tuple[dict[str, str], Windows]:
    """The reasons of implausible quarters, and the windows."""
    table = exposure_of(frame)
    reasons = dict(zip(table["quarter"], table["reason"], strict=True))
    assert [verdict == "implausible" for verdict in table["verdict"]] == [bool(reason) for reason in reasons.values()]
    return {quarter: reason for quarter, reason in reasons.items() if reason}, windows_of(table, ALL)


BIG, SMALL = (40_000, 900), (760, 300)
# The smaller has 33 contacts a quarter, as a city of 1,500 records over eleven years.
SIZES = pytest.mark.parametrize("size", [BIG, SMALL], ids=["large", "small"])


def until(last: str, share: float) -> Spoil:
    return lambda quarter: share if quarter <= last else None


@SIZES
@pytest.mark.parametrize("seed", range(5))
def test_a_healthy_city_is_usable_from_its_first_day(size: tuple[int, int], seed: int) -> None:
    assert judged(counts(*size, seed=seed)) == ({}, Windows(ALL, ALL))


@SIZES
@pytest.mark.parametrize("seed", range(5))
def test_a_year_printed_n_for_everyone_is_left_before_the_window(size: tuple[int, int], seed: int) -> None:
    reasons, windows = judged(counts(*size, spoil=until("2015-Q4", 0.0), seed=seed))
    assert reasons == dict.fromkeys(("2015-Q2", "2015-Q3", "2015-Q4"), "few_certified")
    assert windows == Windows(ALL, (date(2016, 1, 1), ALL[1]))


def test_a_change_counts_between_quarters_of_the_same_verdict() -> None:
    """Of a year printed N for everyone, each certified officer seems to certify when it is over: a false cohort."""
    frame = counts(*BIG, spoil=until("2015-Q4", 0.0))
    before = frame.groupby("officer")["quarter"].shift().fillna(frame["quarter"])
    certified = (frame["certified"] > 0).astype(int)
    was = certified.groupby(frame["officer"]).shift().fillna(certified)
    followed = frame.assign(quarter_before=before, to_certified=((was == 0) & (certified == 1)).astype(int))
    seeming = followed.groupby("quarter")["to_certified"].sum()
    found = exposure_of(followed).set_index("quarter")["to_certified"]
    assert seeming["2016-Q1"] > 100
    assert found["2016-Q1"] == 0
    assert (found <= seeming).all()
    assert found["2019-Q1"] == seeming["2019-Q1"] > 0


@SIZES
def test_without_a_usable_end_there_is_no_window(size: tuple[int, int]) -> None:
    reasons, windows = judged(counts(*size, spoil=lambda quarter: 0.0 if quarter >= "2019-Q3" else None))
    assert set(reasons) == {quarter for quarter in QUARTERS if quarter >= "2019-Q3"}
    assert windows == Windows(ALL, None)


@pytest.mark.parametrize(
    ("share", "reason"), [(0.0, "few_certified"), (0.04, "few_certified"), (1.0, "few_uncertified")]
)
def test_one_bad_quarter_in_the_middle_moves_the_start_behind_it(share: float, reason: str) -> None:
    reasons, windows = judged(counts(*BIG, spoil=lambda quarter: share if quarter == "2017-Q2" else None))
    assert reasons == {"2017-Q2": reason}, "those before it are usable, if of no use"
    assert windows.usable == (date(2017, 7, 1), ALL[1])


def test_a_jump_makes_all_before_it_incomparable() -> None:
    reasons, windows = judged(counts(*BIG, spoil=until("2016-Q4", 0.2)))
    assert reasons == dict.fromkeys([quarter for quarter in QUARTERS if quarter <= "2016-Q4"], "jump")
    assert windows.usable == (date(2017, 1, 1), ALL[1])


def test_a_rise_by_less_than_the_largest_jump_is_none() -> None:
    reasons, _ = judged(counts(*BIG, spoil=until("2016-Q4", 0.31)))
    assert reasons == {}


@pytest.mark.parametrize("seed", range(20))
def test_a_jump_that_chance_may_give_is_none(seed: int) -> None:
    """A step from 30 to 49 % in a city with some 30 officers a quarter."""
    reasons, _ = judged(counts(800, 300, spoil=until("2017-Q2", 0.31), seed=seed))
    assert reasons == {}


def quarter(name: str, officers: Sequence[tuple[int, int]]) -> list[dict[str, object]]:
    """A quarter of officers of their own, each with contacts and those certified."""
    rows = [{"officer": f"{name} {n}", "contacts": of, "certified": sure} for n, (of, sure) in enumerate(officers)]
    return [
        {"quarter": name, "quarter_before": name, "to_certified": 0, "to_uncertified": 0, "revised": 0, **row}
        for row in rows
    ]


NONE, SURE = (1, 0), (1, 1)


def test_too_few_officers_have_the_verdict_of_the_quarter_before() -> None:
    frame = pd.DataFrame(
        [
            *quarter("2015-Q2", [NONE] * 29),
            *quarter("2015-Q3", [SURE] * 9),
            *quarter("2015-Q4", [SURE, NONE]),
            *quarter("2016-Q1", [NONE] * 9),
        ]
    )
    assert judged(frame)[0] == {"2015-Q2": "few_certified", "2015-Q3": "quarter_before"}


def test_the_first_quarter_of_few_officers_is_usable() -> None:
    assert judged(pd.DataFrame(quarter("2015-Q2", [NONE] * 9)))[0] == {}


@given(n=st.integers(1, 150), certified=st.integers(0, 150))
@settings(max_examples=60, deadline=None)
def test_the_bounds_are_those_of_the_binomial_distribution(n: int, certified: int) -> None:
    k = min(n, certified)
    reasons, _ = judged(pd.DataFrame(quarter("2016-Q1", [SURE] * k + [NONE] * (n - k))))
    tails = {"few_certified": binom.cdf(k, n, 0.15), "few_uncertified": binom.sf(k - 1, n, 0.95)}
    assert list(reasons.values()) == [reason for reason, tail in tails.items() if tail < 0.01]


def test_quarters_of_one_kind_are_judged_together_by_their_distinct_officers() -> None:
    same = [row | {"officer": str(n)} for name in QUARTERS[:3] for n, row in enumerate(quarter(name, [NONE] * 10))]
    others = [row for name in QUARTERS[:3] for row in quarter(name, [NONE] * 10)]
    assert judged(pd.DataFrame(same))[0] == {}, "ten officers are ten, however often"
    assert judged(pd.DataFrame(others))[0] == dict.fromkeys(QUARTERS[:3], "few_certified")


def test_the_interval_allows_for_officers() -> None:
    alike = exposure_of(pd.DataFrame(quarter("2016-Q1", [(20, 20), (20, 0)] * 10)))
    mixed = exposure_of(pd.DataFrame(quarter("2016-Q1", [(20, 11), (20, 9)] * 10)))
    assert alike["certified_share"].tolist() == mixed["certified_share"].tolist() == [0.5]
    assert alike["certified_share_conf_low"].iloc[0] < 0.35 < 0.45 < mixed["certified_share_conf_low"].iloc[0]


@pytest.mark.parametrize("name", QUARTERS)
def test_a_quarter_begins_the_day_after_the_one_before(name: str) -> None:
    day = first_day(name)
    assert (day.day, day.month % 3) == (1, 1)
    assert f"{day.year}-Q{((day - timedelta(days=1)).month - 1) // 3 + 1}" != name
