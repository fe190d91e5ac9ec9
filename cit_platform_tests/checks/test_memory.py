"""What the checks hold in Python does not grow with rows: the engine counts, and only what it counted is judged.

The full form, with the engine's memory and seconds, is `python -m benchmarks.checks`.
"""

import tracemalloc
from pathlib import Path

import pytest

from cit_platform.checks.audit import CheckOutcome, audit
from cit_platform.checks.counting import StagedRows
from cit_platform.engine.duckdb import plain_engine
from cit_platform_tests.checks.frames import SPOILED, context, spoiled_frame, staged


@pytest.mark.parametrize("path", SPOILED)
def test_thirty_times_the_rows_take_no_more_memory_in_python(path: str, tmp_path: Path) -> None:
    few, many = (_peak(path, n, tmp_path / str(n)) for n in (300, 9_000))
    assert many < 1.2 * few


def _peak(path: str, n: int, folder: Path) -> int:
    """Bytes that Python held at most while it audited rows that all break one rule."""
    engine = plain_engine("1GB", 1, folder / "spill")
    rows = StagedRows(staged(spoiled_frame(path, n), path, engine, folder), engine, context(path, n))
    outcomes = audit(rows, None)
    assert _most_broken(outcomes) == n
    tracemalloc.start()
    try:
        audit(rows, None)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _most_broken(outcomes: list[CheckOutcome]) -> int:
    return max(int(outcome.numbers.get("unexpected_count", 0)) for outcome in outcomes)
