"""A table as a query, and what an engine has to be able to do with one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from cit_platform.contracts import Table
from cit_platform.errors import UserError

if TYPE_CHECKING:
    import pyarrow as pa


class ContractError(UserError):
    """A result that does not keep the contract of its table."""


@dataclass(frozen=True)
class Query:
    """One select statement and everything that it reads.

    `files` are Parquet files by the name that the statement gives them (`raw.records`), `relations` in-memory tables
    likewise (`session.officers`), `views` select statements that run first (`clean.typed`). Values are bound, never
    formatted. `ordered` says that the rows come in the order of their table's key.
    """

    sql: str
    files: Mapping[str, Sequence[str | Path]] = field(default_factory=dict)
    parameters: Mapping[str, object] = field(default_factory=dict)
    relations: Mapping[str, "pa.Table"] = field(default_factory=dict)
    views: Mapping[str, str] = field(default_factory=dict)
    ordered: bool = False


@dataclass(frozen=True)
class Staged:
    """The rows of a query as Parquet files beside their table, not yet part of it.

    `content` is a hash of the rows, the same for the same rows. `broken` says in words what they break in the table's
    contract: nulls, repeated keys, no rows.
    """

    table: Table
    files: tuple[Path, ...]
    n_rows: int
    content: str
    broken: tuple[str, ...] = ()

    def discard(self) -> None:
        """Remove the files, if they are still there."""
        for file in self.files:
            file.unlink(missing_ok=True)


class Engine(Protocol):
    """What runs queries. Two verbs: rows go to files, and only small answers come to the driver."""

    def write(self, query: Query, table: Table, folder: Path) -> Staged:
        """Run a query and write its rows into a folder, cast to the table's contract and ordered by its key.

        Raises:
            ContractError: The query gives other columns than the contract names.
        """
        ...

    def table(self, query: Query) -> "pa.Table":
        """The answer to a query, small enough for memory, with the types that the query gives."""
        ...
