"""Replication: the published windows, and how far ours lies from the published numbers."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from cit_platform.contracts import TABLES
from cit_platform.modelling.features import feature_frames
from cit_platform.modelling.windows import Windows
from cit_platform.studies.estimates import estimates
from cit_platform.studies.force import force
from cit_platform.studies.replication import EXTENSION_WINDOW, THESIS_WINDOW, replication
from cit_platform_tests.studies.city import WINDOWS, Truth, contacts_of


def headline(frame: pd.DataFrame, window: tuple[date, date], outcome: str, variant: str) -> pd.Series:
    chosen = (
        (frame["window_end"] == window[1])
        & (frame["outcome"] == outcome)
        & (frame["variant"] == variant)
        & (frame["term"] == "cit_certified")
    )
    assert chosen.sum() == 1
    return frame[chosen].iloc[0]


def test_contract_windows_and_model(replications: pd.DataFrame) -> None:
    assert tuple(replications.columns) == TABLES["models/replication"].column_names
    assert set(zip(replications["window_start"], replications["window_end"], strict=True)) == {
        THESIS_WINDOW,
        EXTENSION_WINDOW,
    }
    assert set(replications["model"]) == {"replication"}
    assert set(replications["outcome"]) == {"force", "arrest", "emergent_detention", "referral"}


def test_fits_are_those_of_the_studies_on_the_window(
    replications: pd.DataFrame, records: pd.DataFrame, contacts: pd.DataFrame
) -> None:
    for window in (THESIS_WINDOW, EXTENSION_WINDOW):
        alone = force(feature_frames(records, contacts), "seattle", Windows(window, window)).table
        expected, found = (headline(table, window, "force", "published") for table in (alone, replications))
        assert found[["estimate", "std_error", "n_rows"]].equals(expected[["estimate", "std_error", "n_rows"]])
    calls = replications[replications["term"] == "call_risk"]
    assert set(calls["reference_level"]) == {"welfare"}
    assert "crisis" not in set(calls["level"])


def test_published_numbers_stand_beside_the_extension_only(replications: pd.DataFrame) -> None:
    published = replications[replications["published_odds_ratio"].notna()]
    assert set(published["window_end"]) == {EXTENSION_WINDOW[1]}
    numbers = published[["outcome", "term", "level", "published_odds_ratio"]].drop_duplicates()
    assert set(numbers.itertuples(index=False, name=None)) == {
        ("force", "cit_certified", "", 1.13),
        ("force", "call_risk", "violent", 6.5),
        ("referral", "cit_certified", "", 1.27),
        ("arrest", "cit_certified", "", 1.45),
    }
    assert published["published_p_value"].dropna().tolist() == [0.027, 0.027]
    compared = ["same_reference", "same_sign", "published_inside", "log_difference"]
    assert published[compared].notna().all(axis=None)
    assert replications[replications["published_odds_ratio"].isna()][compared].isna().all(axis=None)


def test_the_comparison_turns_with_the_truth(replications: pd.DataFrame) -> None:
    """Published is 1.13: a city at 0.7 lies on the other side and excludes it, one at 1.13 has it inside."""
    lower = headline(replications, EXTENSION_WINDOW, "force", "officer_clustered")
    assert not lower["same_sign"]
    assert not lower["published_inside"]
    assert lower["log_difference_conf_high"] < 0
    same = contacts_of(4000, Truth(force=float(np.log(1.13)), force_intercept=-2.6), seed=9)
    found = headline(
        replication(feature_frames(same, same), "seattle", WINDOWS), EXTENSION_WINDOW, "force", "officer_clustered"
    )
    assert found["same_sign"]
    assert found["published_inside"]
    assert found["log_difference_conf_low"] < 0 < found["log_difference_conf_high"]


def test_the_difference_has_the_published_error_where_a_p_value_gives_it(replications: pd.DataFrame) -> None:
    force = headline(replications, EXTENSION_WINDOW, "force", "officer_clustered")
    # log(1.13) at p = 0.027 has a standard error of 0.0553: the interval 1.014 to 1.259 of the critique.
    published = np.log(1.13) / norm.isf(0.027 / 2)
    assert np.exp(np.log(1.13) - 1.96 * published) == pytest.approx(1.014, abs=1e-3)
    half = (force["log_difference_conf_high"] - force["log_difference_conf_low"]) / 2
    assert half == pytest.approx(norm.isf(0.025) * np.hypot(force["std_error"], published))
    arrest = headline(replications, EXTENSION_WINDOW, "arrest", "officer_clustered")
    half = (arrest["log_difference_conf_high"] - arrest["log_difference_conf_low"]) / 2
    assert half == pytest.approx(norm.isf(0.025) * arrest["std_error"])


def test_another_reference_is_no_comparison(contacts: pd.DataFrame) -> None:
    """Where the published reference has no force it leaves the model, and ours is against another group."""
    welfare = contacts["call_risk_published"] == "welfare"
    quiet = contacts.assign(force=contacts["force"].mask(welfare, 0))
    found = replication(feature_frames(quiet, quiet), "seattle", WINDOWS)
    violent = found[(found["level"] == "violent") & found["published_odds_ratio"].notna()]
    assert len(violent) == 2
    assert (violent["reference_level"] != "welfare").all()
    assert not violent["same_reference"].any()
    assert violent[["same_sign", "published_inside", "log_difference"]].isna().all(axis=None)
    certified = headline(found, EXTENSION_WINDOW, "force", "published")
    assert certified["same_reference"]
    assert pd.notna(certified["same_sign"])


def test_what_cannot_be_estimated_is_not_compared(contacts: pd.DataFrame) -> None:
    quiet = contacts.assign(force=0)
    row = headline(
        replication(feature_frames(quiet, quiet), "seattle", WINDOWS), EXTENSION_WINDOW, "force", "officer_clustered"
    )
    assert row["published_odds_ratio"] == 1.13
    assert pd.isna(row["same_sign"])
    assert pd.isna(row["log_difference"])
    assert "no contrast" in row["note"]


def test_data_that_do_not_cover_a_window_say_so(replications: pd.DataFrame, contacts: pd.DataFrame) -> None:
    assert (replications["note"] == "").all()
    short = contacts[pd.to_datetime(contacts["reported_date"]).between("2020-02-03", "2022-06-30")]
    found = replication(feature_frames(short, short), "seattle", WINDOWS)
    last = max(short["reported_date"]).isoformat()
    first = min(short["reported_date"]).isoformat()
    note = headline(found, EXTENSION_WINDOW, "force", "published")["note"]
    assert f"the data cover only {first} to {last} of this window" in note
    note = headline(found, THESIS_WINDOW, "force", "published")["note"]
    assert f"the data cover only {first} to 2020-12-31 of this window" in note


def test_data_after_a_window_are_outside_it(contacts: pd.DataFrame) -> None:
    late = contacts[pd.to_datetime(contacts["reported_date"]) >= "2022-01-01"]
    row = headline(replication(feature_frames(late, late), "seattle", WINDOWS), THESIS_WINDOW, "force", "published")
    assert row["note"] == "cannot be estimated: no rows; the data lie outside this window"


def test_estimates_are_the_union_with_a_unique_key(
    forces: pd.DataFrame, dispositions: pd.DataFrame, replications: pd.DataFrame
) -> None:
    frames = [forces, dispositions, replications]
    union = estimates(*frames)
    assert tuple(union.columns) == TABLES["models/estimates"].column_names
    assert len(union) == sum(map(len, frames))
    assert union.drop(columns="standing").dtypes.to_dict() == frames[0].dtypes.to_dict()
    with pytest.raises(ValueError, match="rows whose key occurs before"):
        estimates(frames[0], frames[0])
