"""How a table becomes an asset: staged, audited, and only then published."""

import inspect
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

import dagster as dg

from cit_platform.assets.asset_checks import check_specs, to_check_result
from cit_platform.checks.audit import CheckOutcome, audit, columns_needed
from cit_platform.checks.context import Arrival, AuditContext
from cit_platform.checks.suites import SUITES
from cit_platform.code_version import code_version
from cit_platform.codebook import CodebookError
from cit_platform.contracts import Table
from cit_platform.engine.duckdb import Query
from cit_platform.refresh.fingerprint import computing_part
from cit_platform.resources.home import Home
from cit_platform.settings import FIRST_REPORT
from cit_platform.sources.snapshot import SourceError
from cit_platform.storage.archive import ArchiveError
from cit_platform.storage.lake import LakeError, Provenance, Staged, one_snapshot

if TYPE_CHECKING:
    import pandas as pd

OWNER = "team:cit-platform"
PREVIEW_ROWS = 8

AssetEvents = Iterator[dg.AssetCheckResult | dg.AssetObservation | dg.MaterializeResult]  # type: ignore[type-arg]


@dataclass(frozen=True)
class Inputs:
    """What an asset reads in this run: the current tables it depends on, all of one snapshot."""

    home: Home
    paths: tuple[str, ...]
    provenance: Provenance

    def frame(self, path: str, columns: list[str] | None = None) -> "pd.DataFrame":
        return self.home.lake.frame(path, columns)

    @property
    def agency(self) -> str:
        return self.home.settings.agency

    @property
    def as_of(self) -> date:
        return self.provenance.as_of

    @property
    def window(self) -> tuple[date, date]:
        """First and last report date that clean records can hold: a report may be dated a day after the event."""
        return FIRST_REPORT, self.as_of + timedelta(days=1)


@dataclass(frozen=True)
class Checked:
    """A result with the outcomes of the checks that only whoever computed it can make."""

    frame: "pd.DataFrame"
    outcomes: tuple[CheckOutcome, ...]


Result: TypeAlias = "Query | pd.DataFrame | Checked"
Compute = Callable[[Inputs], Result]
Numbers = Callable[["pd.DataFrame"], Mapping[str, float]]


def table_asset(
    table: Table, *, reads: Sequence[str], code: Sequence[str], kinds: set[str], numbers: Numbers | None = None
) -> Callable[[Compute], dg.AssetsDefinition]:
    """Turn a function from inputs to a query or a frame into the asset of a table.

    `reads` are the paths of the tables it depends on, `code` the parts of the package that its result depends on,
    `numbers` the headline numbers that the UI plots over time.
    """

    def build(compute: Compute) -> dg.AssetsDefinition:
        @dg.asset(
            name=table.name,
            deps=[asset_key(path) for path in reads],
            description=described(table, compute),
            **asset_properties(table, code, kinds),
        )
        def asset(context: dg.AssetExecutionContext, home: Home) -> AssetEvents:
            with told_plainly():
                inputs = inputs_of(context, home, reads)
                yield from publish(context, home, table, compute(inputs), inputs.provenance, numbers)

        assert isinstance(asset, dg.AssetsDefinition)
        return asset

    return build


def described(table: Table, compute: Callable[..., Any]) -> str:
    """The asset's description in the UI: its docstring and its grain."""
    return f"{inspect.getdoc(compute)}\n\n**Grain**: {table.grain}."


def asset_properties(table: Table, code: Sequence[str], kinds: set[str]) -> dict[str, Any]:
    """What every table's asset tells the UI about itself, from its contract."""
    return {
        "key_prefix": [table.schema],
        "group_name": table.schema,
        "owners": [OWNER],
        "kinds": {"delta", *kinds},
        "code_version": code_version("contracts", *code),
        "check_specs": check_specs(table),
        "metadata": {
            "dagster/column_schema": column_schema(table),
            "dagster/table_name": table.relation,
            "warnings": ", ".join(table.warnings) or "none",
        },
    }


def column_schema(table: Table) -> dg.TableSchema:
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                column.name,
                column.type,
                description=column.meaning,
                constraints=dg.TableColumnConstraints(nullable=column.nullable, unique=table.key == (column.name,)),
            )
            for column in table.columns
        ]
    )


def asset_key(path: str) -> dg.AssetKey:
    return dg.AssetKey(path.split("/"))


@contextmanager
def told_plainly(*more: type[Exception]) -> Iterator[None]:
    """What the user can mend becomes a failure in one paragraph; anything else is a defect and keeps its traceback."""
    try:
        yield
    except Exception as error:
        if not isinstance(error, (LakeError, SourceError, ArchiveError, CodebookError, *more)):
            raise
        raise dg.Failure(description=str(error), allow_retries=False) from None


def inputs_of(context: dg.AssetExecutionContext, home: Home, reads: Sequence[str]) -> Inputs:
    """The current versions of the tables an asset reads, refused unless all descend from one snapshot."""
    shared = one_snapshot({path: home.lake.version(path) for path in reads})
    current = replace(
        shared,
        run_id=context.run.run_id,
        code_version=code_version(),
        # The source part is the snapshot's own; code and settings are those that compute now.
        fingerprint=f"{shared.fingerprint.split('.')[0]}.{computing_part(home.settings)}",
    )
    return Inputs(home, tuple(reads), current)


def publish(
    context: dg.AssetExecutionContext,
    home: Home,
    table: Table,
    result: Result,
    provenance: Provenance,
    numbers: Numbers | None = None,
    arrival: Arrival | None = None,
) -> AssetEvents:
    """Write beside the table, audit what was written, and make it the current version only if no check blocks."""
    approved = yield from approve(home, table, result, provenance, arrival)
    yield from release(context, home, approved, provenance, numbers)


@dataclass(frozen=True)
class Approved:
    """A result beside its table that no check blocks."""

    staged: Staged
    outcomes: tuple[CheckOutcome, ...]


def approve(
    home: Home, table: Table, result: Result, provenance: Provenance, arrival: Arrival | None = None
) -> Generator[dg.AssetCheckResult, None, Approved]:
    """Write beside the table and audit what was written.

    Raises:
        dg.Failure: A check blocks; what was written is gone.
    """
    staged = _stage(home, table, result)
    outcomes = [*_audit(home, staged, provenance, arrival), *(result.outcomes if isinstance(result, Checked) else ())]
    for outcome in outcomes:
        yield to_check_result(outcome, asset_key(table.path))
    _refuse_if_blocked(home, staged, outcomes)
    return Approved(staged, tuple(outcomes))


def release(
    context: dg.AssetExecutionContext,
    home: Home,
    approved: Approved,
    provenance: Provenance,
    numbers: Numbers | None = None,
) -> AssetEvents:
    """Make an approved result the current version of its table."""
    staged = approved.staged
    version = _commit(home, staged, replace(provenance, checks=tuple(map(_summary, approved.outcomes))))
    context.log.info(f"{staged.table.path}: {staged.n_rows} rows, version {version}")
    yield _materialization(home, staged, provenance, numbers)


def _stage(home: Home, table: Table, result: Result) -> Staged:
    if isinstance(result, Query):
        return home.lake.stage(home.engine, table, result)
    return home.lake.stage_frame(home.engine, table, result.frame if isinstance(result, Checked) else result)


def _audit(home: Home, staged: Staged, provenance: Provenance, arrival: Arrival | None) -> list[CheckOutcome]:
    if staged.table.path not in SUITES:
        return []
    import pyarrow.parquet as pq

    lake = home.lake
    counts = {path: lake.version(path).n_rows for path in ("raw/records", "clean/exclusions") if lake.exists(path)}
    context = AuditContext(
        source=provenance.source,
        as_of=provenance.as_of,
        n_rows=staged.n_rows,
        columns=tuple(pq.read_schema(staged.file).names),
        n_received=counts.get("raw/records"),
        n_excluded=counts.get("clean/exclusions"),
        previous_rows=lake.version(staged.table.path).n_rows if lake.exists(staged.table.path) else None,
        agency=home.settings.agency,
        arrival=arrival,
    )
    frame = pq.read_table(staged.file, columns=columns_needed(staged.table)).to_pandas()
    return audit(staged.table, frame, context, home.path / "quality")


def _refuse_if_blocked(home: Home, staged: Staged, outcomes: list[CheckOutcome]) -> None:
    blocking = [outcome for outcome in outcomes if outcome.blocks]
    if not blocking:
        return
    home.lake.discard(staged)
    reasons = "; ".join(f"{outcome.name} ({outcome.message})" for outcome in blocking)
    raise dg.Failure(
        description=f"{staged.table.path} keeps its last version, because a blocking check did not pass: {reasons}",
        allow_retries=False,
    )


def _commit(home: Home, staged: Staged, provenance: Provenance) -> int:
    try:
        return home.lake.commit(staged, provenance)
    except LakeError:
        home.lake.discard(staged)
        raise


def _summary(outcome: CheckOutcome) -> dict[str, Any]:
    return {"name": outcome.name, "status": outcome.status, "severity": outcome.severity, "message": outcome.message}


def _materialization(
    home: Home, staged: Staged, provenance: Provenance, numbers: Numbers | None
) -> "dg.MaterializeResult[Any]":
    path = staged.table.path
    headline = numbers(home.lake.frame(path)) if numbers else {}
    return dg.MaterializeResult(
        asset_key=asset_key(path),
        data_version=dg.DataVersion(_data_version(provenance)),
        metadata={
            "dagster/row_count": staged.n_rows,
            "snapshot": provenance.snapshot,
            "as_of": provenance.as_of.isoformat(),
            # The columns that never leave the home stay out of the UI too.
            "preview": dg.MetadataValue.md(
                frame_preview(home.lake.head(path, list(staged.table.public_columns), PREVIEW_ROWS))
            ),
            **{name: float(value) for name, value in headline.items()},
        },
    )


def _data_version(provenance: Provenance) -> str:
    """What the content follows from: of raw/records, which reads no table, the content itself."""
    if not provenance.inputs:
        return provenance.snapshot
    return f"{provenance.snapshot[:16]}-{provenance.as_of}-{provenance.code_version}"


def frame_preview(frame: "pd.DataFrame", rows: int = PREVIEW_ROWS) -> str:
    """The first rows as Markdown, for the UI."""
    lines = [list(frame.columns), ["---"] * len(frame.columns), *frame.head(rows).astype(object).values.tolist()]
    return "\n".join(f"| {' | '.join(_cell(value) for value in line)} |" for line in lines)


def _cell(value: object) -> str:
    if value is None or value != value:  # a missing number is not equal to itself
        return ""
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")
