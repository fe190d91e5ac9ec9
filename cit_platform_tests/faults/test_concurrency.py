"""Refreshes and launches at once, killed ones, and a reader who never fails."""

import os
import random
import signal
import time
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES

from cit_platform.storage.archive import Archive
from cit_platform_tests.conftest import Cit
from cit_platform_tests.faults.kills import contents, differences, killed_after, miscounted, reading

pytestmark = pytest.mark.pipeline
STAGES = ("--select", "group:raw or group:clean")


def wait_for_lock(city: Cit) -> None:
    lock = city.home / "run.lock"
    deadline = time.monotonic() + 60
    while not (lock.exists() and '"run"' in lock.read_text() and "waiting" not in lock.read_text()):
        assert time.monotonic() < deadline, "no run took the lock"
        time.sleep(0.05)


def test_two_refreshes_and_three_launches_by_hand_at_once_end_as_one_after_the_other(
    small_city: Cit, small_city_home: Path
) -> None:
    serial = Cit(small_city_home)
    with reading(small_city) as outcomes:
        first = small_city.start("refresh", "--force")
        wait_for_lock(small_city)
        by_hand = [("--select", f'key:"{path}"') for path in ("clean/records", "features/contacts", "quality/coverage")]
        others = [small_city.start("refresh", *arguments) for arguments in ((), *by_hand)]
        said = [process.communicate(timeout=280)[0] for process in (first, *others)]
    assert [process.returncode for process in (first, *others)] == [0] * 5, said
    for waited in said[1:]:
        assert "Waiting for run" in waited
    assert f"process {first.pid}" in "".join(said[1:])
    assert "Skipped" in said[1], "what was computed by hand, before or after it, makes nothing due"
    assert contents(small_city) == contents(serial)
    assert small_city.latest.resolve().name != serial.latest.resolve().name
    # The later edition has one before it, and says what changed since.
    assert differences(small_city.latest, serial.latest) == ["changes.json"]
    assert miscounted(small_city) == []
    assert len(outcomes) == 1, outcomes
    assert outcomes[0]


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


def test_a_dozen_kills_leave_all_readable_and_the_next_refresh_as_if_nothing_had_happened(small_city: Cit) -> None:
    """Of the stages raw and clean: a dozen whole refreshes take too long, and `make soak` has a hundred."""
    edition, moment, was_working = small_city.latest.resolve(), random.Random(11), []
    with reading(small_city) as outcomes:
        for _ in range(12):
            was_working.append(killed_after(small_city, moment.uniform(0.2, 4), *STAGES, CIT_AS_OF="2026-03-02"))
        assert small_city.latest.resolve() == edition
        printed = small_city.refreshed(CIT_AS_OF="2026-03-02")
    assert was_working.count(True) > 6
    assert "Skipped" not in printed
    assert miscounted(small_city) == []
    assert {v.provenance.as_of.isoformat() for v in small_city.lake.versions().values()} == {"2026-03-02"}
    assert len(Archive(small_city.home / "archive").list()) == 2, "no second copy of the new day"
    assert len(outcomes) == 1, outcomes
    with dg.DagsterInstance.from_config(str(small_city.home / "dagster")) as instance:
        assert instance.get_runs(dg.RunsFilter(statuses=NOT_FINISHED_STATUSES)) == []
    assert "Skipped" in small_city.refreshed(CIT_AS_OF="2026-03-02")
