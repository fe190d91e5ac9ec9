"""Does certification go with more of everything and less of nothing? The verdict on the published claim.

For: one answer from three risk differences, each of which must have its lower 95 % limit above 0.
Not for: the size of any of them: see models/absolute_risk.
"""

from typing import Any

import pandas as pd

from cit_platform.modelling.tidy import conform
from cit_platform.studies.disposition import DISPOSITION_SPECIFICATIONS


def interventionist_effect(absolute_risk: pd.DataFrame) -> pd.DataFrame:
    """Intersection-union test: supported where arrest, detention and referral all have a lower 95 % limit above 0.

    Each part is tested at its own level and no correction is needed, for the claim holds only if all parts do
    (Berger 1982, Technometrics 24, 295-300).

    Args:
        absolute_risk: `models/absolute_risk` of one agency and window.

    Returns:
        One row per disposition in the contract of `models/interventionist_effect`, the same verdict on each.
    """
    outcomes = [outcome.name for outcome in DISPOSITION_SPECIFICATIONS[0].outcomes]
    about = (absolute_risk["model"] == "disposition") & absolute_risk["outcome"].isin(outcomes)
    parts = [_part(row) for row in absolute_risk[about].to_dict("records")]
    verdict = _verdict([part["above_zero"] for part in parts])
    return conform([{**part, "verdict": verdict} for part in parts], "models/interventionist_effect")


def _part(row: dict[Any, Any]) -> dict[str, Any]:
    low = row["risk_difference_conf_low"]
    copied = (
        "agency",
        "outcome",
        "risk_difference",
        "risk_difference_conf_low",
        "risk_difference_conf_high",
        "n_contacts",
        "note",
        "reason",
        "reason_facts",
    )
    return {**{name: row[name] for name in copied}, "above_zero": None if pd.isna(low) else bool(low > 0)}


def _verdict(above_zero: list[bool | None]) -> str:
    if None in above_zero:
        return "cannot_be_estimated"
    return "supported" if all(above_zero) else "not_supported"
