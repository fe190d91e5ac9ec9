"""Which of the choices moves the difference in force most, and between which ends? The combinations, summed up.

For: seeing at one glance the range, and the choice that explains most of it.
Not for: a share of combinations on one side: what they have in common is the data, not a distribution.
"""

from typing import Any

import pandas as pd

from cit_platform.contracts.models import MULTIVERSE
from cit_platform.modelling.tidy import conform
from cit_platform.studies.protocol.specifications import LAID_DOWN

CHOICES = tuple(name for name in MULTIVERSE.key if name not in ("agency", "outcome"))
ALL = "all"


def multiverse_summary(multiverse: pd.DataFrame) -> pd.DataFrame:
    """A row of all combinations, a row per choice, and one per way to make it, as the contract has it."""
    rows: list[dict[str, Any]] = []
    for (agency, outcome), combinations in multiverse.groupby(["agency", "outcome"]):
        shown = combinations[combinations["converged"] & (combinations["refused"] == False)]  # noqa: E712 - has nulls
        key = {"agency": agency, "outcome": outcome}
        rows.append(key | _row(ALL, "", combinations, shown))
        for choice in CHOICES:
            rows.append(key | _row(choice, "", combinations, shown) | {"explained": _explained(shown, choice)})
            for way, made_so in combinations.groupby(choice):
                rows.append(key | _row(choice, str(way), made_so, shown[shown[choice] == way]))
    return conform(rows, "models/multiverse_summary")


def headline_numbers(frame: pd.DataFrame) -> dict[str, float]:
    """What each choice explains of the range, for the UI to plot over time."""
    known = frame[frame["explained"].notna()]
    return {f"explained by {row['choice']}": float(row["explained"]) for row in known.to_dict("records")}


def _row(choice: str, way: str, combinations: pd.DataFrame, shown: pd.DataFrame) -> dict[str, Any]:
    differences = shown["risk_difference"]
    return {
        "choice": choice,
        "way": way,
        "n_combinations": len(combinations),
        "n_shown": len(shown),
        "refused_share": float(combinations["refused"].fillna(value=True).astype(bool).mean()),
        "lowest": differences.min(),
        "median": differences.median(),
        "highest": differences.max(),
        "lowest_conf_low": shown["conf_low"].min(),
        "highest_conf_high": shown["conf_high"].max(),
        "n_contacts": shown["n_contacts"].min() if len(shown) else None,
        "converged": len(shown) > 0,
        **_why(combinations, shown),
    }


def _why(combinations: pd.DataFrame, shown: pd.DataFrame) -> dict[str, Any]:
    """Why nothing is shown: as of the first combination, which is the one laid down."""
    names = ("note", "reason", "reason_facts")
    if len(shown):
        return dict.fromkeys(names, "")
    of_choices = (combinations[list(CHOICES)] == LAID_DOWN).sum(axis=1)
    first = combinations.iloc[int(of_choices.to_numpy().argmax())]
    return {name: first[name] for name in names}


def _explained(shown: pd.DataFrame, choice: str) -> float | None:
    """The share of the variance among combinations that lies between the ways of one choice (eta squared).

    Source: Fisher (1925), Statistical Methods for Research Workers, sec. 40.
    """
    total = float(((shown["risk_difference"] - shown["risk_difference"].mean()) ** 2).sum())
    if not total > 0:
        return None
    means = shown.groupby(choice)["risk_difference"].transform("mean")
    return float(((means - shown["risk_difference"].mean()) ** 2).sum()) / total
