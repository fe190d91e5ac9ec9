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
    """The odds ratio of certification in the primary specification, for the UI to plot over time.

    Of several outcomes the ratio alone, of a single one its interval too.
    """
    primary = frame[(frame["term"] == EXPOSURE) & frame["converged"] & (frame["variant"] == "primary")]
    columns = ("odds_ratio", "conf_low", "conf_high") if len(primary) == 1 else ("odds_ratio",)
    return {f"{row['outcome']} {name}": float(row[name]) for row in primary.to_dict("records") for name in columns}


def tidy_study(estimations: tuple[Estimation, ...], agency: str, path: str) -> Study:
    """Every coefficient of every estimation, in the tidy contract of a table."""
    return Study(
        conform([row for estimation in estimations for row in tidy_rows(estimation, agency)], path), estimations
    )
