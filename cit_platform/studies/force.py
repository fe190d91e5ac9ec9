"""Is force associated with certification? Binary logit, asked as published, per contact, and clustered by officer."""

import pandas as pd

from cit_platform.studies.estimation import estimate_all
from cit_platform.studies.specification import FORCE_SPECIFICATIONS, Window
from cit_platform.studies.tidy import conform, tidy_rows


def force(records: pd.DataFrame, contacts: pd.DataFrame, agency: str, window: Window) -> pd.DataFrame:
    """Every coefficient of every variant, in the contract of `models/force`."""
    estimations = estimate_all(FORCE_SPECIFICATIONS, records, contacts, window)
    return conform([row for estimation in estimations for row in tidy_rows(estimation, agency)], "models/force")
