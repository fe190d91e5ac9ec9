"""The city's parameters have the effects that their names promise."""

import dataclasses
from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from cit_platform.sources.demo.blocks import Block, blocks
from cit_platform.sources.demo.calibration import CALL_RISKS, DISPOSITION_GROUPS, PRECINCTS, calibration
from cit_platform.sources.demo.city import CityParameters, PeriodShift
from cit_platform.sources.demo.contacts import Contacts, draw_contacts
from cit_platform.sources.demo.officers import DAYS_PER_YEAR, Roster, day_number, draw_roster
from cit_platform.sources.demo.records import Records, draw_records
from cit_platform_tests.sources.demo.cities import clean_city

BLOCK = Block(date(2018, 1, 1), date(2018, 12, 31))
VIOLENT = CALL_RISKS.index("violent")
NO_CONTACT = DISPOSITION_GROUPS.index("no_contact")


def draw(city: CityParameters, n: int, seed: int = 3, block: Block = BLOCK) -> tuple[Contacts, Roster]:
    roster = draw_roster(city, seed, block.end.year)
    return draw_contacts(city, seed, block, roster, n), roster


def design(city: CityParameters, contacts: Contacts, roster: Roster, *, officer_terms: bool) -> pd.DataFrame:
    """Design matrix named by term and level, in the models' references."""
    races = np.array(calibration(city.coding).vocabulary("officer_race", ""))[roster.race][contacts.officer]
    genders = np.array(calibration(city.coding).vocabulary("officer_gender", ""))[roster.gender][contacts.officer]
    columns = {"const": np.ones(len(contacts)), "cit_certified": contacts.certified}
    columns |= {f"call_risk:{name}": contacts.risk == CALL_RISKS.index(name) for name in CALL_RISKS[1:6]}
    columns |= {f"precinct:{name}": contacts.precinct == code for code, name in enumerate(PRECINCTS) if code}
    if officer_terms:
        columns["experience_year"] = contacts.experience
        columns |= {f"officer_race:{name}": races == name for name in sorted(set(races) - {"White"})}
        columns["officer_gender:F"] = genders == "F"
    return pd.DataFrame({name: np.asarray(column, dtype=float) for name, column in columns.items()})


def log_odds_ratio(effects: object, name: str) -> float:
    term, _, level = name.partition(":")
    value = getattr(effects, term)
    return float(np.log(value.get(level, 1.0) if level else value))


def test_force_refitted_gives_the_conditional_odds_ratios() -> None:
    city = clean_city()
    contacts, roster = draw(city, 120_000)
    # Races of a handful of officers have no force at all in some draws.
    usual = np.bincount(roster.race)[roster.race] > 0.01 * len(roster)
    met = contacts.disposition_group != NO_CONTACT
    contacts = contacts.take(np.flatnonzero(usual[contacts.officer] & met))
    matrix = design(city, contacts, roster, officer_terms=True)
    fit = sm.Logit(contacts.force.astype(float), matrix).fit(disp=0)
    assert fit.mle_retvals["converged"]
    for name in matrix.columns.drop("const"):
        assert abs(fit.params[name] - log_odds_ratio(city.force, name)) < 3.5 * fit.bse[name], name
    assert fit.params["cit_certified"] < -5 * fit.bse["cit_certified"]


def test_dispositions_refitted_give_the_conditional_odds_ratios() -> None:
    city = clean_city()
    contacts, roster = draw(city, 60_000)
    codes = {name: DISPOSITION_GROUPS.index(name) for name in ("no_action", "arrest", "emergent_detention", "referral")}
    kept = np.isin(contacts.disposition_group, list(codes.values()))
    matrix = design(city, contacts, roster, officer_terms=False)[kept].reset_index(drop=True)
    order = {code: position for position, code in enumerate(codes.values())}
    outcome = pd.Series(contacts.disposition_group[kept]).map(order)
    fit = sm.MNLogit(outcome, matrix).fit(disp=0)
    for position, outcome_name in enumerate(("arrest", "emergent_detention", "referral")):
        for name in matrix.columns.drop("const"):
            expected = log_odds_ratio(city.effects(outcome_name), name)
            assert abs(fit.params[position][name] - expected) < 3.5 * fit.bse[position][name], (outcome_name, name)


def force_odds(contacts: Contacts, mask: np.ndarray) -> float:
    share = contacts.force[mask].mean()
    return float(share / (1 - share))


def test_period_shift_moves_the_outcomes_on_its_day() -> None:
    shift = PeriodShift(date(2018, 7, 1), force=3.0, arrest=1.0, emergent_detention=1.0, referral=1.0)
    contacts, _ = draw(clean_city(period_shifts=(shift,)), 100_000)
    after = contacts.reported_day >= day_number(shift.start)
    assert force_odds(contacts, after) / force_odds(contacts, ~after) == pytest.approx(3.0, rel=0.15)


def test_officer_variation_makes_officers_differ() -> None:
    def overdispersion(city: CityParameters) -> float:
        contacts, _ = draw(city, 80_000)
        by_officer = pd.Series(contacts.force).groupby(contacts.officer).agg(["sum", "size"])
        expected = by_officer["size"] * contacts.force.mean()
        return float(((by_officer["sum"] - expected) ** 2 / expected).mean())

    assert overdispersion(clean_city(officer_sd=1.0)) > 2 > overdispersion(clean_city())


def test_selection_lets_forceful_officers_certify() -> None:
    def gap(selection: float) -> float:
        contacts, roster = draw(clean_city(officer_sd=1.0, officer_selection=selection), 50_000)
        tendency = roster.tendency[contacts.officer, 0]
        return float(tendency[contacts.certified].mean() - tendency[~contacts.certified].mean())

    assert abs(gap(0.0)) < 0.2
    assert gap(1.0) > 0.5


def test_call_selection_sends_certified_officers_to_violent_calls() -> None:
    def odds_ratio(selection: float) -> float:
        contacts, _ = draw(clean_city(call_selection=selection), 70_000)
        table = pd.crosstab(contacts.certified, contacts.risk == VIOLENT).to_numpy()
        return float(table[1, 1] * table[0, 0] / (table[0, 1] * table[1, 0]))

    assert odds_ratio(1.0) == pytest.approx(1.0, abs=0.10)
    assert odds_ratio(2.0) == pytest.approx(2.0, rel=0.10)
    assert odds_ratio(0.5) == pytest.approx(0.5, rel=0.10)


def test_hidden_trait_confounds_only_when_it_does_both() -> None:
    def estimate(**changes: float) -> float:
        city = clean_city(**changes)
        contacts, roster = draw(city, 150_000)
        matrix = design(city, contacts, roster, officer_terms=False)
        return float(np.exp(sm.Logit(contacts.force.astype(float), matrix).fit(disp=0).params["cit_certified"]))

    assert estimate(confounder_force=4.0, confounder_assignment=3.0) > 0.78
    assert estimate(confounder_assignment=3.0) == pytest.approx(0.70, abs=0.13)


def test_decay_weakens_the_training() -> None:
    strong = dataclasses.replace(clean_city().force, cit_certified=0.2)
    city = clean_city(force=strong, decay_years=1.0)
    contacts, roster = draw(city, 120_000)
    years = (contacts.reported_day - roster.certified_from[contacts.officer]) / DAYS_PER_YEAR
    fresh, faded = (years >= 0) & (years < 0.5), years > 4
    assert force_odds(contacts, fresh) < 0.5 * force_odds(contacts, years < 0)
    assert force_odds(contacts, faded) > 0.75 * force_odds(contacts, years < 0)


def test_switches_for_incidents_and_dispositions() -> None:
    mark43 = Block(date(2020, 1, 1), date(2020, 12, 31))
    off, _ = draw(clean_city(coding="2020"), 20_000, block=mark43)
    switches = {"multi_contact_incidents": True, "duplicated_dispositions": True}
    on, _ = draw(clean_city(coding="2020", **switches), 20_000, block=mark43)
    assert len(np.unique(off.incident)) == len(off)
    assert len(np.unique(on.incident)) < 0.95 * len(on)
    assert len(draw_records(clean_city(coding="2020"), 3, mark43, off)) == len(off)
    assert len(draw_records(clean_city(coding="2020"), 3, mark43, on)) > 1.3 * len(on)
    # The publisher of 2025 prints one of them, and all of few contacts.
    assert 1.02 < len(draw_records(clean_city(), 3, mark43, on)) / len(on) < 1.04


def test_the_first_record_of_a_contact_has_the_highest_group() -> None:
    mark43 = Block(date(2020, 1, 1), date(2020, 12, 31))
    city = CityParameters(coding="2020")
    contacts, _ = draw(city, 20_000, block=mark43)
    records = draw_records(city, 3, mark43, contacts)
    assert (printed_groups(city, records) == contacts.disposition_group).all()
    labels = pd.DataFrame({"contact": records.contact, "label": records.disposition})
    assert not labels[~records.copy & ~records.certification_flipped].duplicated().any()


def printed_groups(city: CityParameters, records: Records) -> np.ndarray:
    """The highest printed group of each contact."""
    groups = calibration(city.coding).disposition_groups()
    missing = DISPOSITION_GROUPS.index("missing")
    group = np.where(records.disposition >= 0, groups[records.disposition], missing)
    return pd.Series(group).groupby(records.contact).min().to_numpy()


def test_the_publisher_who_prints_one_disposition_prints_any_of_them() -> None:
    """A contact's highest disposition is then printed in some of the contacts only; without the switch in all."""
    block = Block(date(2016, 1, 1), date(2016, 12, 31))
    for chosen, least, most in ((True, 0.80, 0.95), (False, 1.0, 1.0)):
        city = CityParameters(chosen_disposition=chosen)
        contacts, _ = draw(city, 20_000, block=block)
        records = draw_records(city, 3, block, contacts)
        assert len(np.unique(records.contact)) == len(contacts)
        restrictive = contacts.disposition_group <= DISPOSITION_GROUPS.index("emergent_detention")
        printed = printed_groups(city, records)
        assert least <= (printed == contacts.disposition_group)[restrictive].mean() <= most
        assert (printed >= contacts.disposition_group).all()


def test_nobody_is_certified_by_the_records_of_2015_unless_that_is_switched_off() -> None:
    block = Block(date(2015, 5, 15), date(2015, 12, 31))
    spoilt, _ = draw(CityParameters(), 5_000, block=block)
    assert 0.3 < spoilt.certified.mean() < 0.5
    assert not spoilt.recorded_certified.any()
    plain, _ = draw(CityParameters(unjoined_certification=False), 5_000, block=block)
    assert (plain.recorded_certified == plain.certified).all()
    assert (plain.certified == spoilt.certified).all(), "the switch changes the records, not the city"
    later, _ = draw(CityParameters(), 5_000)
    assert (later.recorded_certified == later.certified).all()


def test_certification_is_contradicted_near_an_officers_switch_only() -> None:
    block = Block(date(2020, 1, 1), date(2020, 12, 31))
    contacts, roster = draw(CityParameters(), 60_000, block=block)
    records = draw_records(CityParameters(), 3, block, contacts)
    contradicted = np.unique(records.contact[records.certification_flipped])
    days = contacts.reported_day - roster.certified_from[contacts.officer]
    assert (np.abs(days[contradicted]) <= 60).all()
    assert len(contradicted) / contacts.near_switch.sum() == pytest.approx(0.05, abs=0.015)
    assert 0 < (days[contradicted] >= 0).mean() < 1, "before the switch and after it"
    plain = draw_records(CityParameters(conflicting_certification=False), 3, block, contacts)
    assert not plain.certification_flipped.any()
    assert plain.copy.any(), "the other defects stay"


def test_no_force_is_used_where_nobody_was_met() -> None:
    contacts, _ = draw(CityParameters(), 60_000)
    assert (contacts.disposition_group == NO_CONTACT).sum() > 1_000
    assert not contacts.force[contacts.disposition_group == NO_CONTACT].any()


def test_officers_serve_only_between_hiring_and_leaving() -> None:
    contacts, roster = draw(CityParameters(), 20_000)
    hired, left = roster.hired[contacts.officer], roster.left[contacts.officer]
    assert ((contacts.reported_day >= hired) & (contacts.reported_day <= left)).mean() > 0.999


def test_later_cohorts_do_not_change_earlier_ones() -> None:
    city = CityParameters()
    early, late = draw_roster(city, 3, 2018), draw_roster(city, 3, 2026)
    assert len(early) < len(late)
    assert (late.certified_from[: len(early)] == early.certified_from).all()
    from_early = draw_contacts(city, 3, BLOCK, early, 2_000)
    from_late = draw_contacts(city, 3, BLOCK, late, 2_000)
    for column in dataclasses.fields(Contacts):
        assert (getattr(from_early, column.name) == getattr(from_late, column.name)).all()


def test_blocks_cover_the_calendar_once() -> None:
    calendar = blocks(date(2026, 11, 22))
    assert calendar[0].start == date(2015, 5, 15)
    assert all((after.start - before.end).days == 1 for before, after in pairwise(calendar))
    assert calendar[-1].end == date(2026, 12, 31)
