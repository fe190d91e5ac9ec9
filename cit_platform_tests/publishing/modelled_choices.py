"""Tables of the multiverse and its reference as their studies would write them, under a chosen truth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cit_platform.inference.verdict import Kind, Verdict
from cit_platform.modelling.tidy import conform, reason_columns
from cit_platform.studies.force import PRIMARY
from cit_platform.studies.multiverse_summary import multiverse_summary
from cit_platform.studies.protocol.specifications import LAID_DOWN, combined

# By how much of the difference each choice moves it where it is not made as laid down.
MOVES = {"time": 0.2, "window": 0.1, "experience": 0.05, "unit": -0.05}
NOT_FITTED = reason_columns(Verdict(Kind.NOT_CONVERGED, {"of": "", "steps": 40}))


def tables(difference: float | None) -> dict[str, pd.DataFrame]:
    """The three tables, for a difference in force as laid down; None where nothing can be estimated."""
    # Some combinations; all ways of each choice are among them.
    rows = [_row(dict(chosen), difference) for chosen, _ in list(combined(PRIMARY))[::47]]
    multiverse = conform(rows, "models/multiverse")
    return {
        "models/multiverse": multiverse,
        "models/multiverse_summary": multiverse_summary(multiverse),
        "models/permutation_reference": conform([_reference(difference)], "models/permutation_reference"),
    }


def _row(chosen: dict[str, str], difference: float | None) -> dict[str, Any]:
    row = {"agency": "seattle", "outcome": "force", **chosen, "n_rows": 86_254, "n_events": 1_640, "left_out": 0.0}
    if difference is None:
        return row | {"converged": False, **NOT_FITTED}
    moved = difference * (1 + sum(share for name, share in MOVES.items() if chosen[name] != LAID_DOWN))
    refused = chosen["calls"] == "fine_calls" and chosen["hour"] == LAID_DOWN
    return row | {
        **{"risk_difference": moved, "conf_low": moved - 0.0018, "conf_high": moved + 0.0018},
        **{"effective_clusters": 410.0, "n_contacts": 69_033, "refused": refused},
        **{"refused_by": "left_out" if refused else "", "converged": True, **reason_columns(None)},
    }


def _reference(difference: float | None) -> dict[str, Any]:
    row = {"agency": "seattle", "outcome": "force"}
    if difference is None:
        return row | {"converged": False, **NOT_FITTED}
    statistic = difference / 0.0009
    tail = 4.5 if np.abs(statistic) > 2 else 250.0
    return row | {
        **{"risk_difference": difference, "conf_low": difference - 0.0018, "conf_high": difference + 0.0018},
        **{"statistic": statistic, "drawn_low": -1.9, "drawn_high": 1.8, "p_value": 2 * tail / 501, "n_draws": 500},
        **{"n_movable": 635, "n_contacts": 86_254, "n_events": 1_640, "converged": True, **reason_columns(None)},
    }
