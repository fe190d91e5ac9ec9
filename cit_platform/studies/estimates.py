"""Every coefficient of every fitted model, one row each, in the names of R's broom.

For: any table, chart or sentence about a coefficient; what cannot be estimated keeps its row and its reason.
Not for: mixing variants: choose one by model, variant, unit and window.
"""

import pandas as pd

from cit_platform.modelling.tidy import conform


def estimates(*frames: pd.DataFrame) -> pd.DataFrame:
    """Union of tidy tables in the contract of `models/estimates`; columns beyond it are dropped.

    Raises:
        ValueError: a key occurs twice.
    """
    rows = [{str(name): value for name, value in row.items()} for frame in frames for row in frame.to_dict("records")]
    return conform(rows, "models/estimates")
