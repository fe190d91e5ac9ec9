"""The lake: Delta tables under the home; what is staged beside a table becomes its current version by one commit."""

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from cit_platform.contracts import ALL_TABLES, TABLES, Column, Table, operations, raw
from cit_platform.engine.query import ContractError, Staged
from cit_platform.errors import UserError
from cit_platform.storage.checksums import sha256
from cit_platform.storage.provenance import Provenance

if TYPE_CHECKING:
    import deltalake
    import pandas as pd

DELTA_TYPES = {"int32": "integer", "int64": "long"}
KNOWN_READER_FEATURES = {"timestampNtz"}
RETENTION_HOURS = 24
LOG = "_delta_log"
# What was added night by night, and of which neither archive nor Dagster need keep all: no refresh replaces it.
GROWING = frozenset({raw.REVISIONS.path, raw.COMPARISONS.path, operations.HISTORY.path, operations.LOOKS.path})


# Of a log: names, with size and last change.
Entries = tuple[tuple[str, int, int], ...]


class LakeError(UserError):
    """A table that cannot be read or written; says which, why, and what to do."""


class DamagedTableError(LakeError):
    """A table of which something was lost or altered behind the platform's back.

    `reason` says what, in words; `is_rebuilt` says that the next refresh computes it anew by itself.
    """

    def __init__(self, path: str, folder: Path, damage: str) -> None:
        self.reason = f"{path} is damaged: {damage}"
        self.is_rebuilt = path not in GROWING
        anew = "cit refresh computes it anew"
        by_hand = (
            f"Restore {folder} from a backup; or move it away and run cit refresh, which begins anew with what the "
            "archive and Dagster still keep"
        )
        super().__init__(f"The table {self.reason}. {anew if self.is_rebuilt else by_hand}.")


@dataclass(frozen=True)
class TableVersion:
    """The current version of a table: approved, and readable for at least a day after the next one.

    `checksums` are the SHA-256 of its files by name; versions of before November 2026 have none.
    """

    path: str
    number: int
    files: tuple[str, ...]
    n_rows: int
    provenance: Provenance
    checksums: Mapping[str, str]
    committed_at: datetime

    def frame(self, columns: list[str] | None = None) -> "pd.DataFrame":
        """All rows, in the order of the table's key; of several files the order is made here."""
        import pyarrow.parquet as pq

        key = list(ALL_TABLES[self.path].key)
        if len(self.files) == 1:
            frame: pd.DataFrame = pq.ParquetFile(self.files[0]).read(columns=columns).to_pandas()
            return frame
        wanted = None if columns is None else list(dict.fromkeys([*columns, *key]))
        rows = pq.read_table(list(self.files), columns=wanted).sort_by([(name, "ascending") for name in key])
        whole: pd.DataFrame = (rows if columns is None else rows.select(columns)).to_pandas()
        return whole


class Lake:
    """The tables of one home."""

    def __init__(self, home: Path) -> None:
        self.root = home / "lake"

    def exists(self, path: str) -> bool:
        return (self.root / path / LOG).is_dir()

    def version(self, path: str) -> TableVersion:
        """The current version of a table.

        Raises:
            LakeError: The table was never published, or has features that we do not know how to read.
            DamagedTableError: Its log cannot be read, or a file is missing or has another size.
        """
        if not self.exists(path):
            raise LakeError(f"The table {path} does not exist yet in {self.root}: materialise it first.")
        version, sizes = _as_logged(self.root, path, _entries(self.root / path))
        self._demand_files(version, sizes)
        return version

    def verified(self, path: str) -> TableVersion:
        """The current version, every byte of it held against its commit.

        Raises:
            LakeError: See `version`; a DamagedTableError also where a file was altered.
        """
        version = self.version(path)
        for file in map(Path, version.files):
            if version.checksums.get(file.name) not in (None, sha256(file)):
                raise self._damaged(path, f"{file.name} was altered")
        return version

    @contextmanager
    def altered_files_named(self, paths: Iterable[str]) -> Iterator[None]:
        """Say which of these tables was altered where reading them fails with an error that names none."""
        try:
            yield
        except UserError:
            raise
        except Exception:
            for path in paths:
                self.verified(path)
            raise

    def last(self, path: str) -> TableVersion | None:
        """The current version for comparison with the next one; None before the first, and where it is damaged."""
        return self._unless_damaged(self.verified, path)

    def row_count(self, path: str) -> int | None:
        """Rows of the current version, as its log says; None before the first, and where it is damaged."""
        version = self._unless_damaged(self.version, path)
        return version.n_rows if version else None

    def current_bytes(self, path: str) -> int:
        """Size of the files of the current version; 0 before the first, and where it is damaged."""
        version = self._unless_damaged(self.version, path)
        return sum(Path(file).stat().st_size for file in version.files) if version else 0

    def _unless_damaged(self, read: Callable[[str], TableVersion], path: str) -> TableVersion | None:
        try:
            return read(path) if self.exists(path) else None
        except DamagedTableError:
            return None

    def _demand_files(self, version: TableVersion, sizes: Mapping[str, int]) -> None:
        for file in map(Path, version.files):
            if not file.is_file():
                raise self._damaged(version.path, f"its file {file.name} is gone")
            if file.stat().st_size != sizes[file.name]:
                raise self._damaged(version.path, f"its file {file.name} has another size")

    def _damaged(self, path: str, damage: str) -> DamagedTableError:
        return DamagedTableError(path, self.root / path, damage)

    def versions(self) -> dict[str, TableVersion]:
        """Every published table by path."""
        return {path: self.version(path) for path in TABLES if self.exists(path)}

    def head(self, path: str, columns: list[str], rows: int) -> "pd.DataFrame":
        """The first rows of the current version, of its first files as far as they are needed."""
        import pyarrow.dataset as ds

        frame: pd.DataFrame = ds.dataset(self.version(path).files).head(rows, columns=columns).to_pandas()
        return frame

    def frame(self, path: str, columns: list[str] | None = None) -> "pd.DataFrame":
        """The current version as a frame, in the order of its key."""
        return self.version(path).frame(columns)

    def folder(self, path: str) -> Path:
        """Where the files of a table lie."""
        return self.root / path

    def commit(self, staged: Staged, provenance: Provenance) -> int:
        """Make a staged and audited result the table's current version.

        Raises:
            ContractError: The rows break the contract (null or duplicate key, no rows); nothing is changed.
            LakeError: Another writer changed the table meanwhile; nothing is lost.
        """
        from deltalake import CommitProperties, DeltaTable
        from deltalake.exceptions import CommitFailedError
        from deltalake.transaction import create_table_with_add_actions

        _demand_rows(staged)
        path = str(self.folder(staged.table.path))
        checksums = json.dumps({file.name: sha256(file) for file in staged.files})
        computed = replace(provenance, content=staged.content, engine=staged.engine)
        metadata = {**computed.to_metadata(), "sha256": checksums}
        properties = CommitProperties(custom_metadata=metadata, max_commit_retries=0)
        schema, actions = _delta_schema(staged.table), _add_actions(staged)
        table = _opened(Path(path), _entries(Path(path))) if self.exists(staged.table.path) else None
        if isinstance(table, str):
            # Nobody can read it, and no commit can follow it: the table begins anew.
            shutil.rmtree(Path(path) / LOG)
        try:
            if isinstance(table, DeltaTable) and table.schema() == schema:
                table.create_write_transaction(actions, "overwrite", schema, [], commit_properties=properties)
                table.update_incremental()
            else:
                create_table_with_add_actions(path, schema, actions, mode="overwrite", commit_properties=properties)
                table = DeltaTable(path)
        except CommitFailedError as error:
            raise LakeError(
                f"{staged.table.path} was changed by another writer while this run computed it ({error}). "
                "Nothing is lost; refresh again."
            ) from None
        # Asked before the vacuum, which counts as a version too.
        version = table.version()
        _vacuum(table)
        return version

    def vacuum(self, path: str) -> int:
        """Remove what no version of the last day needs, the orphans of killed writes included; gives how many files."""
        from deltalake import DeltaTable

        return _vacuum(DeltaTable(str(self.folder(path))))


def one_snapshot(versions: dict[str, TableVersion]) -> Provenance:
    """The provenance that tables share, with their contents as inputs.

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
    contents = {path: version.provenance.content for path, version in versions.items()}
    return replace(next(iter(versions.values())).provenance, content="", engine="", inputs=contents, checks=())


def outdated(versions: dict[str, TableVersion]) -> str | None:
    """The first table that was computed from other rows of another than the current ones, in words."""
    for path, parent in older_inputs(versions).items():
        return f"{path} was computed from an older version of {parent}"
    return None


def older_inputs(versions: Mapping[str, TableVersion]) -> dict[str, str]:
    """The tables that were computed from other rows of another than the current ones, each with the first such other.

    A version with the same rows, of an asset that was materialised by hand, makes nothing outdated.
    """
    found: dict[str, str] = {}
    for path, version in versions.items():
        for parent, content in version.provenance.inputs.items():
            if parent in versions and versions[parent].provenance.content != content:
                found.setdefault(path, parent)
    return found


def _entries(table: Path) -> Entries:
    """The entries of a table's log by name, with size and last change of content or rights: another log has others.

    What a writer is about to commit has a name that goes, and is no entry.
    """
    found = []
    for entry in (table / LOG).iterdir():
        with suppress(FileNotFoundError):
            stat = entry.stat()
            found.append((entry.name, stat.st_size, stat.st_ctime_ns))
    return tuple(sorted(found))


# An asset asks for its inputs and their inputs' versions: some of them a hundred times in a run.
@lru_cache(maxsize=256)
def _as_logged(root: Path, path: str, entries: Entries) -> tuple[TableVersion, Mapping[str, int]]:
    """The current version of a table and the sizes of its files, as a log with these entries says.

    Raises:
        LakeError: It has features that we do not know how to read.
        DamagedTableError: It cannot be read.
    """
    table = _open(root, path, entries)
    commit = _latest_commit(table)
    actions = table.get_add_actions(flatten=True)
    sizes = {Path(unquote(name)).name: size for name, size in _columns(actions, "path", "size_bytes")}
    version = TableVersion(
        path=path,
        number=commit["version"],
        files=tuple(unquote(uri) for uri in table.file_uris()),
        n_rows=sum(n for (n,) in _columns(actions, "num_records")),
        provenance=Provenance.from_metadata(commit["cit"]),
        checksums=json.loads(commit.get("sha256", "{}")),
        committed_at=datetime.fromtimestamp(commit["timestamp"] / 1000, UTC),
    )
    return version, sizes


def _vacuum(table: "deltalake.DeltaTable") -> int:
    removed = table.vacuum(RETENTION_HOURS, dry_run=False, enforce_retention_duration=False, full=True)
    return len(removed)


def _open(root: Path, path: str, entries: Entries) -> "deltalake.DeltaTable":
    table = _opened(root / path, entries)
    if isinstance(table, str):
        raise DamagedTableError(path, root / path, table)
    unknown = set(table.protocol().reader_features or ()) - KNOWN_READER_FEATURES
    if unknown:
        raise LakeError(
            f"The table {path} uses the Delta feature {', '.join(sorted(unknown))}, which this platform does not "
            f"read: it could return rows that were deleted. Rebuild it: remove {root / path} and refresh."
        )
    return table


# The next commit of a run follows the version that its inputs were read from: it need not open the table again.
@lru_cache(maxsize=len(ALL_TABLES))
def _opened(table: Path, entries: Entries) -> "deltalake.DeltaTable | str":
    """A table with these entries, or in words what is wrong: an empty one would pass for the version before it."""
    from deltalake import DeltaTable
    from deltalake.exceptions import DeltaError

    written = {name: size for name, size, _ in entries if name.endswith(".json")}
    empty = [name for name, size in written.items() if size < len("{}")]
    if empty:
        return f"the entry {empty[0]} of its log is empty"
    for name in list(written)[-1:]:
        # A right that is missing is no damage, and raises here.
        (table / LOG / name).open("rb").close()
    try:
        opened = DeltaTable(str(table))
        opened.history(1)
    except DeltaError as error:
        return f"its log cannot be read ({str(error).splitlines()[0]})"
    return opened


def _columns(actions: Any, *names: str) -> list[tuple[Any, ...]]:
    """The rows of a record batch of Delta's, of these columns."""
    return list(zip(*(actions.column(name).to_pylist() for name in names), strict=True))


def _latest_commit(table: "deltalake.DeltaTable") -> dict[str, Any]:
    """The last commit that published rows; after it come at most the entries of its vacuum."""
    for commits in (table.history(5), table.history()):
        for commit in commits:
            if "cit" in commit:
                return commit
    raise LakeError(f"The table {table.table_uri} was not written by this platform. Move it away and refresh.")


def _demand_rows(staged: Staged) -> None:
    if staged.broken:
        raise ContractError(
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


def _add_actions(staged: Staged) -> list[Any]:
    import pyarrow.parquet as pq
    from deltalake.transaction import AddAction

    return [
        AddAction(
            path=file.name,
            size=file.stat().st_size,
            partition_values={},
            modification_time=int(file.stat().st_mtime * 1000),
            data_change=True,
            stats=json.dumps({"numRecords": pq.read_metadata(file).num_rows}),
        )
        for file in staged.files
    ]
