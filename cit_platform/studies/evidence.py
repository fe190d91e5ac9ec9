"""What did others find? The results listed in the codebook, and whether ours could find one of such a size.

For: placing a finding among others, and measuring our power by a size that was seen elsewhere.
Not for: pooling: other trainings, other designs, other outcomes, and mostly read no further than their abstract.
"""

from dataclasses import asdict

import pandas as pd

from cit_platform.codebook.evidence import OtherResult, other_results
from cit_platform.modelling.specification import EXPOSURE
from cit_platform.modelling.tidy import conform


def evidence(force: pd.DataFrame) -> pd.DataFrame:
    """The other results in the contract of `models/evidence`.

    Beside a size that our power is measured by stands the smallest odds ratio below 1 that the headline fit of force
    would find. A change in percent is read as a ratio of odds, which it is near to while force is rare.

    Args:
        force: `models/force`.
    """
    if force.empty:
        return conform([], "models/evidence")
    headline = force[(force["role"] == "headline") & (force["term"] == EXPOSURE) & force["converged"]]
    smallest = None if headline.empty else headline["smallest_detectable_below"].iloc[0]
    agency = force["agency"].iloc[0]
    rows = [
        {"agency": agency, **asdict(result), "ratio": _ratio(result)}
        | {"smallest_detectable_below": smallest if result.size_to_power else None}
        for result in other_results(agency)
    ]
    return conform(rows, "models/evidence")


def _ratio(result: OtherResult) -> float | None:
    if not result.size_to_power or result.estimate is None:
        return None
    return 1.0 + result.estimate / 100.0 if result.measure == "percent" else result.estimate
