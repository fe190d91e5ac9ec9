"""`python -m benchmarks.confidence_sequence`: 1,000 cities looked at 40 times, without any difference."""

import sys

from benchmarks.confidence_sequence.simulation import N_LOOKS, simulate

SEED = 20_261_127


def main() -> int:
    """Print how often limits ever left out the truth."""
    n_cities = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    found = simulate(n_cities, SEED)
    print(f"{n_cities} cities, {N_LOOKS} looks; the truth was ever left out by")
    print(f"  the confidence sequence     {100 * found.sequence_fails:.1f} %")
    print(f"  intervals of one look       {100 * found.one_look_fails:.1f} %")
    print(f"  the last of these alone     {100 * found.one_look_fails_at_the_end:.1f} %")
    return 0


if __name__ == "__main__":
    sys.exit(main())
