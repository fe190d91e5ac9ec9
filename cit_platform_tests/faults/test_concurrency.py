"""Refreshes and launches at once, killed ones, and a reader who never fails."""

import random
import time
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES

from cit_platform.storage.archive import Archive
from cit_platform.storage.editions import list_editions
from cit_platform_tests.conftest import Cit
from cit_platform_tests.faults.kills import contents, differences, killed_after, miscounted, reading
from cit_platform_tests.loaded import Running

pytestmark = pytest.mark.pipeline
STAGES = ("--select", "group:raw or group:clean")


def wait_until_it_runs(running: Running, city: Cit) -> None:
    """Until the lock is that of a run of this process."""
    deadline = time.monotonic() + 60
    while f'"pid": {running.pid}' not in (city.home / "run.lock").read_text():
        assert time.monotonic() < deadline, "the run did not take the lock"
        time.sleep(0.05)


def wait_until_it_waits(running: Running) -> None:
    deadline = time.monotonic() + 60
    while "Waiting for run" not in running.said:
        assert time.monotonic() < deadline, "nothing waits for the lock"
        time.sleep(0.05)


def test_two_refreshes_and_three_launches_by_hand_at_once_end_as_one_after_the_other(
    small_city: Cit, small_city_home: Path
) -> None:
    serial = Cit(small_city_home)
    with reading(small_city) as outcomes:
        first = small_city.begin("refresh", "--force")
        wait_until_it_runs(first, small_city)
        by_hand = [("--select", f'key:"{path}"') for path in ("clean/records", "features/contacts", "quality/coverage")]
        others = [small_city.begin("refresh", *arguments) for arguments in ((), *by_hand)]
        codes = [running.ended(280) for running in (first, *others)]
    said = [running.said for running in (first, *others)]
    assert codes == [0] * 5, said
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


def test_a_dozen_kills_leave_all_readable_and_the_refresh_that_waits_goes_on_as_if_nothing_had_happened(
    small_city: Cit,
) -> None:
    """Of the stages raw and clean: a dozen whole refreshes take too long, and `make soak` has a hundred.

    For the last one that is killed, of the whole, another one waits.
    """
    edition, moment, was_working = small_city.latest.resolve(), random.Random(11), []
    with reading(small_city) as outcomes:
        for _ in range(12):
            was_working.append(killed_after(small_city, moment.uniform(0.2, 4), *STAGES, CIT_AS_OF="2026-03-02"))
        first = small_city.begin("refresh", CIT_AS_OF="2026-03-02")
        wait_until_it_runs(first, small_city)
        second = small_city.begin("refresh", CIT_AS_OF="2026-03-02")
        wait_until_it_waits(second)
        first.kill()
        assert small_city.latest.resolve() == edition
        assert second.ended(250) == 0, second.said
    assert was_working.count(True) > 6
    assert "Skipped" not in second.said
    assert "the source has other records" in second.said
    assert len(list_editions(small_city.home)) == 2
    assert miscounted(small_city) == []
    assert {v.provenance.as_of.isoformat() for v in small_city.lake.versions().values()} == {"2026-03-02"}
    assert len(Archive(small_city.home / "archive").list()) == 2, "no second copy of the new day"
    assert len(outcomes) == 1, outcomes
    with dg.DagsterInstance.from_config(str(small_city.home / "dagster")) as instance:
        assert instance.get_runs(dg.RunsFilter(statuses=NOT_FINISHED_STATUSES)) == []
    assert "Skipped" in small_city.refreshed(CIT_AS_OF="2026-03-02")
