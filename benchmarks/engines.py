"""Whether both engines give the same: a city refreshed by each, every table, estimate and verdict compared.

`python -m benchmarks.engines [--rows 2000] [--remote 'local[2]']`, minutes. Ends with 1 where anything differs.
"""

import argparse
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from cit_platform.storage.lake import Lake
from cit_platform.storage.manifest import read_manifest
from cit_platform_tests.conftest import Cit

AS_OF = "2026-03-01"
TOLERANCE = 1e-9


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engines", description=__doc__)
    parser.add_argument("--rows", type=int, default=2000, help="records of the city")
    parser.add_argument("--remote", default="local[2]", help="where Spark computes")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cit-engines-") as folder:
        homes = Path(folder, "duckdb"), Path(folder, "spark")
        city = {"CIT_DEMO_ROWS": str(asked.rows), "CIT_AS_OF": AS_OF, "CIT_PSEUDONYM_KEY": secrets.token_hex(32)}
        refreshed(homes[0], city)
        refreshed(homes[1], city | {"CIT_ENGINE": "spark", "CIT_SPARK_REMOTE": asked.remote})
        differences = list(differing(*homes))
        n_tables = len(Lake(homes[0]).versions())
    print(
        *differences or [f"{n_tables} tables of {asked.rows:,} records: equal on both engines, and every verdict."],
        sep="\n",
    )
    sys.exit(bool(differences))


def refreshed(home: Path, variables: dict[str, str]) -> None:
    """Refresh a new home in a process of its own, its lines to the terminal."""
    cit = Cit(home, variables)
    subprocess.run(cit.command("refresh"), env=cit.environment(), check=True)


def differing(ours: Path, theirs: Path) -> Iterator[str]:
    """What one home holds otherwise than the other, a line each: rows, numbers beyond the tolerance, verdicts."""
    yield from differing_tables(ours, theirs, list(Lake(ours).versions()))
    tables = [read_manifest(home / "published" / "latest")["tables"] for home in (ours, theirs)]
    if tables[0] != tables[1]:
        yield "the editions' tables have other bytes"


def differing_tables(ours: Path, theirs: Path, paths: Sequence[str]) -> Iterator[str]:
    """What some tables of one home hold otherwise than those of the other."""
    one, other = Lake(ours), Lake(theirs)
    for path in paths:
        version, found = one.version(path), other.version(path)
        try:
            pd.testing.assert_frame_equal(version.frame(), found.frame(), rtol=0, atol=TOLERANCE)
        except AssertionError as error:
            yield f"{path}: {' '.join(str(error).split())}"
        if version.provenance.checks != found.provenance.checks:
            yield f"{path}: its checks say otherwise"


if __name__ == "__main__":
    main()
