"""Cities where it is known what certification does: found, and nothing found where there is nothing; and refusals."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from benchmarks.studies.staggered import truth
from benchmarks.studies.staggered_city import FIRST, Drawn, StaggeredCity, counted, draw
from cit_platform.codebook.thresholds import thresholds
from cit_platform.inference.intervals import Interval
from cit_platform.inference.staggered import average_effect, two_way
from cit_platform.inference.verdict import Kind
from cit_platform.modelling.features import Features, feature_frames
from cit_platform.modelling.officer_months import (
    ALWAYS,
    NEVER,
    REVERSED,
    SWITCHES,
    OfficerMonths,
    months_of,
    officer_months,
)
from cit_platform.modelling.windows import Windows
from cit_platform.sources.demo.city import FORCE, CityParameters
from cit_platform.sources.demo.large_city import large_city, whole
from cit_platform.sources.demo.large_city_contacts import contact_rows
from cit_platform.studies.certification_change import (
    COUNTED,
    MAIN,
    PER_CONTACT,
    PER_MONTH,
    VARIANTS,
    Sample,
    Variant,
    certification_change,
    refused_cohorts,
    sample_of,
)
from cit_platform.studies.recording import COUNTED as TEMPLATES
from cit_platform.studies.recording import recording
from cit_platform_tests.studies.city import NOTHING_OFF, WINDOW, WINDOWS, Truth, contacts_of

# Force is frequent here, so that a single city tells.
LARGE = StaggeredCity(officers=2_500, force=0.1, sd=0.3)
OUTCOMES = {of.outcome: of for of in (*COUNTED, TEMPLATES)}
STUDENTS = Variant("students", students=True)
LARGEST = thresholds("seattle")["largest_cohort"]


@cache
def drawn(city: StaggeredCity) -> tuple[Drawn, OfficerMonths]:
    found = draw(city, seed=1)
    return found, months_of(counted(found), FIRST)


def sample(city: StaggeredCity, variant: Variant = MAIN) -> Sample:
    found = sample_of(drawn(city)[1], LARGEST, variant)
    assert isinstance(found, Sample)
    return found


def average(found: Sample, outcome: str) -> Interval:
    of = OUTCOMES[outcome]
    rows = replace(found.rows, events=of.events(found.months), exposure=of.exposure(found.months))
    return average_effect(rows).contrast(np.ones(1))


def z(interval: Interval, value: float) -> float:
    return float((interval.estimate - value) / interval.std_error)


@pytest.mark.parametrize("factor", [0.6, 1.0, 1.5])
def test_what_certification_does_is_found_per_month_and_per_contact(factor: float) -> None:
    city = replace(LARGE, effect=lambda years: np.full_like(years, np.log(factor)))
    for outcome in (PER_MONTH, PER_CONTACT):
        found = average(sample(city), outcome)
        assert abs(z(found, np.log(factor))) < 3
        assert float(found.std_error) < 0.14
        assert (float(found.low) <= 0 <= float(found.high)) == (factor == 1.0)


def test_more_templates_move_the_month_and_not_the_contact() -> None:
    found = sample(replace(LARGE, on_contacts=0.3))
    assert abs(z(average(found, "templates_per_month"), 0.3)) < 3
    assert float(average(found, "templates_per_month").low) > 0
    assert abs(z(average(found, PER_MONTH), 0.3)) < 3
    assert abs(z(average(found, PER_CONTACT), 0.0)) < 3


def test_months_between_the_two_contacts_are_shared_out_as_leaving_them_out_finds_a_change_where_none_is() -> None:
    found = sample(replace(LARGE, contacts_per_month=0.5, force=0.2))
    months, rows = found.months, found.rows
    between = np.where(months.certified, months.since <= (months.gap - 1) / 2, months.since >= -(months.gap + 1) / 2)
    templates = replace(rows, events=months.contacts, exposure=months.share)
    assert abs(z(average_effect(templates).contrast(np.ones(1)), 0.0)) < 3
    assert z(average_effect(templates.of(~between)).contrast(np.ones(1)), 0.0) < -3


def fading(years: np.ndarray) -> np.ndarray:
    return np.log(0.3) * np.exp(-years)


def test_what_fades_biases_two_way_and_not_the_average_by_cohort_and_year() -> None:
    city = replace(LARGE, effect=fading, officers=4_000)
    found = sample(city)
    true = truth(city, drawn(city)[0], found.months, PER_CONTACT)
    rows = replace(found.rows, exposure=found.months.contacts)
    assert abs(z(average(found, PER_CONTACT), true)) < 3
    assert z(two_way(rows), true) < -3


def test_a_career_curve_is_no_change_by_certification_though_two_way_without_it_says_so() -> None:
    def curve(tenure: np.ndarray) -> np.ndarray:
        return np.select([tenure < 1, tenure < 2], [np.log(0.4), np.log(0.6)], 0.0)

    city = replace(LARGE, career=curve, hazard=1.2)
    found = sample(city, STUDENTS)
    rows = replace(found.rows, exposure=found.months.contacts, stratum=np.zeros_like(found.rows.stratum))
    assert z(two_way(rows), 0.0) > 3
    for variant in (MAIN, STUDENTS):
        assert abs(z(average(sample(city, variant), PER_CONTACT), 0.0)) < 3


def test_a_quarter_that_holds_too_many_changes_is_refused_by_name() -> None:
    city = replace(LARGE, officers=400)
    people, _ = drawn(city)
    columns = counted(people)
    spring = (columns["officer"] % 2 == 0) & (columns["certified_month"] >= 0) & (columns["uncertified_month"] >= 0)
    for name, month in (("certified_month", FIRST + 40), ("uncertified_month", FIRST + 39)):
        columns[name] = np.where(spring, month, columns[name])
    months = months_of(columns, FIRST)
    [(quarter, verdict)] = refused_cohorts(months, LARGEST)
    assert (verdict.kind, verdict.facts["cohort"]) == (Kind.COHORT_REFUSED, "2019-Q2")
    found = sample_of(months, LARGEST)
    assert isinstance(found, Sample)
    assert quarter not in found.months.begins // 3
    assert found.refused == (verdict,)


def test_variants_differ_in_whom_they_compare() -> None:
    city = replace(LARGE, officers=800)
    sizes = {variant.name: sample(city, variant).months for variant in VARIANTS}
    kinds = {name: set(np.unique(months.kind)) for name, months in sizes.items()}
    assert kinds["still_to_be_certified"] == kinds["without_first_cohort"] == {SWITCHES}
    assert kinds["with_never_certified"] == {SWITCHES, NEVER}
    assert kinds["with_always_certified"] == {SWITCHES, ALWAYS}
    assert (sizes["with_students"].career == 0).any()
    assert not (sizes["still_to_be_certified"].career == 0).any()
    first = sizes["still_to_be_certified"].begins.min() // 12
    assert sizes["without_first_cohort"].begins.min() // 12 > first


def few_contacts() -> pd.DataFrame:
    """One officer of each kind: who switches, in training first; who goes back; who has it always; who never."""
    lines = [
        ("a", "2016-02-10", 0, 0, 9, "TRAINING - FIELD TRAINING SQUAD"),
        ("a", "2016-04-10", 0, 1, 9, "TRAINING - FIELD TRAINING SQUAD"),
        ("a", "2016-07-10", 0, 1, None, "WEST"),
        ("a", "2016-09-20", 0, 0, 9, "WEST"),
        ("a", "2016-12-20", 1, 1, 9, "WEST"),
        ("a", "2017-03-20", 1, 0, 10, "WEST"),
        *(("b", f"2017-0{month}-01", month % 2, 0, 3, "WEST") for month in (1, 2, 3, 4)),
        *(("c", f"2017-0{month}-01", 1, 0, 12, "WEST") for month in (1, 3, 5)),
        *(("d", f"2017-0{month}-01", 0, 0, 12, "WEST") for month in (1, 3, 5)),
    ]
    names = ("officer_key", "reported_date", "cit_certified", "force", "experience_years", "officer_squad")
    frame = pd.DataFrame(lines, columns=list(names))
    dates = pd.to_datetime(frame["reported_date"])
    return frame.assign(contact_id=[f"T{n:02}" for n in range(len(frame))], reported_date=dates.dt.date)


def test_months_of_service_are_counted_between_the_first_and_the_last_contact() -> None:
    rows = few_contacts()
    april = (pd.Timestamp("2016-04-01").date(), pd.Timestamp("2017-12-31").date())
    windows = Windows((pd.Timestamp("2016-01-01").date(), april[1]), april)
    months = officer_months(feature_frames(rows, rows), "seattle", windows)
    assert months is not None
    of_a = months.of(months.officer == 0)
    # From the first usable month, for service is seen before, to the month before the last contact; December is the
    # first with certification and September the last without, so the change lies at the end of October.
    assert (of_a.month - 46 * 12).tolist() == [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]
    assert of_a.certified.tolist() == [False] * 7 + [True] * 4
    assert of_a.contacts.tolist() == [1, 0, 0, 1, 0, 1, 0, 0, 1, 0, 0]
    assert of_a.force.tolist() == [1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0]
    assert of_a.share.tolist() == [1] * 11
    assert of_a.since.tolist() == [-7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3]
    # In field training at first, so a recruit, whatever the file says; and in it until the next contact.
    assert of_a.training.tolist() == [True] * 3 + [False] * 8
    assert of_a.career.tolist() == [0] * 10 + [1]
    kinds = {officer: set(months.kind[months.officer == officer]) for officer in range(1, 4)}
    assert kinds == {1: {REVERSED}, 2: {ALWAYS}, 3: {NEVER}}
    assert set(months.career[months.officer == 2]) == {5}


def test_a_month_with_both_is_divided() -> None:
    rows = few_contacts()
    rows = rows[rows["officer_key"] == "a"].assign(experience_years=1)
    rows["cit_certified"] = (rows["reported_date"] >= pd.Timestamp("2016-09-20").date()).astype(int)
    rows.loc[rows.index[2], "reported_date"] = pd.Timestamp("2016-09-03").date()
    months = officer_months(feature_frames(rows, rows), "seattle", Windows(WINDOW, WINDOW))
    assert months is not None
    both = months.of(months.month == 46 * 12 + 8)
    assert (both.share.tolist(), both.contacts.tolist(), both.force.tolist()) == ([0.5, 0.5], [1, 1], [1, 0])


def features(rows: pd.DataFrame) -> Features:
    return feature_frames(rows.assign(record_id=rows["contact_id"]), rows)


def verdicts(rows: pd.DataFrame, windows: Windows = WINDOWS) -> set[str]:
    tables = [study(features(rows), "seattle", windows, NOTHING_OFF) for study in (certification_change, recording)]
    assert all(len(table) for table in tables)
    assert not any(table["converged"].any() for table in tables)
    assert not any(table["ratio"].notna().any() for table in tables)
    return {reason for table in tables for reason in table["reason"]}


def test_where_nobody_changes_and_where_there_are_two_officers_it_says_so() -> None:
    rows = contacts_of(1_500, Truth(), seed=3)
    assert verdicts(rows) == {Kind.TOO_FEW_CHANGES}
    two = few_contacts()
    assert verdicts(two[two["officer_key"].isin(["a", "d"])]) == {Kind.TOO_FEW_CHANGES}
    assert verdicts(two.head(0)) == {Kind.TOO_FEW_CHANGES}
    assert verdicts(rows, Windows(WINDOW, None)) == {Kind.NO_USABLE_EXPOSURE}


def changing(n: int, force: int) -> pd.DataFrame:
    """Contacts of 200 officers, each certified at some time of ten years."""
    rows = contacts_of(n, Truth(officers=200), seed=4).dropna(subset=["officer_key"])
    officer = rows["officer_key"].str[1:].astype(int)
    beginning = pd.Timestamp(WINDOW[0]) + pd.to_timedelta(officer * 18, unit="D")
    certified = pd.to_datetime(rows["reported_date"]) >= beginning
    experience = pd.to_datetime(rows["reported_date"]).dt.year - 2010
    return rows.assign(cit_certified=certified.astype(int), experience_years=experience, force=rows["force"] * force)


def test_without_force_there_is_no_ratio_and_reports_have_one() -> None:
    found = features(changing(12_000, force=0))
    change = certification_change(found, "seattle", WINDOWS, NOTHING_OFF)
    assert set(change["reason"]) == {Kind.NO_COMPARISON}
    assert set(recording(found, "seattle", WINDOWS, NOTHING_OFF)["reason"]) == {Kind.NO_COMPARISON}


def test_a_table_has_every_quantity_of_the_main_way_and_the_average_of_the_others() -> None:
    table = certification_change(features(changing(12_000, force=1)), "seattle", WINDOWS, NOTHING_OFF)
    main = table[table["variant"] == MAIN.name]
    assert main["quantity"].nunique() == 10
    averages = table[table["quantity"] == "average"].set_index(["outcome", "variant"])
    assert len(averages) == 2 * len(VARIANTS)
    known = averages[averages["converged"]]
    assert len(known) > len(VARIANTS)
    assert (known["conf_low"] < known["ratio"]).all()
    assert (known["ratio"] < known["conf_high"]).all()
    assert (known["n_officers"] >= 10).all()
    one_year = contacts_of(800, Truth(), seed=5)
    one_year = one_year[one_year["year"] == 2018]
    assert verdicts(one_year) == {Kind.TOO_FEW_CHANGES}


def test_what_feasibility_switches_off_has_no_number_and_says_which_limit_is_broken() -> None:
    found = features(changing(12_000, force=1))

    def reasons(off: str, question: str) -> dict[str, set[str]]:
        feasibility = pd.DataFrame({"question": [question], "switches_off": [off]})
        tables = [study(found, "seattle", WINDOWS, feasibility) for study in (certification_change, recording)]
        averages = pd.concat(table[table["quantity"] == "average"] for table in tables)
        assert (averages["converged"] == (averages["reason"] == "")).all()
        return {str(name): set(part["reason"]) for name, part in averages.groupby("outcome")}

    all_off = reasons("certification_change;recording", "reversals")
    assert all_off == {outcome: {Kind.SWITCHED_OFF} for outcome in OUTCOMES}
    part_off = reasons("certification_change_per_contact", "templates_ratio")
    assert part_off[PER_CONTACT] == {Kind.SWITCHED_OFF}
    assert Kind.SWITCHED_OFF not in part_off[PER_MONTH] | part_off["templates_per_month"]


def of_the_generator(**switches: object) -> OfficerMonths:
    """Officer-months of a city of the generator in which certification does nothing, but for the switches."""
    no_effect = replace(FORCE, cit_certified=1.0)
    city = CityParameters(n_officers=4_000, **{"force": no_effect, "force_by_watch": False} | switches)  # type: ignore[arg-type]
    rows = contact_rows(city, whole(list(large_city(city, 300_000, seed=11))))
    window = (WINDOW[0], pd.Timestamp("2025-12-31").date())
    usable = (pd.Timestamp("2016-04-01").date(), window[1])
    asked = [
        "officer_key",
        "contact_id",
        "reported_date",
        "experience_years",
        "officer_squad",
        "cit_certified",
        "force",
    ]
    months = officer_months(feature_frames(rows[asked].head(0), rows[asked]), "seattle", Windows(window, usable))
    assert months is not None
    return months


def test_the_generators_decay_biases_two_way_and_not_the_average_by_cohort_and_year() -> None:
    found = sample_of(of_the_generator(force=replace(FORCE, cit_certified=0.3), decay_years=2.0), LARGEST)
    assert isinstance(found, Sample)
    after = found.months.of(found.months.certified)
    faded = np.log(0.3) * np.exp(-np.maximum(after.since + 0.5, 0.0) / 24)
    true = np.log(after.contacts @ np.exp(faded) / after.contacts.sum())
    assert abs(z(average(found, PER_CONTACT), true)) < 2
    assert z(two_way(replace(found.rows, exposure=found.months.contacts)), true) < -2


def test_the_generators_recording_shows_in_templates_per_month() -> None:
    found = sample_of(of_the_generator(recording_by_certification=True), LARGEST)
    assert isinstance(found, Sample)
    templates = two_way(replace(found.rows, events=found.months.contacts, exposure=found.months.share))
    assert float(templates.low) > 0.03
    assert abs(z(average(found, PER_MONTH), 0.0)) < 2
