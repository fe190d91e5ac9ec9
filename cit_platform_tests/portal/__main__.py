"""Serve the demonstration city, or a file of SODA JSON, with a new day of data each minute."""

from __future__ import annotations

import argparse
import time
from datetime import date, timedelta
from pathlib import Path

from cit_platform_tests.portal.dataset import Dataset
from cit_platform_tests.portal.faults import NAMES
from cit_platform_tests.portal.server import DATASET_ID, FakePortal
from cit_platform_tests.portal.states import STATES, TODAY, in_state


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m cit_platform_tests.portal", description=__doc__)
    parser.add_argument("--port", type=int, default=8800)
    parser.add_argument("--rows", type=int, default=20_000, help="records of the city up to the end of 2025")
    parser.add_argument("--as-of", type=date.fromisoformat, default=date(2026, 3, 1), help="first day served")
    parser.add_argument("--day-every", type=float, default=60.0, help="seconds between two days; 0 stalls")
    parser.add_argument("--file", type=Path, help="serve this file of SODA JSON instead of the city")
    parser.add_argument("--state", choices=STATES, default=TODAY, help="as the city printed its records at a time")
    parser.add_argument("--token", action="append", default=[], help="an app token that the portal knows")
    chosen = parser.parse_args()
    received = Dataset.of_file(chosen.file) if chosen.file else Dataset.of_city(chosen.as_of, chosen.rows)
    first = in_state(received, chosen.state)
    try:
        with FakePortal(first, chosen.port, tuple(chosen.token)) as portal:
            print(f"{first.n_rows:,} rows as of {chosen.as_of} at {portal.url}; end with Ctrl-C. Use it with\n")
            print(f"  CIT_SOURCE=socrata CIT_SOCRATA_URL={portal.url} CIT_SOCRATA_DATASET={DATASET_ID} make refresh\n")
            print(f"  curl -X POST '{portal.url}/misbehave?name=reset&on=page&times=2'\n")
            print(f"Faults: {', '.join(NAMES)}", flush=True)
            _live(portal, chosen.as_of, chosen.rows, chosen.state, 0.0 if chosen.file else chosen.day_every)
    except KeyboardInterrupt:
        print("\nThe portal is closed.")


def _live(portal: FakePortal, day: date, rows: int, state: str, seconds: float) -> None:
    while True:
        time.sleep(seconds or 3600)
        if seconds:
            day += timedelta(days=1)
            portal.dataset = portal.dataset.replaced(in_state(Dataset.of_city(day, rows), state).table)
            print(f"{day}: {portal.dataset.n_rows:,} rows", flush=True)


if __name__ == "__main__":
    main()
