"""Who else was there, and what goes on in time: cities where the naive number is wrong, and who says so.

Certification does nothing in these cities, where not said otherwise.
"""

import re
from dataclasses import replace

import numpy as np

from cit_platform.inference.staggered import two_way
from cit_platform.modelling.officer_months import officer_months
from cit_platform.studies.certification_change import Sample, sample_of
from cit_platform.studies.force import PRIMARY
from cit_platform_tests.publishing.switched import (
    LARGE,
    LARGEST,
    certified,
    city,
    log_odds_ratio,
    said,
    table,
    z,
)
from cit_platform_tests.studies.switched import WINDOWS, switched_city


def test_a_cit_officer_on_scene_who_changes_outcomes_is_handed_to_the_reporter_and_the_scene_has_the_larger_part() -> (
    None
):
    on_scene = city(on_scene_effect=True)
    assert z(PRIMARY, on_scene) < -2
    sentence = said("interference", on_scene)["scene_reading"]
    found = re.search(r"had ([\d.]+) \(95 % interval ([\d.]+) to ([\d.]+)\) times the odds of force", sentence)
    assert found is not None
    value, low, high = map(float, found.groups())
    reporters = float(np.exp(log_odds_ratio(PRIMARY, on_scene)[0]))
    assert value < reporters < 1, "further from 1 than the reporters' own"
    assert low < 0.7 < high < 1, "0.7 is true of the scene, 1 of the reporter"
    plain = re.search(r"interval ([\d.]+) to ([\d.]+)\) times", said("interference", city())["scene_reading"])
    assert plain is not None
    assert float(plain[1]) < 1 < float(plain[2])


def test_squads_of_their_own_widen_the_interval_and_the_sentence_says_by_how_much() -> None:
    squads, plain = city(LARGE, seed=3, squad_variation=True), city()
    wider, usual = (of_squads(said("dependence", each)["what_may_be_alike"]) for each in (squads, plain))
    assert wider > 1.15
    assert usual < 1.05


def of_squads(sentence: str) -> float:
    found = re.search(r"by squad (about|[\d.]+ times) as wide", sentence)
    assert found is not None
    return 1.0 if found[1] == "about" else float(found[1].split()[0])


def test_incidents_of_several_officers_allow_what_is_else_refused_by_name() -> None:
    several = city(further_officers=True)
    assert "no study is switched off" in said("feasibility", several)["feasibility"]
    assert "Not asked for that reason: likeness within incidents" in said("feasibility", city())["feasibility"]
    widths = table("dependence", several).set_index(["outcome", "clustering"])["std_error_cr1"]
    assert abs(widths["force", "officer+incident"] / widths["force", "officer"] - 1) > 1e-6
    sentence = said("dependence", city())["what_may_be_alike"]
    assert "by officer and incident it cannot be computed: not asked: the records break a limit" in sentence.lower()


def test_what_differs_by_call_is_hidden_in_the_average_and_stands_by_kind_of_call() -> None:
    by_call = city(effect_by_call=True)
    assert abs(z(PRIMARY, by_call)) < 2, "the average says nothing"
    assert "in violent calls and" in said("call_detail", by_call)["force_violent_beside_other"]
    assert "the first lies lower" in said("call_detail", by_call)["force_violent_beside_other"]
    assert "no clear difference between the two" in said("call_detail", city())["force_violent_beside_other"]


def test_a_career_curve_makes_a_difference_of_nothing_and_before_and_after_says_no_clear_change() -> None:
    curved = city(LARGEST, seed=11, career_curve=True)
    assert z(PRIMARY, curved) < -3
    assert abs(z(PRIMARY, city())) < 2
    for key in ("force_per_month", "force_per_contact"):
        assert "no clear change" in said("certification_change", curved)[key]


def test_what_fades_deceives_two_way_effects_and_the_page_says_that_it_fades() -> None:
    fading = switched_city(LARGEST[0], 11, n_officers=LARGEST[1], force=certified(0.3), decay_years=2.0)
    asked = sample_of(officer_months(fading, "seattle", WINDOWS), 0.15)  # type: ignore[arg-type]
    assert isinstance(asked, Sample)
    after = asked.months.of(asked.months.certified)
    faded = np.log(0.3) * np.exp(-np.maximum(after.since + 0.5, 0.0) / 24)
    true = np.log(after.contacts @ np.exp(faded) / after.contacts.sum())
    naive = two_way(replace(asked.rows, exposure=asked.months.contacts))
    assert float(naive.high) < true
    found = said("certification_change", fading)
    main = re.search(r"interval ([\d.]+) to ([\d.]+)\) times as many per contact, fewer", found["force_per_contact"])
    assert main is not None
    assert float(main[1]) < np.exp(true) < float(main[2])
    assert "higher than in the first year" in found["force_per_month_fading"]
