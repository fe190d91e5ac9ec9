"""quality/history against a real Dagster instance: every run that ended is in it once, and stays when it is deleted."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
import pytest

from cit_platform.assets.table_asset import asset_key
from cit_platform.automation.run_history import keep_ended_runs, record_ended_runs
from cit_platform.automation.sensors import alerts
from cit_platform.resources.run_tags import EDITION_TAG, SNAPSHOT_TAG
from cit_platform.settings import Settings, load_settings
from cit_platform.storage.lake import Lake
from cit_platform_tests.conftest import Cit

KEY = asset_key("models/force")
HISTORY = "quality/history"
FINDING = {
    "key": "force.primary",
    "numbers": {"estimate": 1.5, "low": 1.2, "high": 1.9, "analysed": {"n": 900, "unit": "contact"}},
}


@dataclass
class Nights:
    """A home, a Dagster instance, and runs in it that end as the platform's own do."""

    settings: Settings
    instance: dg.DagsterInstance

    def run(self, blocked: bool = False, job: str = "refresh", edition: str = "") -> str:
        @dg.asset(key=KEY, check_specs=[dg.AssetCheckSpec("converged", asset=KEY, blocking=True)])
        def force() -> Iterator[Any]:
            observed = {"observed_value": 0.25, "min_value": 0.5}
            yield dg.AssetCheckResult(passed=not blocked, asset_key=KEY, check_name="converged", metadata=observed)
            if blocked:
                raise dg.Failure(description="blocked", allow_retries=False)
            yield dg.MaterializeResult(
                asset_key=KEY, metadata={"dagster/row_count": 12, "odds_ratio": 1.5, "snapshot": "abc"}
            )

        made = dg.Definitions([force], jobs=[dg.define_asset_job(job, dg.AssetSelection.all())])
        tags = {SNAPSHOT_TAG: "abcdef", **({EDITION_TAG: edition} if edition else {})}
        done = made.resolve_job_def(job).execute_in_process(instance=self.instance, raise_on_error=False, tags=tags)
        return done.run_id

    def publish(self, edition: str) -> None:
        folder = self.settings.home / "published" / "editions" / edition
        folder.mkdir(parents=True)
        (folder / "findings.json").write_text(json.dumps([FINDING]))

    def rows(self, run_id: str | None = None) -> pd.DataFrame:
        rows = Lake(self.settings.home).frame(HISTORY)
        return rows if run_id is None else rows[rows["run_id"] == run_id].reset_index(drop=True)


@pytest.fixture
def nights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, instance: dg.DagsterInstance) -> Nights:
    monkeypatch.setenv("CIT_HOME", str(tmp_path))
    return Nights(load_settings(), instance)


def named(rows: pd.DataFrame) -> dict[tuple[str, str, str], Any]:
    return {(row.kind, row.asset, row.name_): row for row in rows.rename(columns={"name": "name_"}).itertuples()}


def test_a_good_run_leaves_its_end_rows_numbers_checks_and_findings(nights: Nights) -> None:
    nights.publish("2026-03-01T0400-abcdef00")
    run_id = nights.run(edition="2026-03-01T0400-abcdef00")
    assert record_ended_runs(nights.settings, nights.instance) == []
    found = named(nights.rows(run_id))
    assert found.keys() == {
        ("run", "", "success"),
        ("rows", "models/force", "rows"),
        ("number", "models/force", "odds_ratio"),
        ("check", "models/force", "converged"),
        ("finding", "", "force.primary"),
    }
    assert found["rows", "models/force", "rows"].value == 12
    check = found["check", "models/force", "converged"]
    assert (check.value, check.passed, check.severity) == (0.25, True, "ERROR")
    finding = found["finding", "", "force.primary"]
    assert (finding.value, finding.conf_low, finding.conf_high, finding.n_contacts) == (1.5, 1.2, 1.9, 900)
    assert {row.edition for row in found.values()} == {"2026-03-01T0400-abcdef00"}
    assert {row.snapshot for row in found.values()} == {"abcdef"}


def test_a_blocked_run_is_in_it_with_the_check_that_blocked(nights: Nights) -> None:
    run_id = nights.run(blocked=True)
    assert record_ended_runs(nights.settings, nights.instance) == []
    found = named(nights.rows(run_id))
    assert found.keys() == {("run", "", "failure"), ("check", "models/force", "converged")}
    assert not found["run", "", "failure"].passed
    check = found["check", "models/force", "converged"]
    assert (bool(check.passed), check.severity) == (False, "ERROR")


def test_it_only_grows_keeps_deleted_runs_and_holds_each_run_once(nights: Nights) -> None:
    first = nights.run()
    record_ended_runs(nights.settings, nights.instance)
    kept = nights.rows(first)
    nights.instance.delete_run(first)
    second = nights.run(blocked=True)
    for _ in range(2):
        record_ended_runs(nights.settings, nights.instance)
    pd.testing.assert_frame_equal(nights.rows(first), kept, check_dtype=False)
    assert len(nights.rows()) == len(kept) + len(nights.rows(second))


def test_runs_that_others_launched_are_added_by_the_alerts_sensor_and_maintenance_is_not(nights: Nights) -> None:
    launched, own = nights.run(job="models"), nights.run(job="maintenance")
    with dg.build_sensor_context(instance=nights.instance) as context:
        said = alerts(context)
    assert isinstance(said, dg.SkipReason)
    assert said.skip_message == "no alert is due"
    assert not nights.rows(launched).empty
    assert nights.rows(own).empty


def test_a_run_that_works_is_not_in_it_yet(nights: Nights) -> None:
    run = nights.instance.create_run_for_job(dg.job(name="refresh")(lambda: None))
    assert record_ended_runs(nights.settings, nights.instance) == []
    nights.instance.report_run_failed(run)
    record_ended_runs(nights.settings, nights.instance)
    assert list(nights.rows(run.run_id)["name"]) == ["failure"]


def test_two_that_add_at_once_lose_nothing_and_add_nothing_twice(nights: Nights) -> None:
    runs = [nights.run() for _ in range(2)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: keep_ended_runs(nights.settings, nights.instance), range(4)))
    assert sorted(nights.rows()["run_id"].unique()) == sorted(runs)
    assert not nights.rows().duplicated(["run_id", "kind", "asset", "name"]).any()


def test_a_damaged_history_is_said_and_left_as_it_is(nights: Nights) -> None:
    nights.run()
    record_ended_runs(nights.settings, nights.instance)
    [file] = map(Path, Lake(nights.settings.home).version(HISTORY).files)
    damaged = file.read_bytes()[:-100] + bytes(100)
    file.write_bytes(damaged)
    nights.run()
    [line] = record_ended_runs(nights.settings, nights.instance)
    assert "quality/history" in line
    assert "altered" in line
    assert file.read_bytes() == damaged


@pytest.mark.pipeline
def test_a_whole_refresh_is_in_it(small_city: Cit) -> None:
    rows = small_city.lake.frame(HISTORY)
    assert list(rows.loc[rows["kind"] == "run", "name"]) == ["success"]
    assert set(rows["edition"]) == {small_city.latest.resolve().name}
    checks = rows[rows["kind"] == "check"]
    assert len(checks) > 100
    findings = json.loads((small_city.latest / "findings.json").read_text())
    assert set(rows.loc[rows["kind"] == "finding", "name"]) == {finding["key"] for finding in findings}
    assert rows.loc[(rows["kind"] == "rows") & (rows["asset"] == "raw/records"), "value"].item() > 4000
    # Bounded growth: what a night adds.
    assert len(rows) < 600
