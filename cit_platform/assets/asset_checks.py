"""How checks appear in Dagster: one asset check per expectation or model check, and its result from an outcome."""

from pathlib import Path

import dagster as dg

from cit_platform.checks.audit import BOUNDS, CheckOutcome, Number
from cit_platform.checks.check import Check
from cit_platform.checks.model_checks import MODEL_CHECKS, ModelCheck
from cit_platform.checks.suites import SUITES
from cit_platform.contracts import Table
from cit_platform.printable import inert

# What hardly moves from night to night is no plot.
CONSTANT = (*BOUNDS, "element_count", "missing_count", "unexpected_percent")


def check_specs(table: Table) -> list[dg.AssetCheckSpec]:
    """One spec per check of the table's suite and of its model, in their order; none where it has neither.

    A check that can be an ERROR is blocking; its result's severity decides in each run.
    """
    expectations = [_spec(table, check, {"columns": list(check.columns)}) for check in SUITES.get(table.path, ())]
    return expectations + [_spec(table, check, {}) for check in MODEL_CHECKS.get(table.path, ())]


def _spec(table: Table, check: Check | ModelCheck, metadata: dict[str, list[str]]) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        name=check.name,
        asset=dg.AssetKey(table.path.split("/")),
        description=f"{check.description}\n\nSeverity: {check.rule.when_blocking}.",
        blocking=check.rule.can_block,
        metadata={"rule": check.rule.value, **metadata},
    )


def to_check_result(
    outcome: CheckOutcome, asset_key: dg.AssetKey, snapshot: str, data_docs: Path | None = None
) -> dg.AssetCheckResult:
    """The outcome as Dagster records it: what was found as numbers, which the UI plots over time, bounds as text.

    `snapshot` is the one whose rows were audited: on a blocked night Dagster itself names the version before as the
    target. `data_docs` is the page that shows the offending values of the table, where it has one.
    """
    return dg.AssetCheckResult(
        passed=outcome.status == "passed",
        asset_key=asset_key,
        check_name=outcome.name,
        severity=dg.AssetCheckSeverity[outcome.severity],
        description="\n".join(map(inert, outcome.message.splitlines())),
        metadata={
            "status": dg.MetadataValue.text(outcome.status),
            "audited_snapshot": dg.MetadataValue.text(snapshot),
            "blocks_if_not_passed": dg.MetadataValue.text("yes" if outcome.severity == "ERROR" else "no"),
            **({"data_docs": dg.MetadataValue.path(data_docs)} if data_docs else {}),
            **{name: _metadata(name, value) for name, value in outcome.numbers.items()},
            **({"offending": dg.MetadataValue.json(list(outcome.offending))} if outcome.offending else {}),
        },
    )


def _metadata(name: str, value: Number) -> dg.MetadataValue:
    if isinstance(value, str) or name in CONSTANT:
        return dg.MetadataValue.text(str(value))
    return dg.MetadataValue.int(value) if isinstance(value, int) else dg.MetadataValue.float(value)
