"""`python -m benchmarks.studies.dispatch_balance [cities]`: bias, coverage and size of what the study prints."""

import math
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.studies.selection import SCENARIOS, Outcome, Scenario, outcome

RESULT = Path(__file__).parents[1] / "results" / "dispatch_balance.csv"
N_CITIES = 1_000
WORKERS = 2


def main() -> int:
    """Simulate, write the result, and print it."""
    n_cities = int(sys.argv[1]) if len(sys.argv) > 1 else N_CITIES
    with ProcessPoolExecutor(WORKERS) as executor:
        lines = [
            summary(scenario, list(executor.map(partial(outcome, scenario), range(n_cities), chunksize=10)))
            for scenario in SCENARIOS
        ]
    result = pd.DataFrame(lines)
    result.to_csv(RESULT, index=False, float_format="%.4g", lineterminator="\n")
    print(result.to_string())
    return 0


def summary(scenario: Scenario, outcomes: list[Outcome]) -> dict[str, float | str]:
    """One line: per 1,000 contacts the truth, mean error and its Monte-Carlo error; percent covered and rejected.

    The truth is the mean over the draws: intervals are about cities of this kind, not about the calls of one draw.
    """
    line: dict[str, float | str] = {"scenario": scenario.name, "cities": len(outcomes)}
    for name in ("prognostic", "overlap"):
        truth = float(np.mean([getattr(each, f"{name}_truth") for each in outcomes]))
        found = [getattr(each, name) for each in outcomes]
        estimate, error, low, high = (
            np.array([float(getattr(each, part)) for each in found])
            for part in ("estimate", "std_error", "low", "high")
        )
        line |= {
            f"{name}_truth": 1000 * truth,
            f"{name}_mean_error": 1000 * (estimate.mean() - truth),
            f"{name}_monte_carlo": 1000 * estimate.std(ddof=1) / len(found) ** 0.5,
            f"{name}_sd": 1000 * estimate.std(ddof=1),
            f"{name}_mean_se": 1000 * error.mean(),
            f"{name}_coverage": 100 * np.mean((low < truth) & (truth < high)),
            f"{name}_excludes_0": 100 * np.mean((low > 0) | (high < 0)),
        }
    return line | {
        "shuffles_reject": 100 * np.mean([each.shuffled_p <= 0.05 for each in outcomes]),
        "certified_apart_points": 100 * np.mean([each.certified_apart for each in outcomes]),
        "headline_odds_ratio": math.exp(np.mean([each.log_odds_ratio for each in outcomes])),
    }


if __name__ == "__main__":
    sys.exit(main())
