"""What happens instead of nothing? Multinomial logit of the disposition against no action."""

import pandas as pd

from cit_platform.studies.estimation import estimate_all
from cit_platform.studies.specification import DISPOSITION_SPECIFICATIONS, Window
from cit_platform.studies.tidy import conform, tidy_rows


def disposition(records: pd.DataFrame, contacts: pd.DataFrame, agency: str, window: Window) -> pd.DataFrame:
    """Every coefficient of every variant, in the contract of `models/disposition`."""
    estimations = estimate_all(DISPOSITION_SPECIFICATIONS, records, contacts, window)
    return conform([row for estimation in estimations for row in tidy_rows(estimation, agency)], "models/disposition")
