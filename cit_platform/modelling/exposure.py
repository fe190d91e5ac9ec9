"""Whether certification is usable as an exposure, by report quarter; no date is given.

The certified are officers here: those of whose contacts in a quarter at least half are certified. In this order:

1. Quarters in a row with contacts of one kind only are judged together, by their officers, for a small city's quarter
   alone says little. Implausible: none certified, where under a share of 15 % chance would give that to under 1 in 100
   (`few_certified`), or all, likewise over 95 % (`few_uncertified`).
2. A quarter with both kinds is judged by itself, by the exact binomial tail at the same bounds.
3. A quarter of one kind only and under 10 officers that is not implausible so far has the verdict of the quarter
   before it (`quarter_before`); the first one is usable.
4. Of two successive usable quarters with 10 officers or more, a share that differs by more than 20 points beyond chance
   (1 in 100, Agresti and Caffo 2000, The American Statistician 54, 280-288) makes the earlier one and all before it
   implausible (`jump`): what the field means has changed between them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

import numpy as np

from cit_platform.inference.proportions import Proportion, proportion
from cit_platform.modelling.windows import IMPLAUSIBLE, USABLE, first_day

if TYPE_CHECKING:
    import pandas as pd

SMALLEST_SHARE, LARGEST_SHARE, LARGEST_JUMP = 0.15, 0.95, 0.20
CHANCE = 0.01
FEWEST_OFFICERS = 10
CHANGES = ("to_certified", "to_uncertified")


@dataclass(frozen=True)
class Quarter:
    """What a quarter holds: its officers, how many are certified, its certified share of contacts, and the verdict.

    `reason` is empty where the quarter is usable.
    """

    name: str
    officers: frozenset[str]
    n_certified: int
    share: Proportion
    reason: str = ""

    @property
    def size(self) -> int:
        """Officers."""
        return len(self.officers)

    @property
    def kind(self) -> str:
        """Which reports it holds: of certified officers, of others, or of both."""
        return {0: "not_certified", self.share.n_rows: "certified"}.get(self.share.n_events, "both")


def exposure_of(counts: "pd.DataFrame") -> "pd.DataFrame":
    """The table `quality/exposure`.

    Args:
        counts: a row per quarter, officer and quarter of the contact before, as
            `transforms/quality/exposure_counts.sql` gives them. A change of certification counts only between quarters
            of the same verdict: between an implausible and a usable one it is the field that changed.
    """
    import pandas as pd

    parts = dict(iter(counts.groupby("quarter", sort=True)))
    judged = judged_quarters([_quarter(str(name), part) for name, part in parts.items()])
    verdicts = {quarter.name: IMPLAUSIBLE if quarter.reason else USABLE for quarter in judged}
    followed = counts[counts["quarter"].map(verdicts) == counts["quarter_before"].map(verdicts)]
    rows = [
        {
            "quarter": quarter.name,
            "first_day": first_day(quarter.name),
            "contacts": quarter.share.n_rows,
            "officers": quarter.size,
            "certified_share": quarter.share.estimate,
            "certified_share_conf_low": quarter.share.low,
            "certified_share_conf_high": quarter.share.high,
            **{change: _changed(followed[followed["quarter"] == quarter.name], change) for change in CHANGES},
            "revised": int(parts[quarter.name]["revised"].max()),
            "verdict": verdicts[quarter.name],
            "reason": quarter.reason,
        }
        for quarter in judged
    ]
    return pd.DataFrame(rows)


def _changed(part: "pd.DataFrame", change: str) -> int:
    """Officers with a change in a quarter."""
    return int(part.loc[part[change] == 1, "officer"].nunique())


def judged_quarters(quarters: Sequence[Quarter]) -> list[Quarter]:
    """Quarters in their order, each with the reason why it is implausible, if it is."""
    return _before_jumps(_as_before(_by_share(quarters)))


def _quarter(name: str, part: "pd.DataFrame") -> Quarter:
    by_officer = part.groupby("officer")[["contacts", "certified"]].sum()
    contacts, certified = by_officer["contacts"].to_numpy(np.float64), by_officer["certified"].to_numpy(np.float64)
    n_certified = int((2 * certified >= contacts).sum())
    return Quarter(name, frozenset(by_officer.index), n_certified, proportion(certified, contacts))


def _by_share(quarters: Sequence[Quarter]) -> list[Quarter]:
    judged: list[Quarter] = []
    for kind, group in groupby(quarters, key=lambda quarter: quarter.kind):
        run = list(group)
        if kind == "both":
            judged += [replace(q, reason=_beyond(q.n_certified, q.size)) for q in run]
        else:
            n = len(frozenset().union(*(q.officers for q in run)))
            judged += [replace(q, reason=_beyond(n if kind == "certified" else 0, n)) for q in run]
    return judged


def _beyond(n_certified: int, n: int) -> str:
    """Whether so many certified officers of n lie beyond what chance gives at the bounds, as a reason."""
    from scipy.special import bdtr

    if bdtr(n_certified, n, SMALLEST_SHARE) < CHANCE:
        return "few_certified"
    # As many others or fewer.
    return "few_uncertified" if bdtr(n - n_certified, n, 1.0 - LARGEST_SHARE) < CHANCE else ""


def _as_before(quarters: Sequence[Quarter]) -> list[Quarter]:
    judged: list[Quarter] = []
    for quarter in quarters:
        follows = quarter.kind != "both" and quarter.size < FEWEST_OFFICERS and not quarter.reason
        spoiled = follows and bool(judged) and bool(judged[-1].reason)
        judged.append(replace(quarter, reason="quarter_before") if spoiled else quarter)
    return judged


def _before_jumps(quarters: Sequence[Quarter]) -> list[Quarter]:
    compared = [n for n, q in enumerate(quarters) if not q.reason and q.size >= FEWEST_OFFICERS]
    jumps = [later for earlier, later in pairwise(compared) if _jumps(quarters[earlier], quarters[later])]
    end = max(jumps, default=0)
    return [replace(q, reason=q.reason or "jump") if n < end else q for n, q in enumerate(quarters)]


def _jumps(one: Quarter, other: Quarter) -> bool:
    from scipy.special import ndtri

    shares = [(quarter.n_certified + 1) / (quarter.size + 2) for quarter in (one, other)]
    variances = [share * (1 - share) / (q.size + 2) for share, q in zip(shares, (one, other), strict=True)]
    distance = abs(shares[0] - shares[1]) - float(ndtri(1 - CHANCE)) * sum(variances) ** 0.5
    return bool(distance > LARGEST_JUMP)
