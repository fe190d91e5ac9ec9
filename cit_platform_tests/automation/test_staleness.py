"""What Dagster says of each asset: fresh after a refresh, stale once the source moved, and never stale in vain."""

from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.data_version import CachingStaleStatusResolver
from dagster._core.definitions.observe import observe
from dagster._core.loader import LoadingContextForTest

from cit_platform.assets.spd_crisis_data import spd_crisis_data
from cit_platform.automation.decision import decide
from cit_platform.automation.schedules import nightly
from cit_platform.definitions import defs
from cit_platform.settings import load_settings
from cit_platform_tests.conftest import Cit

pytestmark = pytest.mark.pipeline

OTHER_CITY = {"CIT_DEMO_SEED": "7"}


def enter(city: Cit, monkeypatch: pytest.MonkeyPatch, **more: str) -> None:
    """Let this process's environment name a home and its instance."""
    environment = city.environment(**more, DAGSTER_HOME=str(city.home / "dagster"))
    for name, value in environment.items():
        if name.startswith(("CIT_", "DAGSTER_")):
            monkeypatch.setenv(name, value)


def look() -> None:
    """A tick of the schedule."""
    with dg.DagsterInstance.get() as instance, dg.build_schedule_context(instance=instance) as context:
        nightly(context)


def not_fresh() -> dict[str, str]:
    """The assets that are not fresh in the eyes of Dagster, with what it calls them."""
    graph = defs.resolve_asset_graph()
    with dg.DagsterInstance.get() as instance:
        resolver = CachingStaleStatusResolver(instance, graph, LoadingContextForTest(instance))
        statuses = {key.to_user_string(): resolver.get_status(key).name for key in graph.get_all_asset_keys()}
    assert len(statuses) > 25
    return {name: status for name, status in statuses.items() if status != "FRESH"}


def test_every_asset_is_fresh_after_a_refresh_and_the_records_are_stale_after_the_source_moved(
    small_city: Cit, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(small_city, monkeypatch)
    assert not_fresh() == {}
    look()
    assert not_fresh() == {}
    enter(small_city, monkeypatch, **OTHER_CITY)
    look()
    assert not_fresh() == {"raw/records": "STALE"}


def test_records_that_were_read_before_the_next_look_are_fresh_after_it(
    small_city: Cit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever materialises by hand reads the source as it is, not as it was last seen."""
    small_city.refreshed("--select", 'key:"raw/records"', **OTHER_CITY)
    enter(small_city, monkeypatch, **OTHER_CITY)
    for _ in range(2):
        found = not_fresh()
        assert "raw/records" not in found
        assert found["clean/records"] == "STALE"
        look()


def test_a_source_that_was_touched_without_a_change_makes_nothing_stale(
    file_city: Cit, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = Path(file_city.env["CIT_SOURCE_PATH"])
    header, *rows = file.read_text().splitlines()
    file.write_text("\n".join([header, *reversed(rows)]) + "\n")
    assert "same content as snapshot" in file_city.refreshed()
    enter(file_city, monkeypatch)
    assert not_fresh() == {}
    look()
    assert not_fresh() == {}


def test_the_button_observes_what_a_tick_observes(small_city: Cit, monkeypatch: pytest.MonkeyPatch) -> None:
    enter(small_city, monkeypatch, **OTHER_CITY)
    with dg.DagsterInstance.get() as instance:
        assert observe([spd_crisis_data], instance=instance).success
        [record] = instance.fetch_observations(spd_crisis_data.key, limit=1).records
    assert record.asset_observation is not None
    assert record.asset_observation.tags["dagster/data_version"] == decide(load_settings()).fingerprint.source
    assert not_fresh() == {"raw/records": "STALE"}
