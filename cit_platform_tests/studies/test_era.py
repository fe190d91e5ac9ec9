"""Years and periods: counted by hand, a shift for everyone is seen, and certification is compared within years."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from cit_platform.contracts import TABLES
from cit_platform.modelling.estimation import estimate
from cit_platform.modelling.features import Features, feature_frames
from cit_platform.modelling.specification import EXPOSURE, variant_of
from cit_platform.modelling.windows import Windows
from cit_platform.studies.era import era
from cit_platform.studies.force import FORCE_SPECIFICATIONS
from cit_platform_tests.studies.city import WINDOW, WINDOWS, Truth, contacts_of
from cit_platform_tests.studies.switched import WINDOWS as CITY_WINDOWS
from cit_platform_tests.studies.switched import switched_city


def features_of(contacts: pd.DataFrame) -> Features:
    return feature_frames(contacts.iloc[:0], contacts)


def part_of(found: pd.DataFrame, part: str, outcome: str = "force") -> pd.DataFrame:
    return found[(found["part"] == part) & (found["outcome"] == outcome)]


def test_years_and_periods_are_counted_and_2019_stands_twice(contacts: pd.DataFrame) -> None:
    found = era(features_of(contacts), "seattle", WINDOWS)
    assert tuple(found.columns) == TABLES["models/era"].column_names
    for outcome, column in (("force", "force"), ("referral", "any_referral")):
        years = part_of(found, "year", outcome)
        for (year, system), group in contacts.groupby(["year", "records_system"]):
            [row] = years[(years["level"] == str(year)) & (years["records_system"] == system)].to_dict("records")
            assert row["risk"] == pytest.approx(group[column].mean())
            assert (row["n_contacts"], row["n_events"]) == (len(group), group[column].sum())
            assert row["n_officers"] == group["officer_key"].nunique()
        assert (years["level"] == "2019").sum() == 2
    periods = part_of(found, "period").set_index("level")
    assert periods.loc["pandemic", "starts"] == date(2020, 3, 1)
    assert periods["n_contacts"].sum() == len(contacts)


def test_the_difference_of_a_year_is_the_truth_of_that_year() -> None:
    """Force by certified officers is rarer from 2021 on and as frequent before."""
    contacts = contacts_of(16_000, Truth(), seed=6)
    later = (contacts["year"] >= 2021) & (contacts["cit_certified"] == 1)
    risk = np.where(later, 0.03, 0.12)
    force = np.random.default_rng(3).random(len(contacts)) < risk
    found = part_of(era(features_of(contacts.assign(force=force.astype("int32"))), "seattle", WINDOWS), "certification")
    truth = np.where(found["level"].astype(int) >= 2021, -0.09, 0.0)
    covers = (found["risk_difference_conf_low"] < truth) & (truth < found["risk_difference_conf_high"])
    assert len(covers) == 12
    assert sum(covers) >= 10
    late = found[found["level"].astype(int) >= 2021]
    assert (late["risk_difference_conf_high"] < 0).all()


def test_the_switch_shift_of_2020_is_seen_as_a_shift_for_everyone() -> None:
    """Without effect the naive odds ratio lies above that of the primary way; within years there is no difference."""
    features = switched_city(16_000, 4, effect=False, confounding_shift=True, n_officers=250)
    naive, primary = (
        estimate(variant_of(FORCE_SPECIFICATIONS, variant), features, CITY_WINDOWS)
        for variant in ("officer_clustered", "primary")
    )
    moved = [
        float(each.fit.coefficients[each.design.positions(EXPOSURE)[0], 0])  # type: ignore[union-attr]
        for each in (naive, primary)
    ]
    assert moved[0] - moved[1] > 0.02
    found = era(features, "seattle", CITY_WINDOWS)
    years = part_of(found, "year")
    after = years["level"].astype(int) >= 2020
    plain = switched_city(16_000, 4, effect=False, n_officers=250)
    without = plain.select("select sum(force) as n from features.contacts where year >= $year", {"year": 2020})["n"][0]
    assert 1.3 < years.loc[after, "n_events"].sum() / without < 1.7, "an odds ratio of 1.5 from 2020 on"
    within = part_of(found, "certification")
    errors = (within["risk_difference_conf_high"] - within["risk_difference_conf_low"]).astype(float)
    mean = np.average(within["risk_difference"].astype(float), weights=errors**-2)
    assert abs(mean) < 3 * (1 / (errors**-2).sum()) ** 0.5 / 3.9


def test_cells_of_few_officers_are_withheld() -> None:
    contacts = contacts_of(4_000, Truth(force_intercept=-2.2), seed=5)
    few = contacts["officer_key"].isin(contacts["officer_key"].dropna().unique()[:8])
    kept = contacts[(contacts["year"] != 2020) | few]
    found = era(features_of(kept), "seattle", WINDOWS)
    [row] = part_of(found, "year")[part_of(found, "year")["level"] == "2020"].to_dict("records")
    assert (row["reason"], row["converged"]) == ("few_officers", False)
    assert pd.isna(row["risk"])
    assert pd.isna(row["n_contacts"])
    compared = part_of(found, "certification").set_index("level")
    assert compared.loc["2020", "reason"] in ("few_officers", "level_left_out")


@pytest.mark.parametrize("case", ["nothing happens", "nobody is certified", "two officers", "no window", "one year"])
def test_degenerate_cities_have_rows_with_reasons_or_numbers(case: str) -> None:
    contacts = contacts_of(3_000, Truth(force_intercept=-2.2), seed=2)
    windows = Windows(WINDOW, None) if case == "no window" else WINDOWS
    changed = {
        "nothing happens": contacts.assign(force=0, any_arrest=0, any_referral=0, any_emergent_detention=0),
        "nobody is certified": contacts.assign(cit_certified=0),
        "two officers": contacts.assign(officer_key=np.where(contacts["cit_certified"] == 1, "A", "B")),
        "one year": contacts.assign(year=2018, records_system="legacy", period="baseline"),
    }.get(case, contacts)
    found = era(features_of(changed), "seattle", windows)
    compared = part_of(found, "certification")
    assert len(compared) == 1
    assert compared.iloc[0]["converged"] == (case == "one year")
    assert (found["converged"] == (found["reason"] == "")).all()
    assert part_of(found, "year")["converged"].all() == (case != "two officers")
