"""The command `make bench`: our engine, statsmodels, glum, pyfixest and scikit-learn on the same rows in one run."""

import argparse
import csv
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.engine.city import draw_features
from benchmarks.engine.measure import Measured, measured, spawn
from benchmarks.engine.methods import METHODS, OURS
from benchmarks.engine.report import COLUMNS, HUGE, LARGE, MIDDLE, SMALL, document, figures, lines_of
from benchmarks.engine.tasks import SPECIFICATIONS, Task, write_rows

RESULTS = Path(__file__).parents[1] / "results" / "engine.csv"
PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"
# What takes longest comes last.
SIZES = (SMALL, MIDDLE, HUGE, LARGE)
# The largest table is the one before it so many times, in as many files.
TILES = HUGE // LARGE


def main() -> int:
    """Measure and print; of all sizes also write `results/engine.csv` and `docs/benchmarks.md`."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine", description=__doc__)
    parser.add_argument("--rows", type=int, choices=SIZES, action="append", help="only this size; may be repeated")
    parser.add_argument("--data", type=Path, help="directory that keeps the feature tables for another run")
    chosen = parser.parse_args()
    sizes = tuple(chosen.rows or SIZES)
    found: list[Measured] = []
    with tempfile.TemporaryDirectory(prefix="engine-") as temporary:
        data = chosen.data or Path(temporary)
        data.mkdir(parents=True, exist_ok=True)
        for rows in sizes:
            for one in _measure_size(rows, data, Path(temporary)):
                found.append(one)
                _say(one)
                if sizes == SIZES:
                    _write(found)
    for figure in figures(found):
        print(f"{figure.what}: {figure.wanted}: {figure.measured or 'not measured'}: {figure.reached or '-'}")
    return 0


def _measure_size(rows: int, data: Path, temporary: Path) -> Iterator[Measured]:
    files, reason = _features(rows, data, temporary)
    for model in SPECIFICATIONS:
        task = Task(model, files, temporary / f"{model}-{rows}.parquet")
        positions = [i for i, each in enumerate(METHODS) if model in each.models and rows <= each.largest]
        if reason:
            yield Measured(model, rows, OURS, 0, *([float("nan")] * 3), None, reason)
            continue
        if any(METHODS[i].name != OURS for i in positions):
            _apart(write_rows, task)
        for position in positions:
            yield measured(position, task, rows)
        task.rows.unlink(missing_ok=True)


def _features(rows: int, data: Path, temporary: Path) -> tuple[tuple[Path, ...], str]:
    """The files of a feature table, drawn if need be, or why there are none."""
    file = data / f"{min(rows, LARGE)}.parquet"
    if not file.exists():
        print(f"Drawing a city of {min(rows, LARGE):,} rows ...", flush=True)
        _apart(draw_features, min(rows, LARGE), file)
    if rows <= LARGE:
        return (file,), ""
    needed, free = TILES * file.stat().st_size, shutil.disk_usage(temporary).free
    if free < 2 * needed:
        return (), f"not measured: {needed / 1e9:.1f} GB of files, {free / 1e9:.1f} GB free on the disk"
    return tuple(Path(shutil.copy(file, temporary / f"tile-{i}.parquet")) for i in range(TILES)), ""


def _apart(work: object, *arguments: object) -> None:
    """Work in a process of its own: the memory of this one is where those that are measured begin."""
    process = spawn.Process(target=work, args=arguments)  # type: ignore[arg-type]
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(f"A table could not be prepared (exit code {process.exitcode}); see above.")


def _say(one: Measured) -> None:
    words = f"{one.seconds:10.4f} s{one.cpu_seconds:10.4f} CPU s{one.peak_mib:8,.0f} MiB   {one.repeats} repeats"
    print(f"{one.model:<28}{one.rows:>12,} {one.method:<36}{one.failure or words}", flush=True)


def _write(found: Sequence[Measured]) -> None:
    """Keep what there is so far: the whole takes long."""
    PAGE.write_text(document(found, datetime.now(UTC).date().isoformat()), encoding="utf-8")
    RESULTS.parent.mkdir(exist_ok=True)
    with RESULTS.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for line in lines_of(found):
            writer.writerow({k: f"{v:.6g}" if isinstance(v, float) else v for k, v in line.items()})


if __name__ == "__main__":
    sys.exit(main())
