"""Two refreshes at once, a killed one, and a reader who never fails."""

import multiprocessing
import os
import signal
import time
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from cit_platform.storage.lake import Lake
from cit_platform_tests.conftest import Cit

pytestmark = pytest.mark.pipeline
spawn = multiprocessing.get_context("spawn")


def poll_every_table(home: str, stop: Event, reads: "multiprocessing.Queue[object]") -> None:
    """Read all rows of every table again and again; report each failure and the number of reads."""
    lake, done = Lake(Path(home)), 0
    while not stop.wait(0.1):
        for path in lake.versions():
            try:
                done += len(lake.frame(path)) > 0
            except Exception as error:  # every failure of a reader is what this test looks for
                reads.put(f"{path}: {error!r}")
    reads.put(done)


def wait_for_lock(city: Cit) -> None:
    lock = city.home / "run.lock"
    deadline = time.monotonic() + 60
    while not (lock.exists() and '"run"' in lock.read_text() and "waiting" not in lock.read_text()):
        assert time.monotonic() < deadline, "no run took the lock"
        time.sleep(0.05)


def test_the_second_waits_for_a_named_first_and_both_end_right_while_a_reader_reads(small_city: Cit) -> None:
    stop, reads = spawn.Event(), spawn.Queue()
    reader = spawn.Process(target=poll_every_table, args=(str(small_city.home), stop, reads))
    reader.start()
    first = small_city.start("refresh", CIT_AS_OF="2026-03-02")
    wait_for_lock(small_city)
    second = small_city.start("refresh", CIT_AS_OF="2026-03-02")
    said_first, said_second = first.communicate(timeout=200)[0], second.communicate(timeout=200)[0]
    stop.set()
    assert (first.returncode, second.returncode) == (0, 0), said_first + said_second
    assert "Waiting for run" in said_second
    assert f"process {first.pid}" in said_second
    assert "Skipped" in said_second
    outcomes = [reads.get(timeout=60)]
    while not isinstance(outcomes[-1], int):
        outcomes.append(reads.get(timeout=60))
    reader.join(60)
    assert len(outcomes) == 1, outcomes
    assert outcomes[0] > 0


def test_after_a_kill_the_waiting_refresh_goes_on_and_nothing_is_skipped(small_city: Cit) -> None:
    edition = small_city.latest.resolve()
    first = small_city.start("refresh", CIT_AS_OF="2026-03-02")
    wait_for_lock(small_city)
    second = small_city.start("refresh", CIT_AS_OF="2026-03-02")
    time.sleep(1)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    assert small_city.latest.resolve() == edition
    said = second.communicate(timeout=200)[0]
    assert second.returncode == 0, said
    assert "Skipped" not in said
    assert small_city.latest.resolve() != edition
    assert {v.provenance.as_of.isoformat() for v in small_city.lake.versions().values()} == {"2026-03-02"}


def test_after_a_kill_in_the_middle_the_next_refresh_of_the_old_day_is_not_skipped(small_city: Cit) -> None:
    before = small_city.lake.version("raw/records").number
    first = small_city.start("refresh", CIT_AS_OF="2026-03-02")
    deadline = time.monotonic() + 100
    while small_city.lake.version("raw/records").number == before and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    printed = small_city.refreshed()
    assert "Skipped" not in printed
    assert "is of another refresh" in printed
