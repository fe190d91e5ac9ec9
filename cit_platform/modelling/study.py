"""What a study of several fits gives: its table, and the fits behind it for whoever checks them."""

from dataclasses import dataclass

import pandas as pd

from cit_platform.modelling.estimation import Estimation
from cit_platform.modelling.specification import EXPOSURE
from cit_platform.modelling.tidy import conform, tidy_rows


@dataclass(frozen=True, eq=False)
class Study:
    """A table in its contract, and the estimations whose coefficients it holds."""

    table: pd.DataFrame
    estimations: tuple[Estimation, ...]


def certification_numbers(frame: pd.DataFrame) -> dict[str, float]:
    """The certification coefficient of each variant and outcome, for the UI to plot over time."""
    rows = frame[(frame["term"] == EXPOSURE) & frame["converged"]]
    return {
        f"cit {row['outcome']} {row['variant']} {name}": float(row[name])
        for row in rows.to_dict("records")
        for name in ("odds_ratio", "conf_low", "conf_high")
    }


def tidy_study(estimations: tuple[Estimation, ...], agency: str, path: str) -> Study:
    """Every coefficient of every estimation, in the tidy contract of a table."""
    return Study(
        conform([row for estimation in estimations for row in tidy_rows(estimation, agency)], path), estimations
    )
