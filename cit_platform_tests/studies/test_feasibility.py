"""What the records can answer: histories made by hand, limits kept and broken, and nothing said of few officers."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from cit_platform.contracts import TABLES
from cit_platform.modelling.features import feature_frames
from cit_platform.modelling.windows import Windows
from cit_platform.studies.feasibility import SWITCHES_OFF, feasibility, refused_cohorts, switched_off
from cit_platform_tests.studies.city import WINDOW, WINDOWS, Truth, contacts_of, records_of


def asked(contacts: pd.DataFrame, windows: Windows = WINDOWS, **more: pd.DataFrame) -> pd.DataFrame:
    records = contacts.assign(record_id=contacts["contact_id"])
    others = {f"raw.{name}": frame for name, frame in more.items()}
    return feasibility(feature_frames(records, contacts, others=others), "seattle", windows)


def one(frame: pd.DataFrame, question: str, level: str = "") -> pd.Series:
    [place] = frame[(frame["question"] == question) & (frame["level"] == level)].index
    return frame.loc[place]


def histories(switches: list[pd.Timestamp], back: int = 0, never: int = 60) -> pd.DataFrame:
    """A contact a month of every officer from 2017 to 2020, certified from a month on; `back` lose it a year later."""
    months = pd.date_range("2017-01-01", "2020-12-01", freq="MS")
    parts = []
    for number, switched in enumerate([*switches, *[pd.Timestamp("2030-01-01")] * never]):
        certified = months >= switched
        if number < back:
            certified &= months < switched + pd.DateOffset(years=1)
        parts.append(pd.DataFrame({"officer": number, "day": months, "cit_certified": certified.astype(np.int32)}))
    rows = pd.concat(parts, ignore_index=True)
    contacts = contacts_of(len(rows), Truth(), seed=9)
    days = rows["day"].dt
    return contacts.assign(
        officer_key=[f"K{number}" for number in rows["officer"]],
        cit_certified=rows["cit_certified"].to_numpy(),
        reported_date=days.date,
        month=days.date,
        year=days.year.astype(np.int32),
    )


def spread(n: int) -> list[pd.Timestamp]:
    """Officers who become certified evenly over two years."""
    months = pd.date_range("2018-01-01", "2019-12-01", freq="MS")
    return [months[number % len(months)] for number in range(n)]


def test_the_columns_are_those_of_the_contract_and_officers_who_change_are_counted() -> None:
    frame = asked(histories(spread(120)))
    assert tuple(frame.columns) == TABLES["models/feasibility"].column_names
    switchers = one(frame, "switchers")
    assert (switchers["value"], switchers["n"], switchers["passes"]) == (120, 120, True)
    cohorts = frame[frame["question"] == "cohorts"]
    assert cohorts["value"].sum() == 120
    assert cohorts["value"].min() >= 10
    assert refused_cohorts(frame) == ()


def test_a_month_with_too_many_is_refused_by_name_and_stands_alone() -> None:
    frame = asked(histories([*spread(96), *[pd.Timestamp("2018-01-01")] * 40]))
    assert refused_cohorts(frame) == ("2018-01",)
    assert one(frame, "cohorts", "2018-01")["value"] == 44
    assert switched_off(frame, "certification_change") == ("switchers_with_force",)


def test_reversals_switch_the_change_off() -> None:
    kept, broken = asked(histories(spread(120), back=6)), asked(histories(spread(120), back=24))
    assert one(kept, "reversals")["reason"] == "withheld", "of six officers"
    assert one(kept, "reversals")["passes"]
    assert "reversals" not in switched_off(kept, "certification_change")
    assert one(broken, "reversals")["value"] == pytest.approx(0.2)
    assert "reversals" in switched_off(broken, "certification_change")
    assert switched_off(broken, "force") == ()


def test_a_cell_of_few_officers_is_not_shown() -> None:
    frame = asked(histories(spread(4)))
    for question in ("switchers", "switchers_with_force", "reversals", "templates_ratio"):
        row = one(frame, question)
        assert np.isnan(row["value"]), question
        assert row["reason"] == "withheld", question
    assert switched_off(frame, "certification_change") == ("switchers", "switchers_with_force")
    assert frame[frame["question"] == "cohorts"]["value"].isna().all()


def test_a_number_under_ten_is_not_what_is_left_of_the_sum() -> None:
    first, last = pd.Timestamp("2018-01-01"), pd.Timestamp("2019-06-01")
    cohorts = asked(histories([*[first] * 30, *[last] * 40, *[pd.Timestamp("2018-03-01")] * 4]))
    cohorts = cohorts[cohorts["question"] == "cohorts"].set_index("level")
    assert cohorts["value"].isna().tolist() == [True, True, False]
    assert cohorts.loc["2019-06", "value"] == 40


def test_templates_per_month_after_over_before_are_those_written() -> None:
    contacts = histories(spread(120))
    even = one(asked(contacts), "templates_ratio")
    assert even["value"] == pytest.approx(1.0)
    assert even["passes"]
    doubled = contacts[contacts["cit_certified"] == 1]
    more = pd.concat([contacts, doubled.assign(contact_id="D" + doubled["contact_id"])], ignore_index=True)
    twice = one(asked(more), "templates_ratio")
    assert twice["value"] == pytest.approx(2.0)
    assert not twice["passes"]
    assert twice["switches_off"] == "certification_change_per_contact"


def test_past_certification_that_changed_is_counted_once_two_snapshots_were_compared() -> None:
    contacts = histories(spread(120))
    assert one(asked(contacts), "revised_certification")["reason"] == "nothing_to_compare"
    changed = contacts["contact_id"].iloc[:600].tolist()
    revisions = pd.DataFrame(
        {"template_id": [*changed, "other"], "change": "changed", "field": ["cit_certified_indicator"] * 600 + ["beat"]}
    )
    comparisons = pd.DataFrame({"sequence": [1, 2], "from_snapshot": [None, "aa"]})
    row = one(asked(contacts, revisions=revisions, comparisons=comparisons), "revised_certification")
    assert row["value"] == pytest.approx(600 / len(contacts))
    assert not row["passes"]
    assert "certification_change" in row["switches_off"]


def test_records_of_a_contact_and_reporters_of_an_incident_are_counted() -> None:
    contacts = contacts_of(3_000, Truth(), seed=3)
    records = records_of(contacts, seed=4)
    frame = feasibility(feature_frames(records, contacts), "seattle", WINDOWS)
    several = records.groupby("contact_id").size() > 1
    shares = frame[frame["question"] == "several_dispositions"]
    assert (shares["value"] * shares["n"]).sum() == pytest.approx(several.sum())
    assert one(frame, "constant_force")["value"] == 1.0
    incidents = contacts.groupby("incident_id")["officer_key"].nunique()
    assert one(frame, "several_reporters")["value"] == pytest.approx((incidents > 1).mean())
    contradicted = records.assign(
        force=np.where(records.duplicated("contact_id"), 1 - records["force"], records["force"])
    )
    spoiled = feasibility(feature_frames(contradicted, contacts), "seattle", WINDOWS)
    assert one(spoiled, "constant_force")["value"] == 0.0


def test_one_reporter_per_incident_switches_two_way_clustering_off() -> None:
    contacts = contacts_of(3_000, Truth(), seed=3)
    first = contacts.groupby("incident_id")["officer_key"].transform("first")
    frame = asked(contacts.assign(officer_key=first))
    assert switched_off(frame, "two_way") == switched_off(frame, "within_scene") == ("several_reporters",)


def test_without_usable_certification_whatever_asks_it_is_off() -> None:
    contacts = contacts_of(2_000, Truth(), seed=3)
    frame = asked(contacts, Windows(WINDOW, None))
    for study in SWITCHES_OFF["usable_quarters"]:
        assert switched_off(frame, study) == ("usable_quarters",)
    assert not set(frame["question"]) & {"switchers", "cohorts", "reversals"}


@pytest.mark.parametrize("case", ["two officers", "one precinct", "one year", "no events"])
def test_small_and_odd_cities_have_a_table(case: str) -> None:
    contacts = contacts_of(800, Truth(officers=2 if case == "two officers" else 40), seed=3)
    if case == "one precinct":
        contacts = contacts.assign(precinct="North")
    if case == "one year":
        contacts = contacts[contacts["year"] == 2018]
    if case == "no events":
        contacts = contacts.assign(force=np.int32(0))
    frame = asked(contacts, Windows(WINDOW, (date(2016, 1, 1), WINDOW[1])))
    assert frame["question"].nunique() >= 8
    assert switched_off(frame, "certification_change")
