"""The lake: Delta tables under the home, staged, audited, and only then committed."""

import json
import uuid
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from cit_platform.contracts import TABLES, Column, Table

if TYPE_CHECKING:
    import deltalake
    import duckdb
    import pandas as pd

    from cit_platform.engine.duckdb import Engine, Query

SQL_TYPES = {
    "string": "varchar",
    "int32": "integer",
    "int64": "bigint",
    "double": "double",
    "boolean": "boolean",
    "date": "date",
    "timestamp_ntz": "timestamp",
}
DELTA_TYPES = {"int32": "integer", "int64": "long"}
KNOWN_READER_FEATURES = {"timestampNtz"}
RETENTION_HOURS = 24


class LakeError(Exception):
    """A table that cannot be read or written; says which, why, and what to do."""


@dataclass(frozen=True)
class Provenance:
    """Where a version of a table comes from; stored with its commit."""

    snapshot: str
    source: str
    location: str
    retrieved_at: str
    licence: str
    as_of: date
    rows_received: int
    fingerprint: str
    run_id: str
    code_version: str
    inputs: dict[str, int]
    checks: tuple[dict[str, Any], ...] = ()
    templates_received: int = 0
    sequence: int = 0

    def to_metadata(self) -> dict[str, str]:
        return {"cit": json.dumps({**asdict(self), "as_of": self.as_of.isoformat()})}

    @classmethod
    def from_metadata(cls, text: str) -> "Provenance":
        """Read what a commit says; what another version of the platform did not know is empty, and so never current."""
        record = {**_NOT_RECORDED, **json.loads(text)}
        known = {name: record[name] for name in _NOT_RECORDED}
        return cls(**{**known, "as_of": date.fromisoformat(known["as_of"]), "checks": tuple(known["checks"])})


_NOT_RECORDED: dict[str, Any] = {
    **dict.fromkeys(("snapshot", "source", "location", "retrieved_at", "licence", "fingerprint"), ""),
    **dict.fromkeys(("run_id", "code_version"), ""),
    **{"as_of": "2015-05-15", "rows_received": 0, "templates_received": 0, "sequence": 0, "inputs": {}, "checks": ()},
}


@dataclass(frozen=True)
class TableVersion:
    """The current version of a table: approved, and readable for at least a day after the next one."""

    number: int
    files: list[str]
    n_rows: int
    provenance: Provenance


@dataclass(frozen=True)
class Staged:
    """A result beside its table, not yet part of it."""

    table: Table
    file: Path
    n_rows: int
    broken: tuple[str, ...] = ()


class Lake:
    """The tables of one home."""

    def __init__(self, home: Path) -> None:
        self.root = home / "lake"

    def exists(self, path: str) -> bool:
        return (self.root / path / "_delta_log").is_dir()

    def version(self, path: str) -> TableVersion:
        """The current version of a table.

        Raises:
            LakeError: The table was never published, or has features that we do not know how to read.
        """
        table = self._open(path)
        commit = _latest_commit(table)
        return TableVersion(
            number=commit["version"],
            files=[unquote(uri) for uri in table.file_uris()],
            n_rows=sum(table.get_add_actions(flatten=True).column("num_records").to_pylist()),
            provenance=Provenance.from_metadata(commit["cit"]),
        )

    def _open(self, path: str) -> "deltalake.DeltaTable":
        from deltalake import DeltaTable

        if not self.exists(path):
            raise LakeError(f"The table {path} does not exist yet in {self.root}: materialise it first.")
        table = DeltaTable(str(self.root / path))
        unknown = set(table.protocol().reader_features or ()) - KNOWN_READER_FEATURES
        if unknown:
            raise LakeError(
                f"The table {path} uses the Delta feature {', '.join(sorted(unknown))}, which this platform does not "
                f"read: it could return rows that were deleted. Rebuild it: remove {self.root / path} and refresh."
            )
        return table

    def versions(self) -> dict[str, TableVersion]:
        """Every published table by path."""
        return {path: self.version(path) for path in TABLES if self.exists(path)}

    def head(self, path: str, columns: list[str], rows: int) -> "pd.DataFrame":
        """The first rows of the current version."""
        import pyarrow.parquet as pq

        file = pq.ParquetFile(self.version(path).files[0])
        first = next(file.iter_batches(rows, columns=columns), None)
        frame: pd.DataFrame = (file.schema_arrow.empty_table().select(columns) if first is None else first).to_pandas()
        return frame

    def frame(self, path: str, columns: list[str] | None = None) -> "pd.DataFrame":
        """The current version as a frame, in the order of its key."""
        import pyarrow.parquet as pq

        frame: pd.DataFrame = pq.read_table(self.version(path).files[0], columns=columns).to_pandas()
        return frame

    def stage(self, engine: "Engine", table: Table, query: "Query") -> Staged:
        """Run a query and write its result beside the table, cast to the contract and ordered by key.

        Raises:
            LakeError: The query gives other columns than the contract names.
        """
        from cit_platform.engine.duckdb import quoted, run

        file = self._new_file(table)
        with engine.bound(query, self) as connection:
            _demand_columns(table, [row[0] for row in run(connection, f"describe {query.sql}", query.parameters)])
            columns = ", ".join(f'cast("{c.name}" as {SQL_TYPES[c.type]}) as "{c.name}"' for c in table.columns)
            keys = ", ".join(f'"{name}"' for name in table.key)
            # Streamed into the file: as a table besides, or sorted once more, a million records are too much memory.
            rows = f"select {columns} from (\n{query.sql}\n)" + ("" if query.ordered else f" order by {keys}")
            copy = f"copy ({rows}) to {quoted(file)} (format parquet, compression zstd)"
            ((n_rows,),) = run(connection, copy, query.parameters)
            broken = _broken_rows(connection, table, file, int(n_rows))
        return Staged(table, file, int(n_rows), broken)

    def stage_frame(self, engine: "Engine", table: Table, frame: "pd.DataFrame") -> Staged:
        """Stage a frame that Python computed."""
        import pyarrow as pa

        from cit_platform.engine.duckdb import Query

        arrow = pa.Table.from_pandas(frame, preserve_index=False)
        return self.stage(engine, table, Query("select * from session.computed", relations={"session.computed": arrow}))

    def _new_file(self, table: Table) -> Path:
        directory = self.root / table.path
        directory.mkdir(parents=True, exist_ok=True)
        return directory / f"part-{uuid.uuid4()}.parquet"

    def commit(self, staged: Staged, provenance: Provenance) -> int:
        """Make a staged and audited result the table's current version.

        Raises:
            LakeError: The rows break the contract (null or duplicate key, no rows); nothing is changed.
        """
        from deltalake import CommitProperties, DeltaTable
        from deltalake.exceptions import CommitFailedError
        from deltalake.transaction import create_table_with_add_actions

        _demand_rows(staged)
        path = str(staged.file.parent)
        properties = CommitProperties(custom_metadata=provenance.to_metadata(), max_commit_retries=0)
        schema, actions = _delta_schema(staged.table), [_add_action(staged)]
        try:
            if self.exists(staged.table.path) and DeltaTable(path).schema() == schema:
                DeltaTable(path).create_write_transaction(
                    actions, "overwrite", schema, [], commit_properties=properties
                )
            else:
                create_table_with_add_actions(path, schema, actions, mode="overwrite", commit_properties=properties)
        except CommitFailedError as error:
            raise LakeError(
                f"{staged.table.path} was changed by another writer while this run computed it ({error}). "
                "Nothing is lost; refresh again."
            ) from None
        version = DeltaTable(path).version()
        self._vacuum(path)
        return version

    def discard(self, staged: Staged) -> None:
        staged.file.unlink(missing_ok=True)

    def _vacuum(self, path: str) -> None:
        """Remove what no version of the last day needs, the orphans of killed writes included."""
        from deltalake import DeltaTable

        DeltaTable(path).vacuum(RETENTION_HOURS, dry_run=False, enforce_retention_duration=False, full=True)


def one_snapshot(versions: dict[str, TableVersion]) -> Provenance:
    """The provenance that tables share, with their version numbers as inputs.

    Raises:
        LakeError: They descend from different snapshots.
    """
    snapshots = {path: (v.provenance.snapshot, v.provenance.as_of) for path, v in versions.items()}
    if len(set(snapshots.values())) > 1:
        listed = ", ".join(f"{path} from {hash_[:8]} as of {day}" for path, (hash_, day) in sorted(snapshots.items()))
        raise LakeError(
            f"The inputs descend from different snapshots: {listed}. Materialise the older ones first, "
            "or refresh everything (cit refresh)."
        )
    numbers = {path: version.number for path, version in versions.items()}
    return replace(next(iter(versions.values())).provenance, inputs=numbers, checks=())


def outdated(versions: dict[str, TableVersion]) -> str | None:
    """The first table that was computed from an older version of another than the current one, in words."""
    for path, version in versions.items():
        for parent, number in version.provenance.inputs.items():
            if parent in versions and versions[parent].number != number:
                return f"{path} was computed from an older version of {parent}"
    return None


def _latest_commit(table: "deltalake.DeltaTable") -> dict[str, Any]:
    """The last commit that published rows; after it come at most the entries of its vacuum."""
    for commits in (table.history(5), table.history()):
        for commit in commits:
            if "cit" in commit:
                return commit
    raise LakeError(f"The table {table.table_uri} was not written by this platform. Move it away and refresh.")


def _demand_columns(table: Table, given: list[str]) -> None:
    expected = set(table.column_names)
    missing, extra = sorted(expected - set(given)), sorted(set(given) - expected)
    if missing or extra:
        raise LakeError(
            f"{table.path} does not keep its contract: "
            f"missing columns: {', '.join(missing) or 'none'}; unknown columns: {', '.join(extra) or 'none'}."
        )


def _broken_rows(connection: "duckdb.DuckDBPyConnection", table: Table, file: Path, n_rows: int) -> tuple[str, ...]:
    """What the staged rows break in their contract, in words: nulls, repeated keys, no rows."""
    from cit_platform.engine.duckdb import quoted, run

    if n_rows == 0:
        return () if table.may_be_empty else ("it would be empty, and its contract does not allow that",)
    required = [column.name for column in table.columns if not column.nullable]
    nulls = ", ".join(f'count(*) - count("{name}")' for name in required)
    keys = ", ".join(f'"{name}"' for name in table.key)
    staged = f"read_parquet({quoted(file)})"
    (counts,) = run(connection, f"select {nulls} from {staged}", {})
    ((n_keys,),) = run(connection, f"select count(*) from (select distinct {keys} from {staged})", {})
    broken = [f"{count} null in {name}" for name, count in zip(required, counts, strict=True) if count]
    if n_keys != n_rows:
        broken.append(f"{n_rows - n_keys} rows repeat the key ({', '.join(table.key)})")
    return tuple(broken)


def _demand_rows(staged: Staged) -> None:
    if staged.broken:
        raise LakeError(
            f"{staged.table.path} does not keep its contract: {'; '.join(staged.broken)}. The last version stays."
        )


def _delta_schema(table: Table) -> "deltalake.Schema":
    from deltalake import Schema

    return Schema([_delta_field(column) for column in table.columns])


def _delta_field(column: Column) -> "deltalake.Field":
    from deltalake import Field
    from deltalake.schema import PrimitiveType

    kind = PrimitiveType(DELTA_TYPES.get(column.type, column.type))
    return Field(column.name, kind, nullable=True, metadata={"comment": column.meaning})


def _add_action(staged: Staged) -> Any:
    from deltalake.transaction import AddAction

    return AddAction(
        path=staged.file.name,
        size=staged.file.stat().st_size,
        partition_values={},
        modification_time=int(staged.file.stat().st_mtime * 1000),
        data_change=True,
        stats=json.dumps({"numRecords": staged.n_rows}),
    )
