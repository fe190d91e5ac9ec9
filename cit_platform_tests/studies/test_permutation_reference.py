"""Dates of certification that mean nothing give a p-value that is uniform; an association among them a small one."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kstest

from cit_platform.contracts.models import DIAGNOSTICS
from cit_platform.inference.exchanged_dates import Dated, exchanges
from cit_platform.modelling.features import feature_frames
from cit_platform.modelling.windows import Windows
from cit_platform.studies import permutation_reference as study
from cit_platform.studies.permutation_reference import permutation_reference, reference_row
from cit_platform_tests.studies.city import WINDOW, WINDOWS, Truth, contacts_of

NO_GATE = pd.DataFrame(columns=list(DIAGNOSTICS.column_names))


def switching(n: int, effect: float, seed: int, officers: int = 120) -> pd.DataFrame:
    """Contacts of officers who become certified at times of their own; force may follow certification."""
    contacts = contacts_of(n, Truth(force=0.0, force_intercept=-1.2, officers=officers, officer_sd=0.5), seed)
    draw = np.random.default_rng([seed, 9])
    officer = contacts["officer_key"].fillna("K0").str[1:].astype(int).to_numpy()
    days = pd.to_datetime(contacts["reported_date"])
    start = pd.Timestamp(WINDOW[0])
    switch = draw.integers(200, 4400, officers)[officer]
    certified = ((days - start).dt.days >= switch).astype(int)
    hired = draw.integers(0, 3, officers)[officer]
    removed = (certified == 1) & (contacts["force"] == 1) & (draw.random(n) < 1 - np.exp(effect))
    years = (days - start).dt.days // 365 + hired
    return contacts.assign(
        cit_certified=certified.astype("int32"),
        force=contacts["force"].mask(removed, 0),
        experience_years=years.astype("int32"),
        experience="5-9",
    )


def found(contacts: pd.DataFrame) -> pd.Series:
    return pd.Series(reference_row(feature_frames(contacts.iloc[:0], contacts), "seattle", WINDOWS))


def test_an_association_among_officers_of_like_service_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "DRAWS", 99)
    row = found(switching(6000, np.log(0.5), 1))
    assert row["p_value"] <= 0.04
    assert row["statistic"] < row["drawn_low"]
    assert (row["n_draws"], row["n_contacts"]) == (99, 6000)


def test_dates_that_mean_nothing_give_a_uniform_p_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "DRAWS", 19)
    values = [found(switching(1200, 0.0, seed, 60))["p_value"] for seed in range(16)]
    assert kstest(values, "uniform").pvalue > 0.01
    assert min(values) < 0.4
    assert max(values) > 0.6


def test_a_date_goes_only_to_who_was_there_and_of_like_service() -> None:
    dated = Dated(
        group=np.array([0, 0, 0, 1, 1, -1]),
        date=np.array([10.0, 50.0, np.inf, 20.0, 30.0, np.nan]),
        first=np.array([0.0, 0.0, 40.0, 0.0, 0.0, 0.0]),
        last=np.array([60.0, 60.0, 60.0, 60.0, 25.0, 60.0]),
    )
    assert dated.movable().tolist() == [True, True, True, False, False, False]
    drawn = np.array(list(exchanges(dated, 200, seed=1)))
    assert {tuple(row) for row in drawn[:, :3]} == {
        *((10.0, 50.0, np.inf), (50.0, 10.0, np.inf), (10.0, np.inf, 50.0), (np.inf, 10.0, 50.0))
    }
    assert (drawn[:, 3:5] == [20.0, 30.0]).all()
    assert np.isnan(drawn[:, 5]).all()


def test_arrangements_that_can_be_reached_are_equally_likely() -> None:
    dated = Dated(np.zeros(3, np.int64), np.array([1.0, 2.0, 3.0]), np.zeros(3), np.full(3, 9.0))
    drawn = [tuple(row) for row in exchanges(dated, 600, seed=2)]
    counts = pd.Series(drawn).value_counts()
    assert len(counts) == 6
    assert counts.min() > 70


def test_without_a_usable_quarter_there_is_no_number() -> None:
    contacts = switching(800, 0.0, 3)
    features = feature_frames(contacts.iloc[:0], contacts)
    [row] = permutation_reference(features, "seattle", Windows(WINDOW, None), NO_GATE).to_dict("records")
    assert (row["converged"], row["reason"]) == (False, "no_usable_exposure")


def test_a_city_where_nobody_changes_has_nothing_to_exchange() -> None:
    contacts = contacts_of(3000, Truth(force_intercept=-1.5), seed=5)
    row = found(contacts)
    assert (row["converged"], row["reason"]) == (False, "too_few_changes")


def test_few_events_are_not_exchanged() -> None:
    contacts = switching(800, 0.0, 4).assign(force=lambda frame: (frame.index % 40 == 0).astype("int32"))
    features = feature_frames(contacts.iloc[:0], contacts)
    [row] = permutation_reference(features, "seattle", WINDOWS, NO_GATE).to_dict("records")
    assert (row["converged"], row["reason"]) == (False, "few_events_per_coefficient")
