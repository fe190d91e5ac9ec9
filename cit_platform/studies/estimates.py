"""Every coefficient of every fitted model, in one table."""

from collections.abc import Sequence

import pandas as pd

from cit_platform.modelling.tidy import conform


def estimates(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Union of tidy tables in the contract of `models/estimates`; columns beyond it are dropped.

    Raises:
        ValueError: a key occurs twice.
    """
    rows = [{str(name): value for name, value in row.items()} for frame in frames for row in frame.to_dict("records")]
    return conform(rows, "models/estimates")
