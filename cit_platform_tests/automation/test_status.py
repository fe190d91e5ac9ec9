"""quality/status on a real home and a real instance: what is current, what is not and why, and nothing said twice."""

import re
from pathlib import Path

import dagster as dg
import pandas as pd
import pytest

from cit_platform.assets.operations import ASSETS
from cit_platform.automation.decision import decide
from cit_platform.automation.look import look
from cit_platform.automation.sensors import alerts
from cit_platform.automation.status import record_status
from cit_platform.contracts import OPERATIONS, TABLES
from cit_platform.definitions import defs
from cit_platform.settings import load_settings
from cit_platform.storage.lake import Lake
from cit_platform.storage.run_lock import run_lock
from cit_platform.storage.source_looks import Outcome, note_look
from cit_platform_tests.conftest import Cit
from cit_platform_tests.faults.test_blocking import spoil

STATUS = "quality/status"
KEYS = {table: dg.AssetKey(table.split("/")) for table in OPERATIONS}


@pytest.fixture
def city(small_city: Cit, monkeypatch: pytest.MonkeyPatch) -> Cit:
    """A refreshed small city that this process's environment names, with its instance."""
    return entered(small_city, monkeypatch)


def entered(city: Cit, monkeypatch: pytest.MonkeyPatch) -> Cit:
    for name, value in city.environment(DAGSTER_HOME=str(city.home / "dagster")).items():
        if name.startswith(("CIT_", "DAGSTER_")):
            monkeypatch.setenv(name, value)
    return city


def status(city: Cit) -> pd.DataFrame:
    """The table, by asset."""
    return city.lake.frame(STATUS).set_index("asset")


def status_now(city: Cit) -> pd.DataFrame:
    assert record_status(load_settings()) == []
    return status(city)


def not_current(rows: pd.DataFrame) -> dict[str, str]:
    return dict(rows.loc[~rows["is_current"], "reason"])


def shown(table: str = STATUS) -> list[dg.AssetMaterialization]:
    with dg.DagsterInstance.get() as instance:
        records = instance.fetch_materializations(KEYS[table], limit=10).records
    return [record.asset_materialization for record in records if record.asset_materialization]


@pytest.mark.pipeline
def test_after_a_refresh_every_asset_has_its_row_and_is_current(city: Cit) -> None:
    rows = status(city)
    graph = defs.resolve_asset_graph()
    keys = {key.to_user_string() for key in graph.get_all_asset_keys()} - OPERATIONS.keys()
    assert set(rows.index) == keys
    assert not_current(rows) == {}
    assert rows["reason"].isna().all()
    assert dict(rows["n_rows"].dropna()) == {path: version.n_rows for path, version in city.lake.versions().items()}
    checks = city.lake.version("raw/records").provenance.checks
    warned = sum(check["status"] != "passed" for check in checks)
    counted = rows.loc["raw/records", ["checks_passed", "checks_warned", "checks_failed"]]
    assert list(counted) == [len(checks) - warned, warned, 0]
    computed = rows.drop("spd_crisis_data")
    with dg.DagsterInstance.get() as instance:
        [run] = instance.get_runs()
    assert set(computed["last_good_run"]) == {run.run_id}
    assert computed["computed_at"].notna().all()
    assert set(computed["data_date"].dropna().astype(str)) == {city.env["CIT_AS_OF"]}
    assert set(rows["owner"]) == {"team:cit-platform"}
    said = city("show", STATUS, "--rows", "200")
    assert said.returncode == 0, said.stderr
    assert all(asset in said.stdout for asset in keys)


@pytest.mark.pipeline
def test_a_table_of_other_rows_makes_what_follows_from_it_not_current_and_nothing_else(city: Cit) -> None:
    city.lose_a_row("features/contacts")
    found = not_current(status_now(city))
    older = "was computed from an older version of features/contacts"
    assert found["models/force"] == older
    assert found["published/force"] == "follows from models/diagnostics, which is not current"
    assert found["models/estimates"].startswith("follows from models/")
    assert found["published/edition"] == "follows from published/page, which is not current"
    assert not {"features/contacts", "features/records", "clean/records", "quality/coverage"} & found.keys()
    assert older in decide(load_settings()).reason
    [now, _before] = shown()
    assert now.metadata["not_current"].value == len(found)
    assert older in str(now.metadata["preview"].value)


@pytest.mark.pipeline
def test_a_source_that_was_seen_to_have_moved_makes_all_that_is_of_the_old_one_not_current(
    city: Cit, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as moved:
        moved.setenv("CIT_DEMO_SEED", "7")
        look(load_settings())
        found = not_current(status_now(city))
    assert found.keys() == {*status(city).index} - {"spd_crisis_data"}
    assert {found[path] for path in TABLES} == {"the source has other records"}
    # It was only away for a while: nobody reads it, the next look is enough.
    look(load_settings())
    assert not_current(status_now(city)) == {}


@pytest.mark.pipeline
def test_what_says_the_same_is_neither_written_nor_shown_again(city: Cit) -> None:
    [first] = shown()
    number = city.lake.version(STATUS).number
    files = sorted(city.lake.folder(STATUS).glob("*.parquet"))
    for _ in range(2):
        status_now(city)
        with dg.DagsterInstance.get() as instance, dg.build_sensor_context(instance=instance) as context:
            said = alerts(context)
        assert isinstance(said, dg.SkipReason)
        assert said.skip_message == "no alert is due"
    assert "Skipped" in city.refreshed()
    assert city.lake.version(STATUS).number == number
    assert sorted(city.lake.folder(STATUS).glob("*.parquet")) == files
    assert [event.tags for event in shown()] == [first.tags]
    assert len(shown("quality/history")) == 1
    # Another instance shows it anew, once.
    with dg.DagsterInstance.get() as instance:
        instance.wipe_assets([KEYS[STATUS]])
    status_now(city)
    status_now(city)
    assert len(shown()) == 1


@pytest.mark.pipeline
def test_it_makes_nothing_due_and_no_job_computes_it(city: Cit) -> None:
    city.lake.version(STATUS)
    assert not decide(load_settings()).run
    (city.lake.folder(STATUS) / "_delta_log").rename(city.home / "gone")
    assert not decide(load_settings()).run
    edition = city.latest / "cit.duckdb"
    assert b"last_good_run" not in edition.read_bytes()
    jobs = {job.name for job in defs.jobs or []} - {"maintenance"}
    for name in jobs:
        layer = defs.resolve_job_def(name).asset_layer
        assert layer is not None
        assert not {*KEYS.values()} & layer.executable_asset_keys


@pytest.mark.pipeline
def test_a_silent_source_is_not_current_in_its_own_words_and_the_rest_is(city: Cit) -> None:
    note_look(city.home, Outcome.SILENT, "no answer ![x](http://evil.example/x)")
    rows = status_now(city)
    assert not_current(rows) == {"spd_crisis_data": "silent: no answer ![x](http://evil.example/x)"}
    assert "silent: no answer `![x](http://evil.example/x)` |" in str(shown()[0].metadata["preview"].value)
    look(load_settings())
    assert not_current(status_now(city)) == {}


@pytest.mark.pipeline
@pytest.mark.parametrize("what", ["a file", "the table", "the topic", "a file of the edition"])
def test_what_is_lost_is_said_where_it_was(city: Cit, what: str) -> None:
    latest = city.latest
    lost, words = {
        "a file": ("models/situation", "models/situation is damaged: its file "),
        "the table": ("models/situation", "is not there yet"),
        "the topic": ("published/situation", "is not there yet"),
        "a file of the edition": ("published/edition", f"edition {latest.resolve().name} is damaged: "),
    }[what]
    if what == "a file":
        Path(city.lake.version(lost).files[0]).unlink()
    elif what == "the table":
        city.lake.folder(lost).rename(city.home / "gone")
    else:
        file = latest / "index.html" if lost == "published/edition" else city.home / "published/work/situation.json"
        file.unlink()
    rows = status_now(city)
    found = not_current(rows)
    assert found[lost].startswith(words)
    assert "models/force" not in found
    if lost in TABLES:
        assert pd.isna(rows.loc[lost, "n_rows"])
        assert found["published/situation"] == f"was made from another version of {lost}"


@pytest.mark.pipeline
def test_a_blocked_night_leaves_yesterdays_rows_and_says_what_stopped_it(
    file_city: Cit, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered(file_city, monkeypatch)
    before = status(file_city)
    assert not_current(before) == {}
    spoil(file_city)
    assert "keeps its last version" in file_city.refused("refresh")
    rows = status(file_city)
    kept = ["n_rows", "computed_at", "data_date", "last_good_run"]
    pd.testing.assert_frame_equal(rows[kept], before[kept])
    found = not_current(rows)
    assert found.keys() == {*rows.index} - {"spd_crisis_data"}
    said = r"the source has other records; run [0-9a-f]{8} was blocked by raw/records: \w+"
    assert re.fullmatch(said, found["raw/records"])
    assert found["models/force"] == found["raw/records"]
    assert rows.loc["raw/records", "checks_failed"] == 1
    assert rows.loc["clean/records", "checks_failed"] == 0
    assert shown()[0].metadata["checks_failed"].value == 1


@pytest.mark.pipeline
def test_while_a_run_works_nothing_is_written(city: Cit) -> None:
    number = city.lake.version(STATUS).number
    city.lose_a_row("features/contacts")
    with run_lock(city.home, "a test", print):
        status_now(city)
        assert city.lake.version(STATUS).number == number
    assert not_current(status_now(city))


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CIT_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_before_the_first_run_nothing_is_written(empty: Path, instance: dg.DagsterInstance) -> None:
    assert record_status(load_settings(), instance) == []
    assert not empty.exists()


def test_a_home_whose_first_night_failed_says_that_nothing_is_there(empty: Path, instance: dg.DagsterInstance) -> None:
    from cit_platform.automation.run_history import record_ended_runs

    run = instance.create_run_for_job(dg.job(name="refresh")(lambda: None))
    instance.report_run_failed(run)
    settings = load_settings()
    assert [*record_ended_runs(settings, instance), *record_status(settings, instance)] == []
    rows = Lake(empty).frame(STATUS).set_index("asset")
    assert not rows["is_current"].any()
    assert rows.loc["raw/records", "reason"] == f"is not there yet; run {run.run_id[:8]} ended in failure"
    assert rows.loc["spd_crisis_data", "reason"] == "no look at it yet"
    assert rows["n_rows"].isna().all()


def test_a_home_that_cannot_be_written_is_a_line_and_no_error(empty: Path, instance: dg.DagsterInstance) -> None:
    (empty / "lake" / "raw" / "records" / "_delta_log").mkdir(parents=True)
    (empty / "lake" / "quality").write_text("no folder")
    [line] = record_status(load_settings(), instance)
    assert line.startswith("quality/status could not be written: ")


@pytest.mark.parametrize("spec", ASSETS, ids=lambda spec: spec.key.to_user_string())
def test_the_tables_about_the_platform_describe_themselves_in_the_ui(spec: dg.AssetSpec) -> None:
    assert (spec.group_name, spec.owners) == ("quality", ["team:cit-platform"])
    assert all(word in (spec.description or "") for word in ("For:", "Not for:", "**Grain**"))
    table = OPERATIONS[spec.key.to_user_string()]
    columns = spec.metadata["dagster/column_schema"].columns
    assert [column.name for column in columns] == list(table.column_names)
    assert spec.key in defs.resolve_asset_graph().external_asset_keys
