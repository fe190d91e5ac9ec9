"""What somebody asks for by hand is computed, and where it comes out the same nothing else becomes due."""

from typing import Any

import dagster as dg
import pytest

from cit_platform.automation.decision import decide
from cit_platform.settings import load_settings
from cit_platform_tests.conftest import Cit

pytestmark = pytest.mark.pipeline

BY_HAND = ("raw/records", "raw/revisions", "clean/records", "features/contacts", "models/force", "quality/levels")


def enter(city: Cit, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in city.environment(DAGSTER_HOME=str(city.home / "dagster")).items():
        monkeypatch.setenv(name, value)


def numbers(city: Cit) -> dict[str, int]:
    return {path: version.number for path, version in city.lake.versions().items()}


def test_tables_by_hand_with_the_same_rows_make_nothing_due(small_city: Cit, monkeypatch: pytest.MonkeyPatch) -> None:
    before, edition = numbers(small_city), small_city.latest.resolve()
    small_city.refreshed("--select", " or ".join(f'key:"{path}"' for path in (*BY_HAND, "published/force")))
    after = numbers(small_city)
    assert {path for path in after if after[path] > before[path]} == set(BY_HAND)
    enter(small_city, monkeypatch)
    decision = decide(load_settings())
    assert not decision.run, decision.reason
    assert edition.name in decision.reason
    assert small_city.latest.resolve() == edition


FORCED = {"resources": {"home": {"config": {"force": True}}}}
DECIDED = {"cit/fingerprint": "a state"}
LAUNCHES: dict[str, tuple[dict[str, str], dict[str, Any], bool]] = {
    "by hand in the web page": ({"dagster/from_ui": "true"}, {}, True),
    "decided": (DECIDED, {}, False),
    "decided, with the tag": ({**DECIDED, "cit/force": "true"}, {}, True),
    "decided, with the configuration": (DECIDED, FORCED, True),
}


def test_unchanged_content_ends_a_run_that_was_decided_and_no_other(
    small_city: Cit, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cit_platform.definitions import defs

    enter(small_city, monkeypatch)
    asked = [dg.AssetKey(["raw", "records"]), dg.AssetKey(["quality", "coverage"])]
    job = defs.resolve_implicit_global_asset_job_def()
    computed = {}
    with dg.DagsterInstance.get() as instance:
        for launch, (tags, config, _) in LAUNCHES.items():
            done = job.execute_in_process(config, instance=instance, asset_selection=asked, tags=tags)
            assert done.success
            computed[launch] = {event.asset_key for event in done.get_asset_materialization_events()}
    assert computed == {launch: set(asked) if all_of_it else set() for launch, (*_, all_of_it) in LAUNCHES.items()}
    assert not decide(load_settings()).run
