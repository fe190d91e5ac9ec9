"""Which cells rest on too few officers to be shown, and which would give them away."""

import pandas as pd

FEWEST_OFFICERS = 10


def withheld(officers: "pd.Series[float]", total: "pd.Series[str]") -> "pd.Series[bool]":
    """Cells with under 10 officers; where a total has one such part alone, its next smallest part too.

    The total less the parts that are shown would else be the one that is not.

    Args:
        officers: (c,) named officers of each cell; NaN for a cell without contacts, which has nothing to withhold.
        total: (c,) what the cell is a part of.
    """
    few = officers < FEWEST_OFFICERS
    alone = few.groupby(total).transform("sum") == 1
    next_smallest = officers.where(~few).groupby(total).rank(method="first") == 1
    return few | (alone & next_smallest)
