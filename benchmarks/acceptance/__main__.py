"""`python -m benchmarks.acceptance [cities]`: 1,000 cities each without an effect, with a lower and a higher one."""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.acceptance.cities import EFFECTS, ESTIMATORS, Found

RESULT = Path(__file__).parents[1] / "results" / "acceptance.csv"
N_CITIES = 1_000


def main() -> int:
    """Draw, write a line per estimator and effect, and print them."""
    n_cities = int(sys.argv[1]) if len(sys.argv) > 1 else N_CITIES
    lines = []
    for place, (name, estimator) in enumerate(ESTIMATORS.items()):
        for effect, size in EFFECTS.items():
            found = [estimator(np.random.default_rng([number, place]), size) for number in range(n_cities)]
            lines.append({"estimator": name, "effect": effect, **summary(found)})
    table = pd.DataFrame(lines)
    table.to_csv(RESULT, index=False, float_format="%.4g", lineterminator="\n")
    print("\n".join(lines(table)))
    return 0


def lines(table: pd.DataFrame) -> list[str]:
    """The table's lines as `docs/methods.md` has them."""
    return [
        f"| {row['estimator']} | {row['effect']} | {row['truth']:.3f} | {row['monte_carlo_errors']:+.1f} "
        f"| {row['standard_errors']:+.2f} | {row['coverage']:.1f} | {row['leaves_out_0']:.1f} "
        f"| {row['naive_error']:+.3f} |"
        for row in table.to_dict("records")
    ]


def summary(found: Sequence[Found]) -> dict[str, float]:
    """Mean error, in Monte-Carlo errors and in standard errors, coverage and how often 0 is left out, in per cent."""
    columns = {name: np.array([getattr(each, name) for each in found]) for name in Found.__dataclass_fields__}
    error, truth = columns["value"] - columns["truth"], columns["truth"]
    spread = error.std(ddof=1) / len(found) ** 0.5
    return {
        "truth": truth.mean(),
        "mean_error": error.mean(),
        "monte_carlo_errors": error.mean() / spread if spread > 0 else 0.0,
        "standard_errors": error.mean() / columns["std_error"].mean(),
        "coverage": 100 * np.mean((columns["low"] <= truth) & (truth <= columns["high"])),
        "leaves_out_0": 100 * np.mean((columns["low"] > 0) | (columns["high"] < 0)),
        "naive_error": (columns["naive"] - truth).mean(),
        "cities": len(found),
    }


if __name__ == "__main__":
    sys.exit(main())
