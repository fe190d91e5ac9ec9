"""What was measured, as a table, and the figures to reach (design, section 11) held against it."""

import math
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.engine.measure import ENOUGH, LEAST, WARMED_UP, Measured, difference
from benchmarks.engine.methods import CATEGORIES, CLUSTERED, DISPOSITION, FORCE, OURS, TEXT

COLUMNS = (
    "model",
    "rows",
    "method",
    "repeats",
    "seconds",
    "cpu_seconds",
    "peak_mib",
    "times_ours",
    "cpu_times_ours",
    "memory_times_ours",
    "coefficient_difference",
    "error_difference",
    "note",
)
SMALL, MIDDLE, LARGE, HUGE = 110_000, 1_000_000, 10_000_000, 100_000_000
EQUAL = 1e-8


@dataclass(frozen=True)
class Figure:
    """What was to be reached and what was; `reached` is empty where the run did not measure it."""

    what: str
    wanted: str
    measured: str
    reached: str


def lines_of(found: Sequence[Measured]) -> list[dict[str, Any]]:
    """One line of COLUMNS per measurement; ratios and differences against our engine on the same rows."""
    return [_line(one, _get(found, one.model, one.rows, OURS)) for one in sorted(found, key=lambda one: one.rows)]


def _line(one: Measured, ours: Measured | None) -> dict[str, Any]:
    compared = ours is not None and one.answer is not None
    return {
        "model": one.model,
        "rows": one.rows,
        "method": one.method,
        "repeats": one.repeats,
        "seconds": one.seconds,
        "cpu_seconds": one.cpu_seconds,
        "peak_mib": one.peak_mib,
        "times_ours": one.seconds / ours.seconds if ours and compared else math.nan,
        "cpu_times_ours": one.cpu_seconds / ours.cpu_seconds if ours and compared else math.nan,
        "memory_times_ours": one.peak_mib / ours.peak_mib if ours and compared else math.nan,
        "coefficient_difference": difference(ours.answer if ours else None, one.answer, "coefficients"),
        "error_difference": difference(ours.answer if ours else None, one.answer, "errors"),
        "note": one.failure,
    }


def figures(found: Sequence[Measured]) -> list[Figure]:
    """The figures of the design that this benchmark measures."""
    ratios = ((FORCE, SMALL, 50), (DISPOSITION, SMALL, 150), (FORCE, LARGE, 400), (DISPOSITION, LARGE, 400))
    return [
        *(_ratio(found, *ratio, peer) for ratio in ratios for peer in (TEXT, CATEGORIES)),
        _both(found, LARGE, 1.0, 0.5),
        _both(found, HUGE, 10.0, 1.0),
        _clustering(found),
    ]


def _ratio(found: Sequence[Measured], model: str, rows: int, least: int, peer: str) -> Figure:
    ours, theirs = _get(found, model, rows, OURS), _get(found, model, rows, peer)
    what = f"{model} model, {rows:,} rows, against {peer}"
    wanted = f"≥ {least} times, equal to 1e-8"
    if not _measured(ours, theirs) or ours is None or theirs is None:
        return Figure(what, wanted, theirs.failure if theirs else "", "")
    ratio = theirs.seconds / ours.seconds
    differences = [difference(ours.answer, theirs.answer, each) for each in ("coefficients", "errors")]
    measured = (
        f"{ratio:.0f} times ({theirs.seconds:.3g} s against {ours.seconds:.3g} s; "
        f"{theirs.cpu_seconds / ours.cpu_seconds:.0f} times in processor time); "
        f"largest relative difference {max(differences):.0e}"
    )
    return Figure(what, wanted, measured, _yes(ratio >= least and max(differences) <= EQUAL))


def _both(found: Sequence[Measured], rows: int, seconds: float, gigabytes: float) -> Figure:
    both = [_get(found, model, rows, OURS) for model in (FORCE, DISPOSITION)]
    what, wanted = f"both models, {rows:,} rows, from Parquet", f"≤ {seconds:g} s, ≤ {gigabytes:g} GB"
    there = [one for one in both if one is not None]
    if not _measured(*both):
        return Figure(what, wanted, "; ".join(one.failure for one in there), "")
    slowest, largest = max(one.seconds for one in there), max(one.peak_mib for one in there) / 1024
    each = " and ".join(f"{one.seconds:.3g} s ({one.cpu_seconds:.3g} s of processor)" for one in there)
    reached = slowest <= seconds and largest <= gigabytes
    return Figure(what, wanted, f"{each}, {largest:.2f} GB", _yes(reached))


def _clustering(found: Sequence[Measured]) -> Figure:
    plain, clustered = _get(found, FORCE, SMALL, OURS), _get(found, CLUSTERED, SMALL, OURS)
    what, wanted = f"officer-clustered covariance added, {SMALL:,} rows", "≤ 3 times the fit"
    if not _measured(plain, clustered) or plain is None or clustered is None:
        return Figure(what, wanted, "", "")
    added = clustered.seconds / plain.seconds - 1
    measured = f"{added:.1f} times the fit ({clustered.seconds:.3g} s with it, {plain.seconds:.3g} s without)"
    return Figure(what, wanted, measured, _yes(added <= 3))


def _measured(*these: Measured | None) -> bool:
    return all(one is not None and not one.failure for one in these)


def _yes(reached: bool) -> str:
    return "yes" if reached else "no"


def _get(found: Iterable[Measured], model: str, rows: int, method: str) -> Measured | None:
    chosen = (one for one in found if (one.model, one.rows, one.method) == (model, rows, method))
    return next(chosen, None)


def document(found: Sequence[Measured], day: str) -> str:
    """The page `docs/benchmarks.md`."""
    return f"""# The engine against others

`make bench`, {day}, Python {platform.python_version()}, {os.cpu_count()} cores.

The machine was shared with other work: ratios within the run count, not seconds. Ours is timed from Parquet to
standard errors, with counting by SQL, diagnosis and fit; the others from rows that are in memory already: *text* has
them as pandas reads the same table, *categories* is given every text column coded, its reference first, as are glum
and pyfixest; those called *matrix* and scikit-learn begin with a design matrix that is ready. Each method has a process
of its own; seconds are the median of its repeats, which go on for {LEAST:.0f} seconds and begin no more after
{ENOUGH:.0f}. Up to {WARMED_UP:,} rows a first run does not count, and ours repeats on one connection, as the studies of
an asset do; above, each repeat has a connection of its own. Processor seconds are those of all threads. Peak memory is
that of the process, imports and data included.
Linear algebra has one thread in every method; DuckDB, glum and pyfixest use the cores there are. Differences are the
largest relative ones from our coefficients and standard errors; numbers below a thousandth count as one. Standard
errors of glum and pyfixest differ by their choice of degrees of freedom; scikit-learn has none.

{_table(_words(line) for line in lines_of(found))}

## Figures to reach

{
        _table(
            {"what": f.what, "figure": f.wanted, "measured": f.measured, "reached": f.reached or "not measured"}
            for f in figures(found)
        )
    }
"""


def _words(line: dict[str, Any]) -> dict[str, str]:
    return {
        "model": line["model"],
        "rows": f"{line['rows']:,}",
        "method": line["method"],
        "repeats": str(line["repeats"]),
        "s": _number(line["seconds"], "{:.3g}"),
        "processor s": _number(line["cpu_seconds"], "{:.3g}"),
        "peak MiB": _number(line["peak_mib"], "{:,.0f}"),
        "times ours": _number(line["times_ours"], "{:.3g}"),
        "times ours, processor": _number(line["cpu_times_ours"], "{:.3g}"),
        "times our memory": _number(line["memory_times_ours"], "{:.2g}"),
        "coefficients differ": _number(line["coefficient_difference"], "{:.0e}"),
        "errors differ": _number(line["error_difference"], "{:.0e}"),
        "note": line["note"],
    }


def _number(value: float, form: str) -> str:
    return "" if math.isnan(value) else form.format(value)


def _table(rows: Iterable[dict[str, str]]) -> str:
    found = list(rows)
    if not found:
        return ""
    lines = [found[0].keys(), ["---"] * len(found[0]), *(row.values() for row in found)]
    escaped = ([cell.replace("|", "\\|") for cell in line] for line in lines)
    return "\n".join(f"| {' | '.join(line)} |" for line in escaped)
