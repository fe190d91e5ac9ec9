"""The command `make coverage`: 2,000 cities of each design, 400 for few officers; fails where coverage does."""

import sys
import time
from pathlib import Path

import pandas as pd

from benchmarks.coverage import few_officers
from benchmarks.coverage.cities import DESIGNS
from benchmarks.coverage.simulation import simulate
from benchmarks.coverage.summary import HIGHEST, LOWEST, outside, overall, summarise, table

RESULT = Path(__file__).parents[1] / "results" / "coverage.csv"
N_CITIES = 2_000
RESULT_OF_FEW = RESULT.with_name("few_officers.csv")
N_CITIES_OF_FEW = 400
WORKERS = 2


def main() -> int:
    """Both studies; 1 if a coverage of either lies outside its limits."""
    return max(designs(), few())


def few() -> int:
    """Simulate officer attributes of few officers, write the result, print its table; 1 if one covers too seldom."""
    cities = list(few_officers.simulate(N_CITIES_OF_FEW, workers=WORKERS))
    RESULT_OF_FEW.parent.mkdir(exist_ok=True)
    few_officers.summarise(cities).to_csv(RESULT_OF_FEW, index=False, float_format="%.6g", lineterminator="\n")
    summary = pd.read_csv(RESULT_OF_FEW)
    print(few_officers.table(summary))
    failures = few_officers.outside(summary)
    for line in failures.to_dict("records"):
        print(f"{line['quantity']}: {100 * line['jackknife']:.1f} % covered.", file=sys.stderr)
    return 1 if len(failures) else 0


def designs() -> int:
    """Simulate the designs, write the result, print its table; 1 if a coverage lies outside its limits."""
    summaries = []
    for design in DESIGNS:
        start = time.monotonic()
        cities = list(simulate(design, N_CITIES, workers=WORKERS))
        summaries.append(summarise(design, cities))
        print(f"Design {design.name}: {N_CITIES} cities in {time.monotonic() - start:.0f} s", file=sys.stderr)
    RESULT.parent.mkdir(exist_ok=True)
    pd.concat(summaries).to_csv(RESULT, index=False, float_format="%.6g", lineterminator="\n")
    # What is printed is what was written, rounded once.
    summary = pd.read_csv(RESULT)
    print(table(summary), overall(summary), sep="\n")
    failures = outside(summary)
    for line in failures.to_dict("records"):
        print(
            f"Design {line['design']}, {line['model']} by {line['unit']}, {line['outcome']}, {line['quantity']}: "
            f"{100 * line['coverage']:.1f} % covered, outside {100 * LOWEST:.1f}-{100 * HIGHEST:.1f} %.",
            file=sys.stderr,
        )
    return 1 if len(failures) else 0


if __name__ == "__main__":
    sys.exit(main())
