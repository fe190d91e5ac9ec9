"""Each distortion that the city can have does what its name promises, and the default has those of the real prints."""

import dataclasses
import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cit_platform.sources.demo.blocks import Block
from cit_platform.sources.demo.calibration import CALL_RISKS, DISPOSITION_GROUPS, calibration, rates
from cit_platform.sources.demo.city import CityParameters
from cit_platform.sources.demo.contacts import Contacts, draw_contacts
from cit_platform.sources.demo.history import draw_history
from cit_platform.sources.demo.incidents import MISSING, OCCURED_MISSING, WATCHES, watch_of
from cit_platform.sources.demo.large_city import CALENDAR, large_city, modelling_rows
from cit_platform.sources.demo.officers import DAYS_PER_YEAR, Roster, draw_roster
from cit_platform.sources.demo.records import all_groups, draw_records
from cit_platform.sources.demo.spelling import spell
from cit_platform_tests.sources.demo.cities import clean_city

BLOCK = Block(date(2020, 1, 1), date(2020, 12, 31))
NO_ACTION = DISPOSITION_GROUPS.index("no_action")


def draw(n: int, seed: int = 3, block: Block = BLOCK, **changes: object) -> tuple[Contacts, Roster]:
    city = clean_city(**changes)
    roster = draw_roster(city, seed, block.end.year)
    return draw_contacts(city, seed, block, roster, n), roster


def odds(hit: np.ndarray) -> float:
    return float(hit.mean() / (1 - hit.mean()))


def odds_ratio(hit: np.ndarray, group: np.ndarray) -> float:
    return odds(hit[group]) / odds(hit[~group])


def years_of_service(contacts: Contacts, roster: Roster) -> np.ndarray:
    return (contacts.reported_day - roster.hired[contacts.officer]) / DAYS_PER_YEAR


def event_watch(contacts: Contacts) -> np.ndarray:
    return watch_of(contacts.occured)


def test_force_is_more_frequent_at_night_where_that_is_switched_on() -> None:
    for switch, expected in ((False, 1.0), (True, 1.4)):
        contacts, _ = draw(200_000, force_by_watch=switch)
        night = event_watch(contacts) == WATCHES.index("night")
        assert odds_ratio(contacts.force, night) == pytest.approx(expected, rel=0.12)
        assert odds_ratio(contacts.disposition_group == NO_ACTION, night) == pytest.approx(1.0, abs=0.06)


def test_juniors_work_at_night_where_watches_go_by_seniority() -> None:
    shares = {}
    for switch in (False, True):
        contacts, roster = draw(80_000, watch_by_seniority=switch)
        junior, watch = years_of_service(contacts, roster) < 5, event_watch(contacts)
        shares[switch] = [junior[watch == code].mean() for code in range(len(WATCHES))] + [junior.mean()]
    assert max(shares[False]) - min(shares[False]) < 0.02
    night, day, evening, overall = shares[True]
    assert night > 1.2 * max(day, evening)
    assert overall == pytest.approx(shares[False][-1], abs=0.03), "who writes how many reports stays nearly as it was"


def test_dispatch_depends_on_the_call_where_that_is_switched_on() -> None:
    plain, _ = draw(60_000, dispatch_by_call=False)
    by_call, _ = draw(60_000)
    shares = [[contacts.dispatched[contacts.risk == code].mean() for code in range(6)] for contacts in (plain, by_call)]
    assert np.ptp(shares[0]) < 0.04
    lines = calibration("2025").lines("cit_officer_dispatched", BLOCK.start)
    rate = {line.among: line.rate for line in lines}
    for code, share in enumerate(shares[1]):
        assert share == pytest.approx(rate[CALL_RISKS[code]], abs=0.03)


def test_certified_officers_report_where_one_was_dispatched_if_that_is_switched_on() -> None:
    for switch, expected in ((False, 1.0), (True, 2.0)):
        contacts, _ = draw(80_000, dispatch_by_certification=switch)
        assert odds_ratio(contacts.certified, contacts.dispatched) == pytest.approx(expected, rel=0.08)


def test_a_cit_officer_on_scene_changes_outcomes_only_where_that_is_switched_on() -> None:
    for switch, force, referral in ((False, 1.0, 1.0), (True, 0.7, 1.2)):
        contacts, _ = draw(250_000, on_scene_effect=switch)
        contacts = contacts.take(np.flatnonzero(~contacts.certified))
        assert odds_ratio(contacts.force, contacts.arrived) == pytest.approx(force, rel=0.13)
        compared = np.isin(contacts.disposition_group, [NO_ACTION, DISPOSITION_GROUPS.index("referral")])
        referred = contacts.disposition_group[compared] != NO_ACTION
        assert odds_ratio(referred, contacts.arrived[compared]) == pytest.approx(referral, rel=0.06)


def test_contacts_that_end_in_nothing_go_unrecorded_where_the_officer_is_not_certified() -> None:
    all_of_them, _ = draw(40_000)
    recorded, _ = draw(40_000, recording_by_certification=True)
    kept = [np.bincount(c.certified + 2 * (c.disposition_group == NO_ACTION), minlength=4) for c in
            (recorded, all_of_them)]  # fmt: skip
    ratio = kept[0] / kept[1]
    assert ratio[[0, 1, 3]] == pytest.approx(1.0)
    assert ratio[2] == pytest.approx(0.75, abs=0.02)


def test_calls_experience_and_dates_are_missing_by_certification_where_that_is_switched_on() -> None:
    plain, _ = draw(30_000)
    spoilt, _ = draw(30_000, defects_by_certification=True)
    assert not (plain.experience < 0).any()
    for missing in (spoilt.experience == -1, spoilt.call == MISSING, spoilt.occured == OCCURED_MISSING):
        assert not missing[spoilt.certified].any()
        assert missing[~spoilt.certified].mean() == pytest.approx(0.10, abs=0.01)
    assert (spoilt.force == plain.force).mean() > 0.95, "the records lose the call, the contact does not"
    history = draw_history(clean_city(defects_by_certification=True), 3, 8_000, date(2016, 12, 31))
    assert not history.report_undated[history.contacts.certified].any()
    assert history.report_undated[~history.contacts.certified].mean() == pytest.approx(0.02, abs=0.01)
    printed = spell("2025", history).column("initial_call_type").to_pylist()
    assert "-" in printed


def test_what_certification_does_differs_by_call_where_that_is_switched_on() -> None:
    for switch, violent, suicide in ((False, 0.70, 0.70), (True, 0.525, 0.84)):
        contacts, _ = draw(400_000, effect_by_call=switch)
        for risk, expected in (("violent", violent), ("suicide", suicide)):
            chosen = contacts.take(np.flatnonzero(contacts.risk == CALL_RISKS.index(risk)))
            assert odds_ratio(chosen.force, chosen.certified) == pytest.approx(expected, rel=0.2), risk


def test_recruits_use_force_more_often_and_certify_early_on_the_career_curve() -> None:
    for switch, expected in ((False, 1.0), (True, 1.6)):
        contacts, roster = draw(250_000, career_curve=switch)
        years = years_of_service(contacts, roster)
        first, later = contacts.force[(years >= 0) & (years < 1)], contacts.force[(years > 2) & ~contacts.certified]
        of_first = ~contacts.certified[(years >= 0) & (years < 1)]
        assert odds(first[of_first]) / odds(later) == pytest.approx(expected, rel=0.2)
        recruits = roster.hired >= np.datetime64("2015-05-15").astype("datetime64[D]").astype(int)
        certified = recruits & (roster.certified_from < 2**30)
        waited = (roster.certified_from - roster.hired)[certified] / DAYS_PER_YEAR
        assert (waited.max() <= 1.26) == switch


def variance_between(contacts: Contacts, group: np.ndarray) -> float:
    """Variance of force over groups, over what chance gives."""
    sums = pd.Series(contacts.force).groupby(group).agg(["sum", "size"])
    expected = sums["size"] * contacts.force.mean()
    return float(((sums["sum"] - expected) ** 2 / expected).mean())


def test_squads_differ_where_that_is_switched_on() -> None:
    found, certified = [], []
    for switch in (False, True):
        contacts, roster = draw(300_000, squad_variation=switch)
        found.append(variance_between(contacts, roster.squad[contacts.officer]))
        shares = pd.Series(roster.certified_from < 2**30).groupby(roster.squad).agg(["mean", "size"])
        certified.append(shares.loc[shares["size"] > 20, "mean"].std())
    assert found[1] > 3 > found[0]
    assert certified[1] > 1.5 * certified[0]


def test_an_officers_tendencies_go_together_where_that_is_switched_on() -> None:
    for switch, expected in ((False, 0.0), (True, 0.5)):
        roster = draw_roster(clean_city(officer_sd=0.5, shared_tendency=switch), 3, 2025)
        correlations = np.corrcoef(roster.tendency.T)[np.triu_indices(4, 1)]
        assert correlations == pytest.approx(expected, abs=0.08)
        assert roster.tendency.std(axis=0) == pytest.approx(0.5, abs=0.03)


def test_the_outcomes_of_everyone_shift_in_2020_where_that_is_switched_on() -> None:
    before = Block(date(2019, 5, 15), date(2019, 12, 31))
    for block, expected in ((before, 1.0), (BLOCK, 1.5)):
        off, on = (draw(150_000, block=block, confounding_shift=switch)[0] for switch in (False, True))
        for arm in (True, False):
            ratio = odds(on.force[on.certified == arm]) / odds(off.force[off.certified == arm])
            assert ratio == pytest.approx(expected, rel=0.05)


def test_incidents_have_other_officers_only_where_that_is_switched_on() -> None:
    for switch in (False, True):
        contacts, _ = draw(20_000, multi_contact_incidents=True, further_officers=switch)
        officers = pd.Series(contacts.officer).groupby(contacts.incident).agg(["size", "nunique"])
        assert (officers["size"] > 1).mean() == pytest.approx(0.10, abs=0.02)
        assert (officers["nunique"] > 1).any() == switch


def test_the_default_city_has_what_the_real_prints_show_and_nothing_invented() -> None:
    """What the calibration calls invented is off, and what is off is called so."""
    switches = {
        name: value for name, value in json.loads(CityParameters().as_json()).items() if isinstance(value, bool)
    }
    assert {name for name, on in switches.items() if on} == {
        *("defects", "duplicated_dispositions", "chosen_disposition", "multi_contact_incidents"),
        *("unjoined_certification", "conflicting_certification"),
        *("force_by_watch", "watch_by_seniority", "dispatch_by_call"),
    }
    invented = {line.field for line in rates() if line.source == "invented"} & switches.keys()
    assert {name for name, on in switches.items() if not on} == invented


def test_the_real_sample_has_one_reporter_per_incident_and_juniors_at_night(sample: Path) -> None:
    """The evidence for settings of the default city, from the stored rows of the print of 2020."""
    templates = pd.DataFrame(json.loads(sample.read_text())).drop_duplicates("template_id")
    known = templates[
        ~templates["occured_date_time"].str.startswith("1900") & (templates["initial_call_type"].fillna("-") != "-")
    ]
    incidents = known.groupby(["occured_date_time", known["beat"].str.strip(), "initial_call_type"])["officer_id"]
    assert (incidents.size() > 1).any()
    assert (incidents.nunique() == 1).all()
    years = templates["officer_years_of_experience"].astype(int)
    timed = ~templates["occured_date_time"].str.startswith("1900")
    time = templates["occured_date_time"].str[11:13].where(timed, templates["reported_time"].str[:2])
    junior = (years < 5)[years.between(0, 45)].groupby(time.astype(int) // 8).mean()
    assert junior[0] > 1.3 * max(junior[1], junior[2])


def test_all_groups_are_those_of_every_disposition_printed_or_not() -> None:
    city = dataclasses.replace(CityParameters(coding="2018"), defects=False, conflicting_certification=False)
    contacts = draw_contacts(city, 3, BLOCK, draw_roster(city, 3, 2020), 5_000)
    records = draw_records(city, 3, BLOCK, contacts)
    groups = all_groups(city, 3, BLOCK, contacts)
    of_records = calibration("2018").disposition_groups()[records.disposition]
    for code in range(DISPOSITION_GROUPS.index("missing")):
        expected = np.bincount(records.contact, of_records == code, minlength=len(contacts)) > 0
        assert (groups[:, code] == expected).all()
    assert (groups.argmax(axis=1) == contacts.disposition_group).all()


def seem_to_certify(rows: pd.DataFrame) -> pd.Series:
    """Officers by the quarter in which certification is first printed, of those whose first contact has none."""
    rows = rows.sort_values("reported_date", kind="stable")
    first = rows.groupby("officer_key")["cit_certified"].first()
    switched = rows[rows["cit_certified"] == 1].groupby("officer_key")["reported_date"].min()
    switched = switched[first.reindex(switched.index) == 0]
    return switched.dt.to_period("Q").astype(str).value_counts()


def test_no_false_cohort_certifies_in_the_first_quarter_of_usable_exposure() -> None:
    """Who seems to become certified when certification is first joined did so before: from then on nobody seems to."""
    city = CityParameters()
    rows = pd.concat([modelling_rows(city, chunk, "contact") for chunk in large_city(city, 60_000, 5, CALENDAR[:4])])
    all_quarters = seem_to_certify(rows)
    usable = seem_to_certify(rows[rows["reported_date"] >= "2016-01-01"])
    other = [quarter for quarter in usable.index if quarter > "2016Q1"]
    assert all_quarters["2016Q1"] > 5 * all_quarters[other].max(), "the false cohort"
    assert usable.get("2016Q1", 0) <= usable[other].max() + 3
