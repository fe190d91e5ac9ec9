"""The truth from grouped counts equals the studies on the rows that the counts stand for."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from cit_platform.studies.estimates import estimates
from cit_platform.studies.truth import TRUTH_COLUMNS, truth
from cit_platform_tests.studies.city import WINDOW

KEY = ["model", "variant", "unit", "window_start", "window_end", "outcome", "term", "level"]


def grouped(table: pd.DataFrame) -> pd.DataFrame:
    columns = [
        "force",
        "disposition_group",
        "cit_certified",
        "experience_years",
        "call_risk",
        "precinct",
        "officer_race",
        "officer_gender",
        "year",
    ]
    return table.groupby(columns).size().rename("n").reset_index()


def test_a_thousandfold_city_has_the_estimates_of_its_rows(
    records: pd.DataFrame,
    contacts: pd.DataFrame,
    forces: pd.DataFrame,
    dispositions: pd.DataFrame,
    replications: pd.DataFrame,
) -> None:
    large = [grouped(table).assign(n=lambda frame: frame["n"] * 1000) for table in (records, contacts)]
    found = truth(*large, WINDOW)
    assert tuple(found.columns) == TRUTH_COLUMNS
    both = found.merge(estimates([forces, dispositions, replications]), on=KEY, how="outer", indicator=True)
    assert (both["_merge"] == "both").all()
    np.testing.assert_allclose(both["value"], both["estimate"], rtol=1e-8, atol=1e-9)


def test_counts_by_year_are_not_cut_inside_a_year(records: pd.DataFrame, contacts: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="cannot be cut to 2015-05-15 - 2020-12-31"):
        truth(grouped(records), grouped(contacts), (date(2015, 1, 1), WINDOW[1]))


def test_a_city_without_events_has_no_truth(records: pd.DataFrame, contacts: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match=r"force/published.* cannot be estimated from these counts: all .* no_force"):
        truth(grouped(records.assign(force=0)), grouped(contacts), WINDOW)
