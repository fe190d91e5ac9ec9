"""`cit doctor` as a probe: each fault of a home has its level and its exit code, and nothing is written."""

import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from click.testing import Result
from typer.testing import CliRunner

from cit_platform.cli import app
from cit_platform.contracts import TABLES
from cit_platform.storage.source_looks import Outcome, note_look
from cit_platform_tests.conftest import Cit


@pytest.fixture
def city(small_city: Cit, monkeypatch: pytest.MonkeyPatch) -> Cit:
    """A refreshed small city that this process's environment names."""
    for name, value in small_city.environment().items():
        if name.startswith("CIT_"):
            monkeypatch.setenv(name, value)
    return small_city


def say(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def facts(*arguments: str) -> tuple[int, str, dict[str, list[dict[str, Any]]]]:
    """Exit code, state, and the facts by name."""
    done = say("doctor", "--json", *arguments)
    found = json.loads(done.stdout)
    by_name: dict[str, list[dict[str, Any]]] = {}
    for fact in found["facts"]:
        by_name.setdefault(fact["name"], []).append(fact)
    return done.exit_code, found["state"], by_name


def contents(home: Path) -> dict[Path, bytes]:
    files = (path for path in home.rglob("*") if path.is_file() and path.suffix not in {".db-wal", ".db-shm"})
    return {path.relative_to(home): path.read_bytes() for path in files}


@pytest.mark.pipeline
def test_a_refreshed_home_is_healthy_and_nothing_is_written(city: Cit) -> None:
    before = contents(city.home)
    code, state, found = facts()
    assert (code, state) == (0, "healthy")
    assert found["tables"][0]["words"] == f"{len(TABLES)} of {len(TABLES)}"
    assert found["edition"][0]["words"].startswith(city.latest.resolve().name)
    assert found["last run"][0]["numbers"]["last_run_success"] == 1
    assert "nothing new" in found["next refresh"][0]["words"]
    assert {fact["level"] for fact in found["warning"]} == {"noted"}
    assert contents(city.home) == before


def lose_the_key(city: Cit) -> None:
    (city.home / "pseudonym.key").unlink()


def alter_the_page(city: Cit) -> None:
    (city.latest / "index.html").write_text("other")


def lose_a_table_file(city: Cit) -> None:
    Path(city.lake.version("quality/history").files[0]).unlink()


def lose_a_snapshot(city: Cit) -> None:
    next((city.home / "archive").glob("*/records.parquet")).unlink()


def let_others_read(city: Cit) -> None:
    city.home.chmod(0o755)


def set_the_clock_back(city: Cit) -> None:
    """For the home that is a file of tomorrow."""
    tomorrow = time.time() + 86400
    os.utime(city.home / "home.json", (tomorrow, tomorrow))


def silence_the_source(city: Cit) -> None:
    note_look(city.home, Outcome.SILENT, "no answer of any address")


def fail_a_run(city: Cit) -> None:
    with dg.DagsterInstance.from_config(str(city.home / "dagster")) as instance:
        instance.report_run_failed(instance.create_run_for_job(dg.job(name="refresh")(lambda: None)))


def age_the_edition(city: Cit) -> None:
    manifest = json.loads((city.latest / "manifest.json").read_text())
    manifest["volatile"]["built_at"] = (datetime.now(UTC) - timedelta(days=9)).isoformat()
    (city.latest / "manifest.json").write_text(json.dumps(manifest))
    from cit_platform.storage.checksums import CHECKSUMS, checksums

    (city.latest / CHECKSUMS).write_text(checksums(city.latest.resolve()))


FAULTS: dict[str, tuple[Callable[[Cit], None], int, str, str]] = {
    "no key": (lose_the_key, 1, "key", "cit key restore FILE"),
    "altered page": (alter_the_page, 1, "damaged", "edition: index.html was altered"),
    "lost table file": (lose_a_table_file, 1, "damaged", "quality/history is damaged"),
    "lost snapshot": (lose_a_snapshot, 1, "archive", "restore it from a backup"),
    "open to others": (let_others_read, 3, "permissions", "the next refresh closes them"),
    "clock behind": (set_the_clock_back, 3, "clock", "ahead of the system clock"),
    "silent source": (silence_the_source, 3, "last look", "silent: no answer"),
    "failed run": (fail_a_run, 3, "last run", "failure"),
    "old edition": (age_the_edition, 3, "edition", "CIT_ALIVE_HOURS"),
}


@pytest.mark.pipeline
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_with_its_exit_code(city: Cit, fault: str) -> None:
    spoil, exit_code, name, words = FAULTS[fault]
    spoil(city)
    code, state, found = facts()
    assert (code, state) == (exit_code, {1: "defect", 3: "degraded"}[exit_code])
    [bad] = [fact for fact in found[name] if fact["level"] in {"degraded", "defect"}]
    assert words in bad["words"]


@pytest.mark.pipeline
def test_a_daemon_is_missed_only_where_it_is_expected(city: Cit) -> None:
    assert facts()[0] == 0
    code, _, found = facts("--daemon")
    assert code == 3
    assert found["daemon"][0]["words"] == "never ran with this instance"
    # As a daemon writes, an hour ago.
    from dagster._daemon.types import DaemonHeartbeat

    with dg.DagsterInstance.from_config(str(city.home / "dagster")) as instance:
        for daemon in instance.get_required_daemon_types():
            instance.add_daemon_heartbeat(DaemonHeartbeat(time.time() - 3600, daemon, "one", []))
    code, _, found = facts("--daemon")
    assert code == 3
    assert "No heartbeat of Dagster's daemon" in found["daemon"][0]["words"]
    assert found["daemon"][0]["numbers"]["daemon_heartbeat_age_seconds"] > 3500


def test_an_empty_home_is_noted_and_not_made(cit: Cit, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in cit.environment().items():
        if name.startswith("CIT_"):
            monkeypatch.setenv(name, value)
    code, state, found = facts()
    assert (code, state) == (0, "healthy")
    assert found["edition"][0]["words"] == "none yet"
    assert not cit.home.exists()
