"""The truth of a city is what the studies estimate in it, and beside it what certification does there."""

import numpy as np
import pandas as pd
import pytest

from cit_platform.demonstration.causal_values import potential_outcomes
from cit_platform.demonstration.large_city_values import TRUTH_COLUMNS, truth
from cit_platform.modelling.features import feature_frames
from cit_platform.sources.demo.city import CityParameters
from cit_platform.studies.estimates import estimates
from cit_platform_tests.studies.city import WINDOWS

POTENTIAL = potential_outcomes(CityParameters(n_officers=200), 12_000)
KEY = ["model", "variant", "unit", "window_start", "window_end", "outcome", "term", "level"]


def test_the_truth_of_a_city_is_what_the_studies_estimate_in_it(
    records: pd.DataFrame,
    contacts: pd.DataFrame,
    forces: pd.DataFrame,
    dispositions: pd.DataFrame,
    replications: pd.DataFrame,
) -> None:
    found = truth(feature_frames(records, contacts), WINDOWS, POTENTIAL)
    assert tuple(found.columns) == TRUTH_COLUMNS
    both = found.merge(estimates(forces, dispositions, replications), on=KEY, how="outer", indicator=True)
    assert (both["_merge"] == "both").all()
    exact = both["variant"] != "firth"
    np.testing.assert_allclose(both["value"][exact], both["estimate"][exact], rtol=1e-8, atol=1e-9)
    of_certification = found["term"] == "cit_certified"
    assert found["causal_value"].notna().equals(of_certification)
    # In a small city Firth's penalty still counts.
    np.testing.assert_allclose(both["value"][~exact], both["estimate"][~exact], atol=0.2)


def test_a_city_without_events_has_no_truth(records: pd.DataFrame, contacts: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match=r"cannot be estimated from these counts: all .* no_force"):
        truth(feature_frames(records.assign(force=0), contacts), WINDOWS, POTENTIAL)
