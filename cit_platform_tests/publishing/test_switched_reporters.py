"""Who writes up which contact: cities where the naive number is wrong, and the sentence that says so.

Certification does nothing in these cities, where not said otherwise.
"""

import re

from cit_platform.modelling.features import Features
from cit_platform.studies.force import PRIMARY
from cit_platform_tests.publishing.switched import (
    CRUDE,
    LARGE,
    NUMBER,
    cells,
    city,
    said,
    table,
    z,
)


def test_selection_of_violent_calls_is_named_by_the_score_and_held_constant_by_the_model() -> None:
    selected = city(call_selection=2.0)
    assert z(CRUDE, selected) > 2.5
    assert abs(z(PRIMARY, selected)) < 2
    sentence = said("dispatch_balance", selected)["harder_calls"]
    assert re.search(r"would involve [\d.]+ .* more contacts with force per 1,000", sentence)
    assert "The interval lies beyond 0.5 per 1,000" in sentence
    assert "no clear difference" in said("dispatch_balance", city())["harder_calls"]


def test_selection_on_what_nobody_records_is_balanced_and_the_page_says_what_balance_cannot_show() -> None:
    hidden = city(confounder_force=4.0, confounder_assignment=2.5)
    assert z(PRIMARY, hidden) > 3
    found = said("dispatch_balance", hidden)
    assert "no clear difference" in found["harder_calls"]
    assert "The interval lies within 0.5 per 1,000" in found["harder_calls"]
    assert "cannot exclude that certified officers write up calls that are harder" in found["What balance cannot show."]
    needed = re.search(
        r"would have to be in (\d+) % of those of certified", said("unmeasured", hidden)["unrecorded_trait"]
    )
    assert needed is not None
    assert int(needed[1]) > 30
    assert "could hide one" in said("unmeasured", city())["unrecorded_trait"]


def test_dispatch_by_certification_leaves_violent_calls_alike_and_the_shuffles_show_which_calls_it_moves() -> None:
    sent = city(dispatch_by_call=True, dispatch_by_certification=True)
    shares = re.findall(rf"({NUMBER}) % \(", said("dispatch_balance", sent)["dispatch_published"])
    assert abs(float(shares[0]) - float(shares[1])) < 2.5, "the published comparison finds about a balance"
    assert "no clear difference" in said("dispatch_balance", sent)["harder_calls"]
    assert above_the_deals(sent, "suicidal person")
    assert not above_the_deals(city(), "suicidal person")


def above_the_deals(features: Features, call: str) -> bool:
    """Whether certified officers write up more of such calls than 95 of 100 deals of who on duty wrote which."""
    row = cells("dispatch_balance", features, "Who on duty wrote")[f"Written up by certified officers, {call}"]
    return float(row[1].split()[0]) > float(row[2].split(" to ")[1].split()[0])


def test_watches_by_seniority_move_what_mixes_hours_and_not_what_is_compared_within_watches() -> None:
    watches = city(LARGE, seed=1, force_by_watch=True, watch_by_seniority=True, period_shifts=())
    found = table("dispatch_balance", watches).set_index(["question", "population"])
    assert found.loc[("wrote", "no_strata"), "risk_difference_conf_high"].max() < 0
    sentence = said("dispatch_balance", watches)["harder_calls"]
    assert "no clear difference" in sentence
    assert "of the same precinct, watch and month" in sentence
    assert "The interval lies within 0.5 per 1,000" in sentence
    plain = table("dispatch_balance", city()).set_index(["question", "population"])
    assert plain.loc[("wrote", "no_strata"), "risk_difference_conf_high"].max() > 0


def test_officers_who_certify_for_what_they_are_show_before_they_do() -> None:
    chosen = city(officer_selection=1.5, officer_sd=0.8)
    assert z(PRIMARY, chosen) > 3
    nearest = said("negative_controls", chosen)["negative_controls"].split("by certification within the coming year")[1]
    assert "and it leaves out 1" in nearest.split(". ")[1] or "and it leaves out 1" in nearest.split(". Allowing")[0]
    plain = said("negative_controls", city())["negative_controls"]
    assert plain.startswith("In 7 questions")
    assert "leaves out 1." not in plain.split("chance alone")[1]


def test_controls_do_not_see_dispatch_by_certification_nor_reports_that_one_arm_does_not_write() -> None:
    dispatch = {"dispatch_by_call": True, "dispatch_by_certification": True}
    for switches in (dispatch, {"recording_by_certification": True}):
        assert (
            "None of their 95 % intervals leaves out 1"
            in said("negative_controls", city(**switches))["negative_controls"]
        )
