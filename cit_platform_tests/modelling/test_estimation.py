"""Estimations: the jackknife and its t limits, a ladder that differs in nothing else, no usable exposure."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student

from cit_platform.inference.jackknife import one_step_jackknife
from cit_platform.inference.verdict import Kind
from cit_platform.modelling.estimation import Estimation, estimate, estimate_all, estimate_together
from cit_platform.modelling.features import Features, feature_frames
from cit_platform.modelling.second_opinion import compare
from cit_platform.modelling.specification import Specification, variant_of
from cit_platform.modelling.study import tidy_study
from cit_platform.modelling.tidy import tidy_rows
from cit_platform.modelling.windows import Windows
from cit_platform.studies.absolute_risk import standardised_risks
from cit_platform.studies.disposition import DISPOSITION_SPECIFICATIONS
from cit_platform.studies.force import FORCE_SPECIFICATIONS
from cit_platform_tests.studies.city import WINDOW, WINDOWS, Truth, contacts_of

CONTACT_LEVEL = variant_of(FORCE_SPECIFICATIONS, "contact_level")
CLUSTERED = variant_of(FORCE_SPECIFICATIONS, "officer_clustered")
JACKKNIFED = replace(CLUSTERED, correction="CV3")
DISPOSITIONS = replace(variant_of(DISPOSITION_SPECIFICATIONS, "officer_clustered"), correction="CV3")


def of_contacts(contacts: pd.DataFrame) -> Features:
    return feature_frames(contacts.iloc[:0], contacts)


def rows_of(estimation: Estimation) -> pd.DataFrame:
    return pd.DataFrame(tidy_rows(estimation, "seattle"))


@pytest.mark.parametrize("specification", [JACKKNIFED, DISPOSITIONS], ids=["two outcomes", "four outcomes"])
def test_limits_of_the_jackknife_follow_t_on_the_effective_clusters(
    specification: Specification, features: Features
) -> None:
    found = estimate(specification, features, WINDOWS)
    assert found.fit is not None
    assert found.model_fit is not None
    assert found.design is not None
    rows = rows_of(found)
    jackknife = one_step_jackknife(found.model_fit, found.design, found.data.kept_cells)
    np.testing.assert_allclose(rows["std_error"], np.sqrt(np.diag(jackknife.covariance)))
    df = np.maximum(rows["effective_clusters"] - 1, 1)
    half = student.ppf(0.975, df) * rows["std_error"]
    np.testing.assert_allclose(np.log(rows["conf_low"]), rows["estimate"] - half)
    np.testing.assert_allclose(np.log(rows["conf_high"]), rows["estimate"] + half)
    np.testing.assert_allclose(rows["p_value"], 2 * student.sf(rows["statistic"].abs(), df))
    sandwich = rows_of(estimate(replace(specification, correction="CR1"), features, WINDOWS))
    np.testing.assert_allclose(rows["std_error_cr1"], sandwich["std_error"])
    np.testing.assert_allclose(sandwich["std_error_cr1"], sandwich["std_error"])
    np.testing.assert_array_equal(rows["estimate"], sandwich["estimate"])
    np.testing.assert_allclose(rows["std_error"], sandwich["std_error"], rtol=0.15)
    assert (rows["std_error"] != sandwich["std_error"]).all()
    assert sandwich["effective_clusters"].isna().all()
    assert (set(rows["correction"]), set(sandwich["correction"])) == ({"CV3"}, {"CR1"})


def test_rows_of_the_model_have_no_correction(features: Features) -> None:
    rows = rows_of(estimate(CONTACT_LEVEL, features, WINDOWS))
    assert set(rows["correction"]) == {""}
    assert rows[["effective_clusters", "std_error_cr1"]].isna().all(axis=None)


@pytest.mark.parametrize("specification", [JACKKNIFED, DISPOSITIONS], ids=["two outcomes", "four outcomes"])
def test_risks_take_the_jackknife_and_t(specification: Specification, features: Features) -> None:
    risks = standardised_risks(estimate(specification, features, WINDOWS))
    plain = standardised_risks(estimate(replace(specification, correction="CR1"), features, WINDOWS))
    assert risks is not None
    assert plain is not None
    difference, clusters = risks.risk_difference, risks.risk_difference.effective_clusters
    assert clusters is not None
    half = student.ppf(0.975, clusters - 1) * difference.std_error
    np.testing.assert_allclose(difference.high - difference.estimate, half)
    np.testing.assert_allclose(difference.estimate, plain.risk_difference.estimate)
    assert (half > plain.risk_difference.high - plain.risk_difference.estimate).all()


def test_the_second_opinion_confirms_what_stands_beside_the_jackknife(features: Features) -> None:
    found = estimate(JACKKNIFED, features, WINDOWS)
    table = tidy_study((found,), "seattle", "models/force").table
    agreement = compare(table, found.data, features)
    assert agreement.disagreements == ()
    assert agreement.n_numbers == 2 * len(table)
    spoiled = table.assign(std_error_cr1=table["std_error_cr1"] * (1 + 3e-6))
    assert all("std_error_cr1" in words for words in compare(spoiled, found.data, features).disagreements)
    assert len(compare(spoiled, found.data, features).disagreements) == len(table)


def _busy_officer() -> pd.DataFrame:
    """One officer has all contacts of one race, a sixth of all: the level has no clustered variance."""
    contacts = contacts_of(6000, Truth(force_intercept=-2.6), seed=9)
    races = contacts["officer_race"].replace({"Asian": "White"})
    busy = np.arange(len(contacts)) % 6 == 0
    return contacts.assign(
        officer_race=races.mask(busy, "Asian"),
        officer_key=contacts["officer_key"].mask(busy, "K-busy"),
        cit_certified=contacts["cit_certified"].mask(busy, (np.arange(len(contacts)) // 6 % 2)),
    )


def test_steps_that_are_estimated_together_differ_in_nothing_but_what_they_say() -> None:
    """A level of one officer leaves the step that clusters and, with it, the step that does not."""
    features = of_contacts(_busy_officer())
    steps = (CONTACT_LEVEL, CLUSTERED, variant_of(FORCE_SPECIFICATIONS, "incident_clustered"))
    apart, together = (ask(steps, features, WINDOWS) for ask in (estimate_all, estimate_together))
    values = [rows_of(each).set_index(["term", "level"]) for each in together]
    assert apart[0].n_contacts > apart[1].n_contacts
    assert len({each.n_contacts for each in together}) == 1
    estimates = [each["estimate"].drop(("officer_race", "Asian")) for each in values]
    np.testing.assert_allclose(estimates[0], estimates[1], rtol=1e-9)
    np.testing.assert_allclose(estimates[0], estimates[2], rtol=1e-9)
    left = values[0].loc[("officer_race", "Asian")]
    assert (left["reason"], left["converged"]) == (Kind.LEFT_OUT_TOGETHER.value, False)
    assert left["note"].startswith("level left out: ")
    table = tidy_study(together, "seattle", "models/force").table
    assert [compare(table, each.data, features).disagreements for each in together[:2]] == [(), ()]


def test_a_level_without_events_in_one_window_leaves_all_steps() -> None:
    contacts = contacts_of(6000, Truth(force_intercept=-2.6), seed=10)
    late = pd.to_datetime(contacts["reported_date"]) >= "2018-01-01"
    contacts["force"] = contacts["force"].mask(late & (contacts["precinct"] == "East"), 0)
    later = replace(CLUSTERED, variant="usable_exposure", quarters="usable")
    windows = Windows(WINDOW, (date(2018, 1, 1), WINDOW[1]))
    together = estimate_together((CONTACT_LEVEL, later), of_contacts(contacts), windows)
    for each in together:
        assert ("precinct", "East") in {(o.column.term, o.column.level) for o in each.data.diagnosis.left_out}
    assert together[0].n_contacts == (contacts["precinct"] != "East").sum()
    assert together[1].n_contacts == (late & (contacts["precinct"] != "East")).sum()


def test_steps_that_lose_nothing_are_estimated_as_alone(features: Features) -> None:
    steps = (CONTACT_LEVEL, CLUSTERED)
    for alone, together in zip(
        estimate_all(steps, features, WINDOWS), estimate_together(steps, features, WINDOWS), strict=True
    ):
        pd.testing.assert_frame_equal(rows_of(alone), rows_of(together))


@pytest.mark.parametrize("ask", [estimate_all, estimate_together])
def test_without_a_usable_quarter_there_is_a_row_that_says_so(ask: object, features: Features) -> None:
    usable = replace(JACKKNIFED, variant="primary", quarters="usable")
    nowhere = Windows(WINDOW, None)
    found, everywhere = ask((usable, CLUSTERED), features, nowhere)  # type: ignore[operator]
    assert found.fit is None
    assert found.verdict.kind is Kind.NO_USABLE_EXPOSURE
    assert everywhere.fit.converged
    table = tidy_study((found, everywhere), "seattle", "models/force").table
    of_usable = table[table["variant"] == "primary"]
    assert "cit_certified" in set(of_usable["term"])
    assert set(of_usable["reason"]) == {"no_usable_exposure"}
    assert set(of_usable["note"]) == {"cannot be estimated: cit_certified is usable in no quarter"}
    assert of_usable[["estimate", "std_error", "conf_low", "p_value"]].isna().all(axis=None)
    assert (of_usable["window_start"].iloc[0], of_usable["window_end"].iloc[0]) == WINDOW


def test_only_the_usable_quarters_are_analysed_where_that_is_asked(features: Features, contacts: pd.DataFrame) -> None:
    windows = Windows(WINDOW, (date(2018, 4, 1), WINDOW[1]))
    found = estimate(replace(CLUSTERED, quarters="usable"), features, windows)
    assert found.window == windows.usable
    assert found.n_contacts == (pd.to_datetime(contacts["reported_date"]) >= "2018-04-01").sum()
