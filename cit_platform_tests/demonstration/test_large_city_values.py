"""The truth from counts equals the studies on the rows that the counts represent."""

import numpy as np
import pandas as pd
import pytest

from cit_platform.demonstration.large_city_values import TRUTH_COLUMNS, truth
from cit_platform.modelling.features import feature_frames
from cit_platform.studies.estimates import estimates
from cit_platform_tests.studies.city import WINDOW

KEY = ["model", "variant", "unit", "window_start", "window_end", "outcome", "term", "level"]


def test_a_city_in_chunks_has_the_estimates_of_its_rows(
    records: pd.DataFrame,
    contacts: pd.DataFrame,
    forces: pd.DataFrame,
    dispositions: pd.DataFrame,
    replications: pd.DataFrame,
) -> None:
    chunks = [feature_frames(records[i::3], contacts[i::3]) for i in range(3)]
    found = truth(chunks, WINDOW)
    assert tuple(found.columns) == TRUTH_COLUMNS
    both = found.merge(estimates(forces, dispositions, replications), on=KEY, how="outer", indicator=True)
    assert (both["_merge"] == "both").all()
    exact = both["variant"] != "firth"
    np.testing.assert_allclose(both["value"][exact], both["estimate"][exact], rtol=1e-8, atol=1e-9)
    # In a small city Firth's penalty still counts.
    np.testing.assert_allclose(both["value"][~exact], both["estimate"][~exact], atol=0.2)


def test_a_city_without_events_has_no_truth(records: pd.DataFrame, contacts: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match=r"cannot be estimated from these counts: all .* no_force"):
        truth([feature_frames(records.assign(force=0), contacts)], WINDOW)
