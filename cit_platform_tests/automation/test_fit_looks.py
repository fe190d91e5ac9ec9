"""quality/looks against a real Dagster instance: each fit on real data is one line, whatever became of the run."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
import pytest

from cit_platform.assets.fit_looks import noted_fits
from cit_platform.assets.table_asset import asset_key
from cit_platform.automation.run_history import record_ended_runs
from cit_platform.contracts import models
from cit_platform.resources.run_tags import EDITION_TAG
from cit_platform.settings import Settings, load_settings
from cit_platform.storage.home_folder import HomeFolder
from cit_platform.storage.lake import Lake
from cit_platform.storage.provenance import Provenance
from cit_platform.studies.protocol import protocol_hash
from cit_platform_tests.conftest import Cit

LOOKS = "quality/looks"
KEY = asset_key("models/force")
FITTED = pd.DataFrame({"model": "force", "variant": ["primary", "primary", "published"], "term": ["a", "b", "a"]})
EDITION = "2026-12-01T0400-5a5a5a5a"


@dataclass
class Nights:
    """A home, a Dagster instance, and runs in it that fit and end as the platform's own do."""

    settings: Settings
    instance: dg.DagsterInstance

    def run(self, source: str = "socrata", blocked: bool = False, edition: str = "") -> str:
        @dg.asset(key=KEY, check_specs=[dg.AssetCheckSpec("converged", asset=KEY, blocking=True)])
        def force() -> Iterator[Any]:
            yield from noted_fits(models.FORCE, FITTED, Provenance(source=source, snapshot="5a" * 32))
            yield dg.AssetCheckResult(passed=not blocked, asset_key=KEY, check_name="converged")
            if blocked:
                raise dg.Failure(description="blocked", allow_retries=False)
            yield dg.MaterializeResult(asset_key=KEY)

        made = dg.Definitions([force], jobs=[dg.define_asset_job("refresh", dg.AssetSelection.all())])
        tags = {EDITION_TAG: edition} if edition else {}
        job = made.resolve_job_def("refresh")
        return job.execute_in_process(instance=self.instance, raise_on_error=False, tags=tags).run_id

    def publish(self, held: bool = False) -> None:
        folder = HomeFolder(self.settings.home)
        ((folder.held if held else folder.editions) / EDITION).mkdir(parents=True)

    def looks(self) -> pd.DataFrame:
        assert record_ended_runs(self.settings, self.instance) == []
        lake = Lake(self.settings.home)
        return lake.frame(LOOKS) if lake.exists(LOOKS) else pd.DataFrame()


@pytest.fixture
def nights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, instance: dg.DagsterInstance) -> Nights:
    monkeypatch.setenv("CIT_HOME", str(tmp_path))
    return Nights(load_settings(), instance)


def test_a_published_edition_leaves_one_line_per_specification(nights: Nights) -> None:
    nights.publish()
    run_id = nights.run(edition=EDITION)
    found = nights.looks()
    assert found["specification"].tolist() == ["force/primary", "force/published"]
    assert set(found["run_id"]) == {run_id}
    assert set(found["snapshot"]) == {"5a" * 32}
    assert set(found["protocol"]) == {protocol_hash()}
    assert set(found["asset"]) == {"models/force"}
    assert set(zip(found["edition"], found["state"], strict=True)) == {(EDITION, "published")}


def test_a_blocked_run_was_a_look_too(nights: Nights) -> None:
    nights.run(blocked=True)
    found = nights.looks()
    assert len(found) == 2
    assert set(found["state"]) == {"blocked"}
    assert found["edition"].isna().all()


def test_a_held_edition_was_a_look_too(nights: Nights) -> None:
    nights.publish(held=True)
    nights.run(edition=EDITION)
    assert set(nights.looks()["state"]) == {"held"}


def test_a_run_without_an_edition_was_a_look_too(nights: Nights) -> None:
    nights.run()
    assert set(nights.looks()["state"]) == {"unpublished"}


def test_demonstration_data_are_no_look(nights: Nights) -> None:
    nights.run(source="demo")
    assert nights.looks().empty


def test_it_only_grows_and_holds_each_run_once(nights: Nights) -> None:
    first = nights.run(blocked=True)
    assert len(nights.looks()) == 2
    nights.instance.delete_run(first)
    second = nights.run()
    nights.looks()
    assert nights.looks()["run_id"].tolist() == [first] * 2 + [second] * 2


def test_a_study_without_specifications_is_named_by_its_table() -> None:
    [seen] = noted_fits(models.SITUATION, pd.DataFrame({"risk": [0.1]}), Provenance(source="file", snapshot="s"))
    assert json.loads(str(seen.metadata["fits"].value)) == ["situation"]


@pytest.mark.pipeline
def test_a_refresh_of_the_demonstration_leaves_no_look(small_city: Cit) -> None:
    assert not small_city.lake.exists(LOOKS)
