"""How a table becomes an asset: staged, audited, and only then published."""

import inspect
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import dagster as dg

from cit_platform.assets.asset_checks import check_specs, to_check_result
from cit_platform.assets.catalogue import FRESHNESS, WATCHED_STAGES, lineage_metadata, source_links, table_tags
from cit_platform.assets.comparison import lasting_rows
from cit_platform.assets.inputs import Inputs
from cit_platform.checks.audit import CheckOutcome, audit
from cit_platform.checks.context import AuditContext, ReceivedDescription
from cit_platform.checks.counting import StagedRows
from cit_platform.checks.data_docs import data_docs_page
from cit_platform.checks.suites import SUITES
from cit_platform.code_version import code_version
from cit_platform.contracts import Table
from cit_platform.contracts.clean import EXCLUSIONS
from cit_platform.contracts.raw import RECORDS
from cit_platform.contracts.table import OWNER
from cit_platform.engine.query import Engine, Query, Staged
from cit_platform.errors import UserError
from cit_platform.printable import inert
from cit_platform.refresh.fingerprint import with_current_code
from cit_platform.refresh.source import last_size
from cit_platform.resources.failures import user_errors_as_failures
from cit_platform.resources.home import Home
from cit_platform.storage.lake import one_snapshot
from cit_platform.storage.provenance import Provenance

if TYPE_CHECKING:
    import pandas as pd

PREVIEW_ROWS = 8

AssetEvents = Iterator[dg.AssetCheckResult | dg.AssetObservation | dg.MaterializeResult]  # type: ignore[type-arg]


@dataclass(frozen=True)
class Checked:
    """A result with the outcomes of the checks that only whoever computed it can make.

    `seen` are the observations that are made before any check judges the result.
    """

    frame: "pd.DataFrame"
    outcomes: tuple[CheckOutcome, ...] = ()
    seen: tuple[dg.AssetObservation, ...] = ()


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
            with user_errors_as_failures(), home.lake.altered_files_named(reads):
                inputs = inputs_of(context, home, reads)
                result = compute(inputs)
                yield from result.seen if isinstance(result, Checked) else ()
                yield from publish(context, home, table, result, inputs.provenance, numbers)

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
        "tags": table_tags(table),
        "freshness_policy": FRESHNESS if table.schema in WATCHED_STAGES else None,
        "code_version": code_version("contracts", *code),
        "check_specs": check_specs(table),
        "metadata": {
            "dagster/column_schema": column_schema(table),
            "dagster/table_name": table.relation,
            "warnings": ", ".join(table.warnings) or "none",
            **source_links(table),
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


def inputs_of(context: dg.AssetExecutionContext, home: Home, reads: Sequence[str]) -> Inputs:
    """The current versions of the tables an asset reads, refused unless all descend from one snapshot."""
    versions = {path: home.lake.version(path) for path in reads}
    shared = one_snapshot(versions)
    current = replace(
        shared,
        run_id=context.run.run_id,
        code_version=code_version(),
        # The source's part is the snapshot's own; code and settings are those that compute now.
        fingerprint=with_current_code(shared.fingerprint, home.settings),
    )
    return Inputs(home, versions, current)


def publish(
    context: dg.AssetExecutionContext,
    home: Home,
    table: Table,
    result: Result,
    provenance: Provenance,
    numbers: Numbers | None = None,
) -> AssetEvents:
    """Write beside the table, audit what was written, and make it the current version only if no check blocks."""
    audited = yield from stage_and_audit(home, table, result, provenance)
    yield from commit_audited(context, home, audited, provenance, numbers)


@dataclass(frozen=True)
class Audited:
    """A result beside its table that no check blocks."""

    staged: Staged
    outcomes: tuple[CheckOutcome, ...]


def stage_and_audit(
    home: Home, table: Table, result: Result, provenance: Provenance, received: ReceivedDescription | None = None
) -> Generator[dg.AssetCheckResult, None, Audited]:
    """Write beside the table and audit what was written.

    Raises:
        dg.Failure: A check blocks; what was written is gone.
    """
    # A frame is in this process already: to send it to a cluster would take longer than to count it here.
    engine = home.engine if isinstance(result, Query) else home.duckdb
    staged = engine.write(_query_of(result), table, home.lake.folder(table.path))
    outcomes = [
        *_audit(home, engine, staged, provenance, received),
        *(result.outcomes if isinstance(result, Checked) else ()),
    ]
    page = data_docs_page(table, home.folder.data_docs) if table.path in SUITES else None
    for outcome in outcomes:
        yield to_check_result(outcome, asset_key(table.path), provenance.snapshot, page)
    _refuse_if_blocked(staged, outcomes)
    return Audited(staged, tuple(outcomes))


def commit_audited(
    context: dg.AssetExecutionContext,
    home: Home,
    audited: Audited,
    provenance: Provenance,
    numbers: Numbers | None = None,
    tags: Mapping[str, str] | None = None,
) -> AssetEvents:
    """Make an audited result the current version of its table."""
    staged = audited.staged
    version = _commit(home, staged, replace(provenance, checks=tuple(map(_summary, audited.outcomes))))
    context.log.info(f"{staged.table.path}: {staged.n_rows} rows, version {version}")
    yield _materialization(home, staged, provenance, numbers, tags)


def _query_of(result: Result) -> Query:
    if isinstance(result, Query):
        return result
    import pyarrow as pa

    computed = pa.Table.from_pandas(result.frame if isinstance(result, Checked) else result, preserve_index=False)
    return Query("select * from session.computed", relations={"session.computed": computed})


def _audit(
    home: Home, engine: Engine, staged: Staged, provenance: Provenance, received: ReceivedDescription | None
) -> list[CheckOutcome]:
    if staged.table.path not in SUITES:
        return []
    import pyarrow.parquet as pq

    lake = home.lake
    context = AuditContext(
        source=provenance.source,
        as_of=provenance.as_of,
        n_rows=staged.n_rows,
        columns=tuple(pq.read_schema(staged.files[0]).names),
        n_received=lake.row_count(RECORDS.path),
        n_excluded=lake.row_count(EXCLUSIONS.path),
        previous_rows=_previous_rows(staged.table, home),
        previous_excluded=_previous_excluded(home),
        accepted=frozenset(home.accept),
        agency=home.settings.agency,
        description=received,
    )
    read = {path for check in SUITES[staged.table.path] for path in check.relation.inputs}
    inputs = {path: lake.version(path).files for path in read}
    return audit(StagedRows(staged, engine, context, inputs), home.folder.data_docs)


def _previous_rows(table: Table, home: Home) -> int | None:
    return last_size(home.path).rows if table == RECORDS else lasting_rows(table, home)


def _previous_excluded(home: Home) -> float | None:
    """Share of the records received that the last version of clean/exclusions holds."""
    last = home.lake.last(EXCLUSIONS.path)
    return last.n_rows / last.provenance.rows_received if last and last.provenance.rows_received else None


def _refuse_if_blocked(staged: Staged, outcomes: Sequence[CheckOutcome]) -> None:
    blocking = [outcome for outcome in outcomes if outcome.blocks]
    if not blocking:
        return
    staged.discard()
    reasons = "; ".join(f"{outcome.name} ({outcome.message})" for outcome in blocking)
    raise dg.Failure(
        description=f"{staged.table.path} keeps its last version, because a blocking check did not pass: {reasons}",
        allow_retries=False,
    )


def _commit(home: Home, staged: Staged, provenance: Provenance) -> int:
    try:
        return home.lake.commit(staged, provenance)
    except UserError:
        staged.discard()
        raise


def _summary(outcome: CheckOutcome) -> dict[str, Any]:
    return {"name": outcome.name, "status": outcome.status, "severity": outcome.severity, "message": outcome.message}


def _materialization(
    home: Home, staged: Staged, provenance: Provenance, numbers: Numbers | None, tags: Mapping[str, str] | None
) -> "dg.MaterializeResult[Any]":
    path = staged.table.path
    headline = numbers(home.lake.frame(path)) if numbers else {}
    return dg.MaterializeResult(
        asset_key=asset_key(path),
        # Of raw/records, which reads no table, the snapshot's own hash.
        data_version=dg.DataVersion(staged.content if provenance.inputs else provenance.snapshot),
        tags=tags,
        metadata={
            "dagster/row_count": staged.n_rows,
            "engine": staged.engine,
            "dagster/uri": home.lake.folder(path).as_uri(),
            **lineage_metadata(staged.table),
            "snapshot": provenance.snapshot,
            "as_of": provenance.as_of.isoformat(),
            # The columns that never leave the home stay out of the UI too.
            "preview": dg.MetadataValue.md(
                frame_preview(home.lake.head(path, list(staged.table.public_columns), PREVIEW_ROWS))
            ),
            **{name: float(value) for name, value in headline.items()},
        },
    )


def frame_preview(frame: "pd.DataFrame", rows: int = PREVIEW_ROWS) -> str:
    """The first rows as Markdown, for the UI."""
    lines = [list(frame.columns), ["---"] * len(frame.columns), *frame.head(rows).astype(object).values.tolist()]
    return "\n".join(f"| {' | '.join(_cell(value) for value in line)} |" for line in lines)


def _cell(value: object) -> str:
    if value is None or value != value:  # a missing number is not equal to itself
        return ""
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return inert(text)
