"""Every coefficient of every fitted model, one row each, in the names of R's broom.

For: any table, chart or sentence about a coefficient; what cannot be estimated keeps its row and its reason.
Not for: mixing variants: choose one by model, variant, unit and window.
"""

import pandas as pd

from cit_platform.modelling.tidy import conform
from cit_platform.studies.disposition import DISPOSITION_SPECIFICATIONS
from cit_platform.studies.force import FORCE_SPECIFICATIONS
from cit_platform.studies.protocol.specifications import NOT_IN_PROTOCOL, standing


def estimates(*frames: pd.DataFrame) -> pd.DataFrame:
    """Union of tidy tables in the contract of `models/estimates`; columns beyond it are dropped.

    Whether a row is laid down in the protocol is asked of the specification that the code has for it, not of its name.

    Raises:
        ValueError: a key occurs twice.
    """
    standings = {
        (each.model, each.variant, outcome.name): standing(each)
        for each in (*FORCE_SPECIFICATIONS, *DISPOSITION_SPECIFICATIONS)
        for outcome in each.outcomes
    }
    rows = [{str(name): value for name, value in row.items()} for frame in frames for row in frame.to_dict("records")]
    for row in rows:
        row["standing"] = standings.get((row["model"], row["variant"], row["outcome"]), NOT_IN_PROTOCOL)
    return conform(rows, "models/estimates")
