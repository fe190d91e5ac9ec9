"""What is recorded, and when: cities where the naive number is wrong, and the sentence that says so.

Certification does nothing in these cities, where not said otherwise.
"""

import re

import numpy as np
import pandas as pd

from cit_platform.modelling.estimation import estimate
from cit_platform.modelling.exposure import exposure_of
from cit_platform.modelling.specification import variant_of
from cit_platform.modelling.study import tidy_study
from cit_platform.modelling.windows import windows_of
from cit_platform.publishing.topics.the_records import window_words
from cit_platform.studies.disposition import DISPOSITION_SPECIFICATIONS
from cit_platform.studies.estimates import estimates
from cit_platform.studies.force import PRIMARY
from cit_platform.transforms import read_sql
from cit_platform_tests.publishing.conftest import content
from cit_platform_tests.publishing.switched import (
    LARGE,
    NUMBER,
    SMALL,
    certified,
    city,
    force_as,
    log_odds_ratio,
    said,
    table,
    z,
)
from cit_platform_tests.studies.switched import WINDOWS, printed_city, switched_city


def test_a_shift_for_everyone_is_in_the_naive_number_and_not_within_years() -> None:
    shifted = city(confounding_shift=True)
    moved = log_odds_ratio(force_as("officer_clustered"), shifted)[0] - log_odds_ratio(PRIMARY, shifted)[0]
    unmoved = log_odds_ratio(force_as("officer_clustered"), city())[0] - log_odds_ratio(PRIMARY, city())[0]
    assert moved > unmoved + 0.04
    assert abs(z(PRIMARY, shifted)) < 2
    found = said("era", shifted)
    # The page's minus sign stands before the lower end, a plus before the upper.
    assert re.search(
        rf"All intervals hold the values from \u2212{NUMBER} to \+{NUMBER}", found["certification_by_year"]
    )
    ends = re.findall(r"in \d{4} ([\d.]+) \(", found["force_over_the_years"])
    assert float(ends[1]) > 1.1 * float(
        re.findall(r"in \d{4} ([\d.]+) \(", said("era", city())["force_over_the_years"])[1]
    )


def test_the_change_of_the_form_makes_fewer_detentions_of_nothing_and_any_of_says_no_clear_difference() -> None:
    form = printed_city(
        *SMALL[:1],
        2,
        effect=False,
        n_officers=SMALL[1],
        coding="2020",
        duplicated_dispositions=True,
        chosen_disposition=True,
    )
    published = variant_of(DISPOSITION_SPECIFICATIONS, "published")
    assert z(published, form, published.outcome_names.index("emergent_detention") - 1) < -3
    found = said("primary_outcomes", form)
    for outcome in ("arrest", "emergent_detention", "referral"):
        assert "shows no clear difference" in found[f"primary_{outcome}"], outcome


def test_a_year_printed_as_not_certified_pulls_towards_nothing_and_the_page_begins_after_it() -> None:
    effects = {"n_officers": SMALL[1], "force": certified(0.5)}
    unjoined, joined = (
        switched_city(SMALL[0], 7, **effects, unjoined_certification=switch) for switch in (True, False)
    )
    naive, whole = (log_odds_ratio(force_as("officer_clustered"), each)[0] for each in (unjoined, joined))
    assert naive > whole + 0.02, "nearer to nothing"
    # Of a first snapshot there are no revisions, whose empty columns have no type.
    unjoined.connection.execute("alter table raw.revisions alter column reported_date type date")
    exposure = exposure_of(pd.DataFrame(unjoined.select(read_sql("quality/exposure_counts"), {})))
    windows = windows_of(exposure, WINDOWS.all)
    assert window_words(exposure).startswith("Certification is analysed from 1 January 2016 on.")
    quarters = table("unmeasured", unjoined, windows)
    quarters = quarters[quarters["bias"] == "quarters"].set_index("setting")["odds_ratio"]
    assert quarters["corrected"] < quarters["as printed"] < 1


def test_contradictory_certification_is_read_in_three_ways_that_stand_beside_each_other() -> None:
    contradictory = printed_city(SMALL[0], 2, n_officers=SMALL[1], conflicting_certification=True)
    readings = ("primary", "contradictory_certified", "contradictory_not_certified")
    left_out, read_yes, read_no = (log_odds_ratio(force_as(variant), contradictory)[0] for variant in readings)
    assert len({round(left_out, 6), round(read_yes, 6), round(read_no, 6)}) == 3
    assert max(left_out, read_yes, read_no) - min(left_out, read_yes, read_no) < 0.05
    fits = [estimate(force_as(variant), contradictory, WINDOWS) for variant in readings]
    found = estimates(tidy_study(tuple(fits), "seattle", "models/force").table)
    printed = [
        block.table.rows
        for block in content("other_ways", {"models/estimates": found}).blocks
        if hasattr(block, "table")
    ]
    assert [row[0] for row in printed[0] if "contradict" in row[0].lower()] != []


def test_careless_records_of_one_arm_are_a_control_that_cannot_be_and_widen_what_is_calibrated() -> None:
    careless = city(defects=True, defects_by_certification=True)
    sentence = said("negative_controls", careless)["negative_controls"]
    lowest = re.search(r"it lies between ([\d.]+) and", sentence)
    assert lowest is not None
    assert float(lowest[1]) < 0.3
    assert re.search(r"[12] of their 95 % intervals leaves? out 1", sentence)
    width = re.search(r"becomes [\d.]+ \(([\d.]+) to ([\d.]+)\)", sentence)
    plain = re.search(
        r"becomes [\d.]+ \(([\d.]+) to ([\d.]+)\)", said("negative_controls", city())["negative_controls"]
    )
    assert width is not None
    assert plain is not None
    assert log_width(width) > 2 * log_width(plain)


def log_width(found: re.Match[str]) -> float:
    return float(np.log(float(found[2]) / float(found[1])))


def test_reports_that_one_arm_does_not_write_lower_the_number_and_the_sentence_gives_it_back() -> None:
    unwritten = city(LARGE, seed=11, recording_by_certification=True)
    value, error = log_odds_ratio(PRIMARY, unwritten)
    assert value < -2 * error
    sentence = said("unmeasured", unwritten)["unrecorded_contacts"]
    assert sentence.startswith("Say officers without certification wrote no report on 10 % of their contacts.")
    given_back = re.search(r"would be ([\d.]+), not ([\d.]+)", sentence)
    assert given_back is not None
    # About a tenth of what they met is not written up.
    assert abs(np.log(float(given_back[1]))) < 2 * error
    assert float(given_back[2]) < 0.93
    assert "These records do not say how many have no report." in sentence
