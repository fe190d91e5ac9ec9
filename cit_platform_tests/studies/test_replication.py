"""Replication: the published windows, the published numbers beside them, and what 'holds' means."""

from datetime import date

import pandas as pd
import pytest

from cit_platform.contracts import TABLES
from cit_platform.modelling.features import feature_frames
from cit_platform.modelling.specification import Windows
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
    assert published["holds"].notna().all()
    assert replications[replications["published_odds_ratio"].isna()]["holds"].isna().all()


def test_holds_turns_with_the_truth(replications: pd.DataFrame) -> None:
    assert not headline(replications, EXTENSION_WINDOW, "force", "officer_clustered")["holds"]
    turned = contacts_of(4000, Truth(force=0.8, force_intercept=-2.6), seed=9)
    found = replication(feature_frames(turned, turned), "seattle", WINDOWS)
    assert headline(found, EXTENSION_WINDOW, "force", "officer_clustered")["holds"]
    assert headline(found, EXTENSION_WINDOW, "force", "published")["holds"]


def test_only_the_clustered_interval_decides_whether_it_holds() -> None:
    city = contacts_of(3000, Truth(force=0.15, force_intercept=-2.6), seed=10)
    repeated = pd.concat([city] * 30, ignore_index=True)
    found = replication(feature_frames(repeated, city), "seattle", WINDOWS)
    published = headline(found, EXTENSION_WINDOW, "force", "published")
    clustered = headline(found, EXTENSION_WINDOW, "force", "officer_clustered")
    assert published["conf_low"] > 1
    assert clustered["conf_low"] < 1 < clustered["conf_high"]
    assert not published["holds"]
    assert not clustered["holds"]


def test_what_cannot_be_estimated_neither_holds_nor_fails(contacts: pd.DataFrame) -> None:
    quiet = contacts.assign(force=0)
    row = headline(
        replication(feature_frames(quiet, quiet), "seattle", WINDOWS), EXTENSION_WINDOW, "force", "officer_clustered"
    )
    assert row["published_odds_ratio"] == 1.13
    assert pd.isna(row["holds"])
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
    assert union.dtypes.to_dict() == frames[0].dtypes.to_dict()
    with pytest.raises(ValueError, match="rows whose key occurs before"):
        estimates(frames[0], frames[0])
