"""`python -m benchmarks.by_group [cities]`: 1,000 cities with certification by kind of call, and as many by class."""

import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.by_group.simulation import Found, class_city, group_city

RESULT = Path(__file__).parents[1] / "results" / "by_group.csv"


def main() -> int:
    """Mean error, in Monte-Carlo errors and in standard errors, coverage, and how often 0 is left out."""
    n_cities = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    parts: dict[str, Callable[[int], Iterator[Found]]] = {
        "with effect": partial(group_city, effect=True),
        "without effect": partial(group_city, effect=False),
        "classes": class_city,
    }
    lines = []
    for name, city in parts.items():
        found = pd.DataFrame([vars(each) for number in range(n_cities) for each in city(number)])
        lines.append(summary(found).assign(part=name, cities=n_cities))
        print(f"{name}, {n_cities} cities\n{lines[-1].to_string(float_format='%.3f')}", flush=True)
    pd.concat(lines).to_csv(RESULT, float_format="%.4g", lineterminator="\n")
    return 0


def summary(found: pd.DataFrame) -> pd.DataFrame:
    """One line per quantity."""
    error = found["value"] - found["truth"]
    judged = found.assign(
        error=error,
        covers=(found["low"] <= found["truth"]) & (found["truth"] <= found["high"]),
        leaves_out_0=(found["low"] > 0) | (found["high"] < 0),
    )
    by_quantity = judged.groupby("quantity", sort=False)
    spread = by_quantity["error"].std() / np.sqrt(by_quantity.size())
    return pd.DataFrame(
        {
            "truth": by_quantity["truth"].mean(),
            "mean error / Monte-Carlo error": by_quantity["error"].mean() / spread,
            "mean error / standard error": by_quantity["error"].mean() / by_quantity["std_error"].mean(),
            "coverage %": 100 * by_quantity["covers"].mean(),
            "leaves out 0 %": 100 * by_quantity["leaves_out_0"].mean(),
        }
    )


if __name__ == "__main__":
    sys.exit(main())
