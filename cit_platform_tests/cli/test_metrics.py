"""`cit metrics`: a file that Prometheus' own parser reads, with the numbers that `cit doctor` gives."""

import json
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from typer.testing import CliRunner

from cit_platform.cli import app
from cit_platform.cli.health.fact import Fact, Level
from cit_platform.cli.health.metrics import MEANINGS, prometheus_text
from cit_platform.contracts import TABLES
from cit_platform_tests.conftest import Cit


def samples(text: str) -> dict[tuple[str, tuple[str, ...]], float]:
    families = text_string_to_metric_families(text)
    found = [sample for family in families for sample in family.samples]
    assert len({(sample.name, tuple(sample.labels.values())) for sample in found}) == len(found)
    return {(sample.name, tuple(sample.labels.values())): sample.value for sample in found}


def say(*arguments: str) -> str:
    done = CliRunner().invoke(app, list(arguments))
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_worst_of_the_facts_of_one_name_counts() -> None:
    facts = [Fact("permissions", "fine"), Fact("permissions", "open", Level.DEGRADED), Fact("key", "there")]
    assert samples(prometheus_text(facts)) == {
        ("cit_health_level", ("permissions",)): 2,
        ("cit_health_level", ("key",)): 0,
    }


@pytest.mark.pipeline
def test_a_refreshed_home_gives_the_numbers_of_its_health_to_a_file_and_nothing_else(
    small_city: Cit, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in small_city.environment().items():
        if name.startswith("CIT_"):
            monkeypatch.setenv(name, value)
    file = tmp_path / "cit.prom"
    assert say("metrics", str(file)) == ""
    assert file.stat().st_mode & 0o777 == 0o644
    found = samples(file.read_text())
    assert {name.removeprefix("cit_") for name, _ in found} <= set(MEANINGS)
    assert found["cit_tables", ()] == len(TABLES)
    assert found["cit_table_rows", ("clean/records",)] == small_city.lake.version("clean/records").n_rows
    assert found["cit_edition_damaged_files", ()] == 0
    assert found["cit_last_run_success", ()] == 1
    assert max(value for (name, _), value in found.items() if name == "cit_health_level") == Level.NOTED
    doctor = {name for fact in json.loads(say("doctor", "--json"))["facts"] for name in fact["numbers"]}
    assert {name.partition("{")[0] for name in doctor} == {name.removeprefix("cit_") for name, _ in found} - {
        "health_level"
    }
    (small_city.latest / "index.html").write_text("other")
    assert samples(say("metrics"))["cit_edition_damaged_files", ()] == 1
