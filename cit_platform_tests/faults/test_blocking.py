"""What a blocking check refuses never becomes the current version, whichever way the run was launched."""

from pathlib import Path

import dagster as dg
import pytest
from dagster._core.errors import DagsterInvalidSubsetError

from cit_platform_tests.conftest import Cit

pytestmark = pytest.mark.pipeline


def spoil(city: Cit) -> None:
    file = Path(city.env["CIT_SOURCE_PATH"])
    header, *lines = file.read_text().splitlines(keepends=True)
    # More than a slip: one line in ten.
    spoilt = [line.replace('"N"', '"PERHAPS"', 1) if n % 10 == 0 else line for n, line in enumerate(lines)]
    assert sum("PERHAPS" in line for line in spoilt) > len(lines) * 0.05
    file.write_text("".join([header, *spoilt]))


def red(city: Cit) -> set[str]:
    """The assets that the UI shows in red after the last run: their step failed, or a check of theirs."""
    with dg.DagsterInstance.from_config(str(city.home / "dagster")) as instance:
        [run] = instance.get_runs(limit=1)
        assert run.status is dg.DagsterRunStatus.FAILURE
        steps = instance.get_run_step_stats(run.run_id)
        failed = {step.step_key.replace("__", "/") for step in steps if str(step.status).endswith("FAILURE")}
        evaluations = [
            entry.event_log_entry.asset_check_evaluation
            for entry in instance.get_records_for_run(run.run_id).records
            if entry.event_log_entry.asset_check_evaluation
        ]
    blocking = [each for each in evaluations if not each.passed and each.severity is dg.AssetCheckSeverity.ERROR]
    return failed | {each.asset_key.to_user_string() for each in blocking}


@pytest.mark.parametrize("selection", [[], ["--select", 'key:"raw/records"']])
def test_a_blocked_table_keeps_its_last_version_and_the_edition_stays(file_city: Cit, selection: list[str]) -> None:
    before = file_city.state()
    spoil(file_city)
    message = file_city.refused("refresh", *selection)
    assert "raw/records" in message
    assert "keeps its last version" in message
    assert "`PERHAPS` (" in message
    assert "Take the portal's own CSV again" in message
    assert file_city.state() == before
    assert file_city("doctor").stdout.count("would run") == 1
    assert red(file_city) == {"raw/records"}


def test_a_launch_with_checks_deselected_is_refused_before_any_step() -> None:
    """The UI launches assets and checks by name; without its checks an audited asset cannot be selected."""
    from cit_platform.definitions import defs

    job = defs.resolve_implicit_global_asset_job_def()
    key = dg.AssetKey(["raw", "records"])
    with pytest.raises(DagsterInvalidSubsetError, match="does not support subsetting"):
        job.get_subset(asset_selection={key}, asset_check_selection=set())
    assert job.get_subset(asset_selection={key})
