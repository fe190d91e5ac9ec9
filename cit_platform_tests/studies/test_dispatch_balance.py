"""Harder calls: cities without selection, with it, and with it off the record; few officers and odd cities."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from cit_platform.contracts import TABLES
from cit_platform.modelling.windows import Windows
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.topics.dispatch_balance import dispatch_balance as topic
from cit_platform.studies.dispatch_balance import dispatch_balance, headline_numbers
from cit_platform_tests.studies.city import WINDOW, WINDOWS, Truth, contacts_of
from cit_platform_tests.studies.selection import features_of, selected


def asked(contacts: pd.DataFrame, windows: Windows = WINDOWS) -> pd.DataFrame:
    return dispatch_balance(features_of(contacts), "seattle", windows)


@cache
def plain() -> tuple[pd.DataFrame, pd.DataFrame]:
    contacts = selected(1)
    return contacts, asked(contacts)


@cache
def under(calls: float, hidden: float) -> tuple[pd.DataFrame, ...]:
    """The tables of three cities."""
    return tuple(asked(selected(seed, calls=calls, hidden=hidden)) for seed in range(3))


def one(
    frame: pd.DataFrame, question: str, level: str = "", term: str | None = None, population: str = "all"
) -> pd.Series:
    chosen = frame[(frame["question"] == question) & (frame["level"] == level) & (frame["population"] == population)]
    [place] = (chosen if term is None else chosen[chosen["term"] == term]).index
    return frame.loc[place]


def mean_of(frames: tuple[pd.DataFrame, ...], question: str) -> float:
    return float(np.mean([one(frame, question)["risk_difference"] for frame in frames]))


def certified_apart(frame: pd.DataFrame) -> float:
    """Certified share of violent calls less that of suicide calls."""
    return float(one(frame, "published", "violent")["share"] - one(frame, "published", "suicide")["share"])


def test_shares_are_those_of_the_contacts_and_columns_those_of_the_contract() -> None:
    contacts, frame = plain()
    assert tuple(frame.columns) == TABLES["models/dispatch_balance"].column_names
    for level, group in contacts.groupby("call_risk"):
        row = one(frame, "published", level)
        assert (row["n_contacts"], row["n_events"]) == (len(group), group["cit_certified"].sum())
        assert row["share"] == pytest.approx(group["cit_certified"].mean())
        assert row["n_officers"] == group["officer_key"].nunique()
        assert one(frame, "sent", level)["share"] == pytest.approx(group["cit_dispatched"].mean())
    assert set(headline_numbers(frame)) == {"sent per 1,000", "wrote per 1,000", "overlap per 1,000"}


def test_without_selection_nothing_is_found() -> None:
    frames = under(1.0, 1.0)
    assert abs(mean_of(frames, "wrote")) < 0.001
    assert abs(mean_of(frames, "overlap")) < 0.008
    assert {one(frame, "wrote")["verdict"] for frame in frames} <= {"inside", "undecided"}
    assert max(abs(certified_apart(frame)) for frame in frames) < 0.08
    population = "without_crisis_response_squad"
    assert max(one(frame, "shuffled", term="call_class", population=population)["p_value"] for frame in frames) > 0.05


def test_selection_of_calls_shows_in_the_comparison_the_score_and_the_shuffles() -> None:
    for frame in under(3.0, 1.0):
        assert certified_apart(frame) > 0.15
        assert one(frame, "wrote")["verdict"] == "beyond"
        assert one(frame, "wrote")["risk_difference_conf_low"] > 0.002
        assert one(frame, "shuffled", term="call_class", population="without_crisis_response_squad")["p_value"] < 0.01
        assault = one(frame, "shuffled", "assault", population="without_crisis_response_squad")
        assert assault["share"] > assault["expected_conf_high"]
    assert abs(mean_of(under(3.0, 1.0), "overlap")) < 0.01, "what is recorded is adjusted for"


def test_selection_off_the_record_is_balanced_biased_and_said_on_the_page_to_be_beyond_balance() -> None:
    frames = under(1.0, 3.0)
    assert max(abs(certified_apart(frame)) for frame in frames) < 0.08
    assert abs(mean_of(frames, "wrote")) < 0.001
    assert {one(frame, "wrote")["verdict"] for frame in frames} <= {"inside", "undecided"}
    # Certification does nothing in this city.
    assert mean_of(frames, "overlap") > 0.01
    content = topic.content({"models/dispatch_balance": frames[0]}, FigureProvenance("5a" * 32, True))
    prose = " ".join(block.text for block in content.blocks if hasattr(block, "text"))
    assert "cannot exclude that certified officers write up calls that are harder in ways no field records" in prose


def test_time_that_moves_share_and_calls_together_is_no_selection_within_months() -> None:
    contacts = selected(4, n=12_000)
    late = np.array([day.year == 2019 for day in contacts["reported_date"]])
    draw = np.random.default_rng(5)
    calls = np.where(late, contacts["call_risk"] != "violent", contacts["call_risk"] == "violent")
    officers = np.where(late, contacts["cit_certified"] == 0, contacts["cit_certified"] == 1)
    dropped = [each & (draw.random(len(contacts)) < 0.85) for each in (calls, officers)]
    frame = asked(contacts[~(dropped[0] | dropped[1])])
    across = one(frame, "wrote", population="no_strata")
    assert across["risk_difference_conf_low"] > 0
    assert abs(one(frame, "wrote")["risk_difference"]) < across["risk_difference"] / 3


def test_overlap_weights_balance_and_groups_of_one_kind_are_left_out_and_counted() -> None:
    contacts, frame = plain()
    balance = frame[frame["question"] == "balance"]
    assert balance["weighted_difference"].abs().max() == 0.0
    assert balance["standardised_difference"].abs().max() > 0.02
    alone = contacts.assign(experience=np.where(contacts["cit_certified"] == 1, contacts["experience"], "0-4"))
    row = one(asked(alone), "overlap")
    assert row["n_left_out"] == (alone["experience"] != "0-4").sum()
    assert row["n_contacts"] + row["n_left_out"] == len(contacts)
    assert one(frame, "overlap")["n_effective"] < len(contacts)


def test_the_crisis_response_squad_has_a_line_of_its_own() -> None:
    contacts, frame = plain()
    absent = one(frame, "shuffled", term="call_risk", population="crisis_response_squad")
    assert absent["reason"] == "withheld"
    number = contacts["officer_key"].str[1:].astype(int)
    mine = number % 10 == 0
    violent = contacts["call_risk"].eq("violent") & (np.arange(len(contacts)) % 4 == 0)
    # A fourth of the violent calls go to the squad, by assignment.
    officer = np.where(violent, "K" + (number // 10 * 10).astype(str), contacts["officer_key"])
    squad = np.where(mine | violent, "CRISIS RESPONSE SQUAD", contacts["officer_squad"])
    found = asked(contacts.assign(officer_key=officer, officer_squad=squad))
    row = one(found, "shuffled", "violent", population="crisis_response_squad")
    assert row["share"] > row["expected_conf_high"]
    assert one(found, "wrote", population="without_crisis_response_squad")["n_contacts"] == (~(mine | violent)).sum()


def test_officers_count_once_in_what_they_are_like() -> None:
    contacts, frame = plain()
    by_officer = contacts.groupby("officer_key").agg({"cit_certified": "max", "experience_years": "mean"})
    arms = [by_officer["experience_years"][by_officer["cit_certified"] == arm] for arm in (0, 1)]
    spread = np.sqrt((arms[0].var() + arms[1].var()) / 2)
    row = one(frame, "officers", term="experience_years")
    assert row["standardised_difference"] == pytest.approx((arms[1].mean() - arms[0].mean()) / spread)
    assert row["n_officers"] == len(by_officer)


def test_that_requested_is_the_same_as_sent_is_noted_where_it_is() -> None:
    contacts, frame = plain()
    assert one(frame, "sent", term="")["note"] == ""
    same = asked(contacts.assign(cit_requested=contacts["cit_dispatched"]))
    assert "cit_dispatched is not told apart from cit_requested" in one(same, "sent", term="")["note"]


def test_without_usable_certification_nothing_is_compared() -> None:
    frame = asked(plain()[0].head(500), Windows(WINDOW, None))
    assert frame["question"].tolist() == ["overlap", "wrote"]
    assert set(frame["reason"]) == {"no_usable_exposure"}


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ("no events", "too_few_events"),
        ("two officers", "withheld"),
        ("nobody certified", "no_common_stratum"),
        ("one precinct", ""),
        ("one year", ""),
    ],
)
def test_small_and_odd_cities_have_a_table_and_a_reason(case: str, reason: str) -> None:
    contacts = contacts_of(1_500, Truth(officers=2 if case == "two officers" else 60, force_intercept=-2.0), seed=3)
    if case == "two officers":
        second = contacts["officer_key"].eq("K1").astype(np.int32)
        contacts = contacts[contacts["officer_key"].notna()].assign(cit_certified=second)
    if case == "no events":
        contacts = contacts.assign(force=np.int32(0))
    if case == "nobody certified":
        contacts = contacts.assign(cit_certified=np.int32(0))
    if case == "one precinct":
        contacts = contacts.assign(precinct="North")
    if case == "one year":
        contacts = contacts[contacts["year"] == 2018]
    row = one(asked(contacts), "wrote")
    assert row["reason"] == reason
    assert np.isnan(row["risk_difference"]) == bool(reason)
