"""The commands `make soak` and `make year`: each soak case by its name; exit 1 if anything was not as it must be."""

import argparse
import sys
from pathlib import Path

from benchmarks.soak.growth import write_growth
from benchmarks.soak.kills import soak_kills
from benchmarks.soak.year import live_year


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    cases = parser.add_subparsers(required=True, dest="case")
    kills = cases.add_parser("kills", help="whole refreshes killed at random moments, each followed by a normal one")
    kills.add_argument("--count", type=int, default=100)
    kills.add_argument("--rows", type=int, default=5_000, help="records of the city up to the end of 2025")
    kills.add_argument("--seed", type=int, default=11, help="of the random moments")
    year = cases.add_parser(
        "year", help="nights one after the other: their time, and what grows; goes on where it ended"
    )
    year.add_argument("--nights", type=int, default=365)
    year.add_argument("--rows", type=int, default=5_000, help="records of the city before the first night")
    year.add_argument("--folder", type=Path, default=Path(".cit/year"), help="takes the home and the nights' figures")
    chosen = parser.parse_args()
    if chosen.case == "kills":
        return soak_kills(chosen.count, chosen.rows, chosen.seed)
    failed = live_year(chosen.nights, chosen.rows, chosen.folder.resolve())
    return failed or write_growth(chosen.folder, chosen.rows)


if __name__ == "__main__":
    sys.exit(main())
