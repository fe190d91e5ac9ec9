"""The command `make measurement`: 1,000 cities under each switch, half of them without any effect of certification."""

import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pandas as pd

from benchmarks.measurement.simulation import causal_values, simulate
from benchmarks.measurement.summary import summarise, table
from benchmarks.measurement.switches import SWITCHES

RESULT = Path(__file__).parents[1] / "results" / "measurement.csv"
PAGE = Path(__file__).parents[2] / "docs" / "methods.md"
BEGIN, END = "<!-- measurement: begin -->\n", "<!-- measurement: end -->\n"
N_CITIES = 1_000
WORKERS = 2


def main() -> int:
    """Simulate, write the result and its table in docs/methods.md."""
    n_cities = int(sys.argv[1]) if len(sys.argv) > 1 else N_CITIES
    lines = []
    with ProcessPoolExecutor(WORKERS) as executor:
        for switch in SWITCHES:
            start = time.monotonic()
            values = causal_values(switch, effect=True)
            with_effect = list(simulate(switch, n_cities // 2, executor, effect=True))
            without = list(simulate(switch, n_cities // 2 if switch.has_null else 0, executor, effect=False))
            lines += summarise(switch, with_effect, without, values)
            print(f"{switch.name}: {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    RESULT.parent.mkdir(exist_ok=True)
    pd.DataFrame(lines).to_csv(RESULT, index=False, float_format="%.6g", lineterminator="\n")
    print(write_page())
    return 0


def write_page() -> str:
    """Put the table of the written result, rounded once, between its marks in docs/methods.md."""
    written = table(pd.read_csv(RESULT))
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{written}\n{END}{rest.split(END)[1]}", encoding="utf-8")
    return written


if __name__ == "__main__":
    sys.exit(main())
