"""A table as a query, and what an engine has to be able to do with one."""

import hashlib
import re
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

    @property
    def read(self) -> list[str]:
        """The files and relations that the statement and its views name."""
        named = relations_in(" ".join([self.sql, *self.views.values()]))
        return sorted(named & {*self.files, *self.relations})

    def view_key(self, name: str) -> str:
        """A name for the rows of a view that is the same for the same statements, inputs and values."""
        names = list(self.views)
        chain = [self.views[earlier] for earlier in names[: names.index(name) + 1]]
        read = {relation for sql in chain for relation in relations_in(sql)}
        files = [(relation, [*map(str, self.files[relation])]) for relation in sorted(read & set(self.files))]
        bound = named_in(" ".join(chain), self.parameters)
        return f"{name}-{digest(chain, files, sorted(bound.items()))}"


@dataclass(frozen=True)
class Staged:
    """The rows of a query as Parquet files beside their table, not yet part of it.

    `content` is a hash of the rows, the same for the same rows of one engine. `broken` says in words what they break in
    the table's contract: nulls, repeated keys, no rows. `engine` names what computed them.
    """

    table: Table
    files: tuple[Path, ...]
    n_rows: int
    content: str
    broken: tuple[str, ...] = ()
    engine: str = ""

    def discard(self) -> None:
        """Remove the files, if they are still there."""
        for file in self.files:
            file.unlink(missing_ok=True)


class Engine(Protocol):
    """What runs queries. Two verbs: rows go to files, and only small answers come to the driver."""

    name: str

    def write(self, query: Query, table: Table, folder: Path) -> Staged:
        """Run a query and write its rows into a folder, cast to the table's contract and ordered by its key.

        Raises:
            ContractError: The query gives other columns than the contract names.
        """
        ...

    def table(self, query: Query) -> "pa.Table":
        """The answer to a query, small enough for memory, with the types that the query gives."""
        ...


def relations_in(sql: str) -> set[str]:
    """The relations `schema.table` that a statement names, its comments aside."""
    bare = re.sub(r"--[^\n]*", "", sql)
    return set(re.findall(r"\b[a-z_]+\.[a-z_0-9]+\b", bare))


def named_in(sql: str, parameters: Mapping[str, object]) -> dict[str, object]:
    """The parameters that a statement names: engines refuse others."""
    named = set(re.findall(r"\$(\w+)", sql))
    return {name: value for name, value in parameters.items() if name in named}


def digest(*parts: object) -> str:
    """A short hash of values."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def demand_columns(table: Table, given: Sequence[str]) -> None:
    """Raise ContractError unless these columns are those of the contract, in any order."""
    expected = set(table.column_names)
    missing, extra = sorted(expected - set(given)), sorted(set(given) - expected)
    if missing or extra:
        raise ContractError(
            f"{table.path} does not keep its contract: "
            f"missing columns: {', '.join(missing) or 'none'}; unknown columns: {', '.join(extra) or 'none'}."
        )


def broken_by(table: Table, n_rows: int, n_keys: int, nulls: Mapping[str, int]) -> tuple[str, ...]:
    """What written rows break in their contract, in words: nulls, repeated keys, no rows.

    Args:
        table: the contract.
        n_rows: how many rows were written.
        n_keys: how many different keys they have.
        nulls: how many nulls each required column has.
    """
    if n_rows == 0:
        return () if table.may_be_empty else ("it would be empty, and its contract does not allow that",)
    broken = [f"{count} null in {name}" for name, count in nulls.items() if count]
    if n_keys != n_rows:
        broken.append(f"{n_rows - n_keys} rows repeat the key ({', '.join(table.key)})")
    return tuple(broken)
