"""The command `make soak`: each soak case by its name, `kills` so far; exit 1 if anything was not as it must be."""

import argparse
import sys

from benchmarks.soak.kills import soak_kills


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    cases = parser.add_subparsers(required=True)
    kills = cases.add_parser("kills", help="whole refreshes killed at random moments, each followed by a normal one")
    kills.add_argument("--count", type=int, default=100)
    kills.add_argument("--rows", type=int, default=5_000, help="records of the city up to the end of 2025")
    kills.add_argument("--seed", type=int, default=11, help="of the random moments")
    chosen = parser.parse_args()
    return soak_kills(chosen.count, chosen.rows, chosen.seed)


if __name__ == "__main__":
    sys.exit(main())
