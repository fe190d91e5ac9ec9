"""The suites as Dagster sees them."""

import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from cit_platform.assets.asset_checks import check_specs, to_check_result
from cit_platform.checks.audit import CheckOutcome
from cit_platform.checks.check import Rule
from cit_platform.checks.data_docs import data_docs_page
from cit_platform.checks.model_checks import MODEL_CHECKS
from cit_platform.checks.suites import SUITES
from cit_platform.contracts import TABLES
from cit_platform_tests.checks.frames import audited, clean_frame, context
from cit_platform_tests.checks.spoilers import put

KEY = dg.AssetKey(["clean", "exclusions"])


@pytest.mark.parametrize("path", SUITES)
def test_one_spec_per_check(path: str) -> None:
    specs = check_specs(TABLES[path])

    assert [spec.name for spec in specs] == [check.name for check in SUITES[path]]
    assert {spec.asset_key for spec in specs} == {dg.AssetKey(path.split("/"))}
    assert {spec.name for spec in specs if not spec.blocking} == {
        check.name for check in SUITES[path] if check.rule is Rule.WARN
    }
    assert all(spec.description and len(spec.description) > 40 for spec in specs)


def test_table_without_checks_has_no_specs() -> None:
    assert check_specs(TABLES["models/estimates"]) == []


@pytest.mark.parametrize("path", MODEL_CHECKS)
def test_checks_of_a_model_are_specs_of_its_table(path: str) -> None:
    specs = {spec.name: spec for spec in check_specs(TABLES[path])}
    assert list(specs) == [check.name for check in MODEL_CHECKS[path]]
    assert [name for name, spec in specs.items() if spec.blocking] == ["second_opinion"]


@pytest.mark.parametrize("path", SUITES)
def test_columns_that_checks_read_are_in_the_contract_and_not_private(path: str) -> None:
    read = {column for check in SUITES[path] for column in check.columns}
    assert read <= set(TABLES[path].column_names)
    assert not {"officer_id", "officer_year_of_birth", "officer_birth_year"} & read


def test_results_are_recorded_and_block() -> None:
    n = 60
    frame, circumstances = put("rule", "unknown_rule")(
        clean_frame("clean/exclusions", n), context("clean/exclusions", n)
    )

    @dg.asset(key=KEY, check_specs=check_specs(TABLES["clean/exclusions"]))
    def exclusions() -> dg.MaterializeResult:  # type: ignore[type-arg]
        outcomes = audited("clean/exclusions", frame, circumstances)
        return dg.MaterializeResult(check_results=[to_check_result(outcome, KEY, "1f3a") for outcome in outcomes])

    result = dg.materialize([exclusions], instance=dg.DagsterInstance.ephemeral(), raise_on_error=False)

    evaluations = {evaluation.check_name: evaluation for evaluation in result.get_asset_check_evaluations()}
    assert set(evaluations) == {check.name for check in SUITES["clean/exclusions"]}
    assert [name for name, evaluation in evaluations.items() if not evaluation.passed] == ["rule_values"]
    failed = evaluations["rule_values"]
    assert failed.severity is dg.AssetCheckSeverity.ERROR
    assert failed.metadata["unexpected_count"] == dg.IntMetadataValue(1)
    numbers = {
        name
        for name, value in failed.metadata.items()
        if isinstance(value, dg.IntMetadataValue | dg.FloatMetadataValue)
    }
    assert numbers == {"unexpected_count"}, "bounds and sizes make no plot"
    assert failed.metadata["audited_snapshot"] == dg.TextMetadataValue("1f3a")
    assert failed.metadata["blocks_if_not_passed"] == dg.TextMetadataValue("yes")
    assert failed.metadata["offending"].value == [frame["record_id"].iloc[0]]


def test_errored_is_distinguished_from_failed() -> None:
    errored = CheckOutcome("x", "errored", "WARN", "What to do.", "The check could not run: it broke.")
    failed = CheckOutcome(
        "x", "failed", "ERROR", "What to do.", "Not as expected.", {"unexpected_count": 3, "max_value": "2026"}
    )

    results = [to_check_result(outcome, KEY, "1f3a") for outcome in (errored, failed)]

    assert [result.metadata["status"].value for result in results] == ["errored", "failed"]
    assert [result.passed for result in results] == [False, False]
    assert [outcome.blocks for outcome in (errored, failed)] == [False, True]
    assert results[1].metadata["max_value"] == dg.TextMetadataValue("2026")


def test_a_result_names_the_page_that_shows_offending_values(tmp_path: Path) -> None:
    failed = CheckOutcome("x", "failed", "ERROR", "What to do.", "Not as expected.")
    page = data_docs_page(TABLES["clean/exclusions"], tmp_path)
    assert to_check_result(failed, KEY, "1f3a", page).metadata["data_docs"] == dg.MetadataValue.path(page)
    assert "data_docs" not in to_check_result(failed, KEY, "1f3a").metadata


def test_loading_the_checks_loads_no_heavy_library() -> None:
    script = (
        "import sys; import cit_platform.assets.asset_checks as checks; from cit_platform.contracts import TABLES; "
        "[checks.check_specs(table) for table in TABLES.values()]; "
        "print([name for name in ('great_expectations', 'pandas', 'duckdb') if name in sys.modules])"
    )
    printed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert printed.stdout.strip() == "[]"
