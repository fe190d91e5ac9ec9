"""What a run says of itself, and where the web page finds it."""

from pathlib import Path

import dagster as dg
import pytest

from cit_platform.storage.lake import Lake
from cit_platform_tests.conftest import Cit

pytestmark = pytest.mark.pipeline


def newest_run(home: Path, **tags: str) -> dg.DagsterRun:
    with dg.DagsterInstance.from_config(str(home / "dagster")) as instance:
        return instance.get_runs(dg.RunsFilter(job_name="refresh", tags=tags), limit=1)[0]


def test_a_refresh_says_why_it_ran_by_what_of_which_snapshot_and_with_which_edition(small_city_home: Path) -> None:
    held = Lake(small_city_home).version("raw/records").provenance
    run = newest_run(small_city_home)
    tags = dict(run.tags)
    _, run_id, home = tags.pop("cit/lock").split(" ", 2)
    # The home has moved since: it was made under another name, once for all workers.
    assert (run_id, Path(home).name) == (run.run_id, small_city_home.name)
    assert {name: value for name, value in tags.items() if name.startswith("cit/")} == {
        "cit/fingerprint": str(held.fingerprint),
        "cit/reason": "no edition yet",
        "cit/launched_by": "cit refresh",
        "cit/snapshot": held.snapshot[:12],
        "cit/as_of": "2026-03-01",
        "cit/edition": (small_city_home / "published" / "latest").resolve().name,
    }


def test_a_refresh_stands_under_its_job_of_the_code_location(small_city_home: Path) -> None:
    """By this label the web page asks for the runs of a job."""
    assert newest_run(small_city_home, **{".dagster/repository": "__repository__@cit_platform"})


def test_a_run_by_hand_says_so_and_of_which_snapshot_it_is(small_city: Cit) -> None:
    small_city.refreshed("--select", 'key:"quality/coverage"')
    tags = newest_run(small_city.home).tags
    assert tags["cit/launched_by"] == "cit refresh"
    assert tags["cit/reason"] == 'by hand: key:"quality/coverage"'
    assert tags["cit/snapshot"] == small_city.lake.version("raw/records").provenance.snapshot[:12]
    assert "cit/edition" not in tags
    assert "cit/fingerprint" not in tags


def materialised(city: Cit, monkeypatch: pytest.MonkeyPatch, tags: dict[str, str]) -> dg.DagsterRun:
    """One asset, launched as Dagster launches it."""
    from cit_platform.definitions import defs

    for name, value in city.environment(DAGSTER_HOME=str(city.home / "dagster")).items():
        monkeypatch.setenv(name, value)
    with dg.DagsterInstance.get() as instance:
        done = defs.resolve_implicit_global_asset_job_def().execute_in_process(
            instance=instance, asset_selection=[dg.AssetKey(["quality", "coverage"])], tags=tags
        )
        run = instance.get_run_by_id(done.run_id)
    assert run is not None
    return run


@pytest.mark.parametrize(("tags", "by"), [({"dagster/from_ui": "true"}, "web page"), ({}, "Dagster")])
def test_what_dagster_launched_by_hand_says_so(
    small_city: Cit, monkeypatch: pytest.MonkeyPatch, tags: dict[str, str], by: str
) -> None:
    run = materialised(small_city, monkeypatch, tags)
    assert run.tags["cit/launched_by"] == by
    assert run.tags["cit/reason"] == "by hand"
    assert run.tags["cit/as_of"] == "2026-03-01"
