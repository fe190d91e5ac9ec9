"""Web server, daemon and `cit refresh` with their history in a real PostgreSQL, which is killed in mid-run."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cit_platform_tests.conftest import REPOSITORY, Cit, missing
from cit_platform_tests.deploy.postgres import BINARIES, PASSWORD, Postgres, postgres_served
from cit_platform_tests.deploy.services import Services, command_lines, services_of, wait_until

pytestmark = [pytest.mark.pipeline, pytest.mark.timeout(600)]
CONFIGURATION = REPOSITORY / "deploy" / "dagster.postgres.yaml"


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    if not BINARIES:
        missing("no PostgreSQL under /usr/lib/postgresql (apt-get install postgresql)")
    with postgres_served() as server:
        yield server


@pytest.fixture
def city(small_city: Cit, postgres: Postgres, tmp_path: Path) -> Cit:
    """A refreshed home on the day after, with a history that begins anew in PostgreSQL."""
    instance = tmp_path / "instance"
    instance.mkdir()
    shutil.copy(CONFIGURATION, instance / "dagster.yaml")
    small_city.env |= {"CIT_AS_OF": "2026-03-02", "DAGSTER_HOME": str(instance), **postgres.environment}
    return small_city


def test_the_night_after_postgres_was_killed_in_mid_run_is_whole(city: Cit, postgres: Postgres) -> None:
    edition, version = city.latest.resolve(), city.lake.version("raw/records").number
    with services_of(city) as services:
        killed = the_sensors_run(services)
        wait_until(lambda: city.lake.version("raw/records").number > version, "the middle of the run")
        postgres.kill()
        said = city.refused("refresh")
        assert "PostgreSQL server that dagster.yaml of DAGSTER_HOME names, does not answer" in said
        assert f"127.0.0.1:{postgres.port}" in said
        assert PASSWORD not in said
        assert city.latest.resolve() == edition

        postgres.start()
        # The daemon comes back by itself; who is in a hurry restarts it.
        services.stop()
        services.revive()
        services.end_record(killed)
        nightly = services.launch()
        wait_until(lambda: services.status(nightly) == "STARTED", "the nightly run")
        listed = "\n".join(command_lines(process.pid for process in services.processes.values()))
        assert "grpc" in listed, "the code server, to which the configuration is handed"
        assert PASSWORD not in listed
        on_demand = services.launch("features/contacts")
        assert (services.ended(nightly), services.ended(on_demand)) == ("SUCCESS", "SUCCESS")
        assert_whole(city, services, nightly, on_demand)
    assert city.latest.resolve() != edition
    assert "Skipped, no asset recomputed: nothing new" in city.refreshed()


def the_sensors_run(services: Services) -> str:
    """The run that the sensor launches as soon as the daemon is up: the source has other records."""
    launched = wait_until(lambda: [run for run in services.runs() if run["jobName"] == "refresh"], "the sensor's run")
    tags = {tag["key"]: tag["value"] for tag in launched[0]["tags"]}
    assert tags["cit/launched_by"] == "sensor source"
    assert "the source has other records" in tags["cit/reason"]
    run_id: str = launched[0]["runId"]
    return run_id


def assert_whole(city: Cit, services: Services, nightly: str, *others: str) -> None:
    """Every table is of the night's snapshot, so is the edition, and the history tells of it and of all checks."""
    snapshots = {version.provenance.snapshot for version in city.lake.versions().values()}
    assert {json.loads((city.latest / "manifest.json").read_text())["snapshot"]} == snapshots
    for node in services.history():
        [last] = node["assetMaterializations"]
        assert last["runId"] in (nightly, *others), node["assetKey"]
        for check in node["assetChecksOrError"].get("checks", []):
            execution = check["executionForLatestMaterialization"]
            assert execution is not None, (node["assetKey"], check["name"])
            refused = execution["status"] != "SUCCEEDED" and execution["evaluation"]["severity"] == "ERROR"
            assert not refused, (node["assetKey"], check["name"])
