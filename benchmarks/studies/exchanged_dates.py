"""`python -m benchmarks.studies.exchanged_dates [cities]`: is the p-value uniform where certification means nothing?

Officers differ in how readily they use force, are hired over years and certified at days of their own; force follows
calls and officer, never certification. Exit 1 where a Kolmogorov-Smirnov test over the cities finds a departure.
"""

import sys
from unittest.mock import patch

import numpy as np
from scipy.stats import kstest

from cit_platform.studies import permutation_reference as study
from cit_platform_tests.studies.test_permutation_reference import found, switching

N_CITIES, DRAWS = 400, 99
CONTACTS, OFFICERS = 1_500, 80
LEVEL = 0.01


def main() -> int:
    """Draw the cities, print how the p-values lie and how often an effect of a half is found."""
    n_cities = int(sys.argv[1]) if len(sys.argv) > 1 else N_CITIES
    with patch.object(study, "DRAWS", DRAWS):
        null, halved = (np.array([p_value(effect, seed) for seed in range(n_cities)]) for effect in (0.0, np.log(0.5)))
    tested = kstest(null, "uniform")
    print(
        f"{n_cities} cities of {CONTACTS:,} contacts, {DRAWS} exchanges each: p-values without an association, mean "
        f"{null.mean():.3f}, at most 0.05 in {100 * np.mean(null <= 0.05):.1f} %, Kolmogorov-Smirnov "
        f"{tested.statistic:.3f} (p = {tested.pvalue:.2f}); force halved: at most 0.05 in "
        f"{100 * np.mean(halved <= 0.05):.1f} %"
    )
    return int(tested.pvalue < LEVEL)


def p_value(effect: float, seed: int) -> float:
    """The p-value of one city."""
    return float(found(switching(CONTACTS, effect, seed, OFFICERS))["p_value"])


if __name__ == "__main__":
    sys.exit(main())
