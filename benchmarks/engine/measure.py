"""One method in a process of its own: median seconds, processor time, peak memory, or why there are none."""

import multiprocessing
import resource
import statistics
import time
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchmarks.engine.methods import METHODS, Method
from benchmarks.engine.tasks import Answer, Task

# A forked process would begin with the peak of its parent.
spawn = multiprocessing.get_context("spawn")
LEAST_REPEATS = 9
# Fast methods are repeated for so long in all: the machine's pace changes from second to second.
LEAST = 8.0
# No further repeat begins after so many seconds in all.
ENOUGH = 15.0
# A method that is not done by then is stopped.
LIMIT = 1200.0
# Up to so many rows a first run, in which packages compile and import, does not count.
WARMED_UP = 1_000_000
MIB = 1024**2


@dataclass(frozen=True)
class Measured:
    """One method on one table.

    Attributes:
        seconds: wall clock, median of the repeats; NaN where the method failed.
        cpu_seconds: processor time of all threads, likewise.
        peak_mib: largest resident memory of the process, data and imports included.
        failure: why there are no numbers; empty otherwise.
    """

    model: str
    rows: int
    method: str
    repeats: int
    seconds: float
    cpu_seconds: float
    peak_mib: float
    answer: Answer | None
    failure: str = ""


def measured(position: int, task: Task, rows: int) -> Measured:
    """Measure the method at this position of METHODS in a fresh process."""
    here, there = spawn.Pipe()
    process = spawn.Process(target=_measure, args=(position, task, rows, there))
    process.start()
    there.close()
    nothing = Measured(task.model, rows, METHODS[position].name, 0, *([float("nan")] * 3), None)
    try:
        if here.poll(LIMIT):
            found: Measured = here.recv()
        else:
            found = replace(nothing, failure=f"stopped after {LIMIT:.0f} s")
            process.kill()
    except EOFError:
        process.join()
        found = replace(nothing, failure=f"ended by the system (exit code {process.exitcode}): out of memory")
    process.join()
    return found


def _measure(position: int, task: Task, rows: int, line: Connection) -> None:
    _limit_memory()
    method = METHODS[position]
    walls: list[float] = []
    processors: list[float] = []
    answer, failure = None, ""
    try:
        answer = _repeat(method, task, rows <= WARMED_UP, walls, processors)
    except MemoryError:
        failure = "out of memory"
    except Exception as error:  # what a method of others may raise is not known
        failure = f"{type(error).__name__}: {error}".splitlines()[0][:200]
    middle = [statistics.median(each) if each else float("nan") for each in (walls, processors)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MIB
    line.send(Measured(task.model, rows, method.name, len(walls), *middle, peak, answer, failure))


def _repeat(method: Method, task: Task, warm_up: bool, walls: list[float], processors: list[float]) -> Answer | None:
    prepared = method.prepare(task)
    if warm_up:
        method.run(task, prepared)
    answer = None
    while not walls or ((len(walls) < LEAST_REPEATS or sum(walls) < LEAST) and sum(walls) < ENOUGH):
        if method.fresh and not warm_up:
            prepared.close()
            prepared = method.prepare(task)
        wall, processor = time.perf_counter(), time.process_time()
        answer = method.run(task, prepared)
        walls.append(time.perf_counter() - wall)
        processors.append(time.process_time() - processor)
    return answer


def _limit_memory() -> None:
    """Let a method that wants more than the machine has fail by itself, and nobody else with it."""
    lines = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    available = int(lines["MemAvailable"].split()[0]) * 1024
    resource.setrlimit(resource.RLIMIT_AS, (available, available))


def difference(ours: Answer | None, theirs: Answer | None, what: str) -> float:
    """Largest relative difference from ours; numbers below a thousandth count as one. NaN where there is none.

    Raises:
        ValueError: the two do not have the same coefficients.
    """
    if ours is None or theirs is None:
        return float("nan")
    mine, other = _numbers(ours, what), _numbers(theirs, what)
    if not other:
        return float("nan")
    if mine.keys() != other.keys():
        raise ValueError(f"Different coefficients: {sorted(mine.keys() ^ other.keys())}.")
    return max(abs(other[key] - value) / max(abs(value), 1e-3) for key, value in mine.items())


def _numbers(answer: Answer, what: str) -> Any:
    return answer.coefficients if what == "coefficients" else answer.errors
