"""Where Dagster's instance lies, as the commands see it: the home's own, or the operator's."""

from pathlib import Path

import dagster as dg
import pytest

from cit_platform_tests.conftest import Cit


def test_a_configuration_of_the_operators_own_survives_a_command(cit: Cit) -> None:
    own = cit.home / "dagster" / "dagster.yaml"
    own.parent.mkdir(parents=True)
    own.write_text("telemetry:\n  enabled: false\n")
    done = cit("doctor")
    assert done.returncode == 0, done.stderr
    assert "Dagster's instance" not in done.stderr
    assert not own.is_symlink()
    assert own.read_text() == "telemetry:\n  enabled: false\n"


@pytest.mark.pipeline
def test_a_dagster_home_that_is_set_gets_the_runs_and_is_named_once(small_city: Cit, tmp_path: Path) -> None:
    elsewhere = tmp_path / "instance of the operator"
    done = small_city("refresh", "--select", 'key:"quality/coverage"', DAGSTER_HOME=str(elsewhere))
    assert done.returncode == 0, done.stderr
    assert done.stderr.count(f"Dagster's instance: {elsewhere}, as DAGSTER_HOME says") == 1
    with dg.DagsterInstance.from_config(str(elsewhere)) as instance:
        [run] = instance.get_runs()
    assert run.job_name == "refresh"
