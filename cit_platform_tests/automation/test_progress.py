"""What a person reads while a refresh runs."""

import dagster as dg
import pytest

from cit_platform.assets.asset_checks import to_check_result
from cit_platform.automation.progress import progress
from cit_platform.checks.audit import CheckOutcome

KEY = dg.AssetKey(["clean", "records"])
OUTCOMES = (
    CheckOutcome("columns", "passed", "ERROR", "What to do.", "As expected."),
    CheckOutcome("incident_size", "failed", "WARN", "What to do.", "Not as expected: 2 of 50 incidents."),
    CheckOutcome("force_values", "errored", "ERROR", "What to do.", "The check could not run."),
)


def said(outcomes: tuple[CheckOutcome, ...], capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The lines of a run of one asset with these outcomes."""

    @dg.asset(key=KEY, check_specs=[dg.AssetCheckSpec(outcome.name, asset=KEY) for outcome in outcomes])
    def records(context: dg.AssetExecutionContext):  # type: ignore[no-untyped-def]
        context.log.info("Waiting for run 1234, which writes to this home.")
        context.log.info("a line for the UI alone")
        yield from (to_check_result(outcome, KEY, "1f3a") for outcome in outcomes)
        yield dg.AssetObservation(KEY, description="same content as before")
        yield dg.MaterializeResult(asset_key=KEY, metadata={"dagster/row_count": 12345})

    job = dg.define_asset_job("refresh", [records])
    loaded = dg.Definitions([records], jobs=[job], loggers={"progress": progress}).resolve_job_def("refresh")
    capsys.readouterr()
    loaded.execute_in_process(
        run_config={"loggers": {"progress": {"config": {}}}}, instance=dg.DagsterInstance.ephemeral()
    )
    return capsys.readouterr().out.splitlines()


def test_each_check_that_did_not_pass_is_named_with_its_table_and_message(capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(OUTCOMES, capsys)
    named = [line.split() for line in lines if "incident_size" in line or "force_values" in line]
    assert [words[:3] for words in named] == [
        ["clean/records", "WARN", "incident_size:"],
        ["clean/records", "ERROR", "force_values:"],
    ]
    assert " ".join(named[0][3:]) == OUTCOMES[1].message
    assert lines[-1].split() == ["clean/records", "12,345", "rows", "1", "of", "3", "checks", "passed"]


def test_a_good_run_has_a_line_for_the_asset_and_none_for_its_checks(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(OUTCOMES[:1], capsys) == [
        "Waiting for run 1234, which writes to this home.",
        f"{'clean/records':<34}same content as before",
        f"{'clean/records':<34}   12,345 rows  1 of 1 checks passed",
    ]


def test_an_asset_without_checks_says_nothing_of_checks(capsys: pytest.CaptureFixture[str]) -> None:
    assert said((), capsys)[-1].endswith("12,345 rows")
