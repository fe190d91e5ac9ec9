"""What a study of several fits gives: its table, and the fits behind it for whoever checks them."""

from dataclasses import dataclass

import pandas as pd

from cit_platform.modelling.estimation import Estimation
from cit_platform.modelling.tidy import conform, tidy_rows


@dataclass(frozen=True, eq=False)
class Study:
    """A table in its contract, and the estimations whose coefficients it holds."""

    table: pd.DataFrame
    estimations: tuple[Estimation, ...]


def tidy_study(estimations: tuple[Estimation, ...], agency: str, path: str) -> Study:
    """Every coefficient of every estimation, in the tidy contract of a table."""
    return Study(
        conform([row for estimation in estimations for row in tidy_rows(estimation, agency)], path), estimations
    )
