"""`python -m benchmarks.family_wise [cities]`: cities without any difference, their primary outcomes judged together.

Officers differ in how readily any outcome follows, so the four estimates depend on each other. Fails
where the simultaneous intervals hold outside 93.5 to 96.5 % of the cities, by more than Monte-Carlo error.
"""

import sys

import numpy as np
import pandas as pd

from cit_platform.modelling.features import feature_frames
from cit_platform.studies.disposition import GROUPS
from cit_platform.studies.primary_outcomes import primary_outcomes
from cit_platform_tests.studies.city import WINDOWS, Truth, contacts_of

N_CITIES, N_CONTACTS = 1_000, 4_000
NOTHING = Truth(0.0, dict.fromkeys(GROUPS, 0.0), force_intercept=-2.6, officers=200, officer_sd=0.4)
LOWEST, HIGHEST, Z = 0.935, 0.965, 3.0


def judged(number: int) -> dict[str, bool]:
    """Of one city, whether all simultaneous and all single intervals hold 0, and what Holm and the margins say."""
    contacts = contacts_of(N_CONTACTS, NOTHING, seed=number)
    features = feature_frames(contacts.assign(record_id=contacts["contact_id"]), contacts)
    found = primary_outcomes(features, "seattle", WINDOWS)
    return {
        "simultaneous": bool(((found["simultaneous_low"] < 0) & (found["simultaneous_high"] > 0)).all()),
        "single": bool(((found["risk_difference_conf_low"] < 0) & (found["risk_difference_conf_high"] > 0)).all()),
        "holm": bool((found["p_value_holm"] > 0.05).all()),
        "never_larger": bool((found["size"] != "larger").all()),
    }


def main(n_cities: int) -> int:
    """Print the shares; 1 where the simultaneous intervals do not hold as often as said."""
    shares = pd.DataFrame([judged(number) for number in range(n_cities)]).mean()
    error = np.sqrt(0.95 * 0.05 / n_cities)
    print(f"{n_cities} cities of {N_CONTACTS} contacts, Monte-Carlo error {100 * error:.1f} points")
    print("\n".join(f"{name}: {100 * share:.1f} %" for name, share in shares.items()))
    return int(not LOWEST - Z * error < shares["simultaneous"] < HIGHEST + Z * error)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else N_CITIES))
