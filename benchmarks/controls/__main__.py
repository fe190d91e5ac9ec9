"""The command `make controls`: negative controls in 1,000 cities without any effect of certification, by switch."""

import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cit_platform.modelling.estimation import estimate
from cit_platform.modelling.study import tidy_study
from cit_platform.studies.estimates import estimates
from cit_platform.studies.force import PRIMARY
from cit_platform.studies.negative_controls import ANSWER, negative_controls
from cit_platform_tests.studies.large import WINDOWS, features_of, without_effect

RESULT = Path(__file__).parents[1] / "results" / "controls.csv"
N_CITIES, WORKERS, SEED = 1_000, 2, 20_261_127
N_OFFICERS, N_CONTACTS = 200, 12_000
SWITCHES: dict[str, dict[str, Any]] = {
    "nothing wrong": {"defects": True},
    "missing values by certification": {"defects": True, "defects_by_certification": True},
    "officers certify for what they are": {"defects": True, "officer_selection": 1.5, "officer_sd": 0.8},
    "recording by certification": {"defects": True, "recording_by_certification": True},
}


def main() -> int:
    """Draw the cities of each switch and write a line per control and answer."""
    n_cities = int(sys.argv[1]) if len(sys.argv) > 1 else N_CITIES
    lines: list[dict[str, Any]] = []
    with ProcessPoolExecutor(WORKERS) as executor:
        for name in SWITCHES:
            start = time.monotonic()
            found = pd.concat(executor.map(partial(one_city, name), range(n_cities)))
            lines += [{"switch": name, "cities": n_cities, **line} for line in summary(found)]
            print(f"{name}: {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    table = pd.DataFrame(lines)
    table.to_csv(RESULT, index=False, float_format="%.4g", lineterminator="\n")
    print(table.to_string(index=False))
    return 0


def one_city(switch: str, number: int) -> pd.DataFrame:
    """The table of the study for one city; certification does nothing in it."""
    city = replace(without_effect(**SWITCHES[switch]), n_officers=N_OFFICERS)
    features = features_of(city, N_CONTACTS, SEED + number)
    primary = tidy_study((estimate(PRIMARY, features, WINDOWS),), "seattle", "models/force").table
    return negative_controls(features, "seattle", WINDOWS, estimates(primary))


def summary(found: pd.DataFrame) -> list[dict[str, Any]]:
    """By control: how often it has a number, its mean, how often its interval leaves out no association."""
    lines = []
    for (kind, control), rows in found.groupby(["kind", "control"]):
        known = rows[rows["converged"].astype(bool)]
        beyond = (known["conf_low"] > 1) | (known["conf_high"] < 1)
        line = {"kind": kind, "control": control, "estimable": len(known) / len(rows), "mean": known["estimate"].mean()}
        line |= {"mean_error": known["estimate"].std() / max(len(known), 1) ** 0.5, "leaves_out_1": beyond.mean()}
        if kind == ANSWER:
            calibrated = known.dropna(subset=["calibrated_odds_ratio"])
            centre = np.log(calibrated["calibrated_odds_ratio"])
            low, high = (calibrated[f"calibrated_odds_ratio_conf_{end}"] for end in ("low", "high"))
            line |= {"calibrated_mean": centre.mean(), "calibrated_leaves_out_1": ((low > 1) | (high < 1)).mean()}
        lines.append(line)
    return lines


if __name__ == "__main__":
    sys.exit(main())
