"""What a check is: an expectation of a table, how grave it is when it fails, and the rows whose values it judges."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

from cit_platform.checks.context import AuditContext
from cit_platform.codebook.agency import DEFAULT_AGENCY
from cit_platform.contracts import Table
from cit_platform.sources.change import LARGEST_SLIP

if TYPE_CHECKING:
    import pyarrow as pa

Severity = Literal["ERROR", "WARN"]

WHOLE_LIVE_SET = 50_000
"""Rows from which on the live source is taken for the whole set, so that its magnitudes can be judged."""


class Rule(StrEnum):
    """When a failed check blocks: always, never, only on the whole live set, or from a share of the rows on."""

    ERROR = "error"
    WARN = "warn"
    LIVE = "live"
    SHARE = "share"

    @property
    def can_block(self) -> bool:
        """Whether it blocks in any circumstances."""
        return self is not Rule.WARN

    @property
    def when_blocking(self) -> str:
        """When a failure blocks, in words."""
        return _WHEN_BLOCKING[self]

    def severity(self, context: AuditContext, share: float = 1.0) -> Severity:
        """ERROR blocks, WARN does not.

        A live set that was whole counts as whole, however little of it arrived this time. `share` is that of the rows
        that are not as expected, all of them where it is not known.
        """
        if self is Rule.SHARE:
            return "ERROR" if share > LARGEST_SLIP else "WARN"
        rows = max(context.n_rows, context.n_received or 0, context.previous_rows or 0)
        # How large a set is when it is whole is known of one agency alone.
        whole = context.source == "socrata" and context.agency == DEFAULT_AGENCY and rows >= WHOLE_LIVE_SET
        return "ERROR" if self is Rule.ERROR or (self is Rule.LIVE and whole) else "WARN"


_WHEN_BLOCKING = {
    Rule.ERROR: "blocks whenever it does not pass",
    Rule.WARN: "never blocks",
    Rule.LIVE: f"blocks the live source from {WHOLE_LIVE_SET:,} rows on, else it warns",
    Rule.SHARE: f"blocks if more than {LARGEST_SLIP:.0%} of the rows are not as expected, else it warns",
}

ERROR, WARN, LIVE, SHARE = Rule.ERROR, Rule.WARN, Rule.LIVE, Rule.SHARE


@dataclass(frozen=True)
class Relation:
    """Rows whose values are judged: a select statement over the staged table, which has its own name there.

    Attributes:
        units: what a row is, for the message.
        sql: in the dialect that DuckDB and Spark share.
        key: the column that names an offending row in the result; None where none may.
        order: the columns that order the rows; the first offending ones are named.
        reads: the columns of the staged table that it reads; None where it gives them all on.
        parameters: values bound to names in `sql`.
        tables: small tables that are made of the circumstances, by their name in `sql`.
        views: statements of `transforms/` that it reads, by their name in `sql`.
        inputs: tables that the staged one is made of and that it reads too.
    """

    units: str
    sql: str
    key: str | None
    order: tuple[str, ...]
    reads: tuple[str, ...] | None = None
    parameters: Callable[[AuditContext], Mapping[str, object]] = lambda _: {}
    tables: "Callable[[AuditContext], Mapping[str, pa.Table]]" = lambda _: {}
    views: Mapping[str, str] = field(default_factory=dict, hash=False)
    inputs: tuple[str, ...] = ()


def rows_of(table: Table, sql: str | None = None, **more: Any) -> Relation:
    """The rows of the staged table, named by record, else by contact; `sql` may give them further columns."""
    names = [name for name in ("record_id", "contact_id") if name in table.column_names]
    return Relation("rows", sql or f"select * from {table.relation}", names[0] if names else None, table.key, **more)


@dataclass(frozen=True)
class Expectation:
    """One expectation of Great Expectations, and the value of a row that it judges.

    Attributes:
        kind: the name of its class.
        arguments: what that class is given.
        value: the value in SQL, over the columns of a relation; empty where only rows or columns are counted.
        reads: the columns of the staged table that `value` reads.
        parameters: values bound to names in `value`.
    """

    kind: str
    arguments: Callable[[AuditContext], dict[str, Any]]
    value: str = ""
    reads: tuple[str, ...] = ()
    parameters: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Check:
    """One expectation of a table, which is one asset check.

    `description` says what is expected and, from its "If" on, what to do when it fails.

    Attributes:
        detail_column: words that stand in the message whatever the check finds, a column of `details` or else of
            `relation`.
        example: what a message may show of an unexpected row, in SQL over `relation`; empty where it may show nothing.
        judges_source: whether the rows are the source's own, so that the message says what to do there.
        accepted_by: code of `cit refresh --accept` that lets a failure pass once; None where none does.
    """

    name: str
    rule: Rule
    expectation: Expectation
    description: str
    relation: Relation
    detail_column: str | None = None
    details: Relation | None = None
    example: str = ""
    judges_source: bool = False
    accepted_by: str | None = None

    def severity(self, context: AuditContext, share: float = 1.0) -> Severity:
        """How grave a failure is, see `Rule.severity`; one that is let through only warns."""
        return "WARN" if self.accepted_by in context.accepted else self.rule.severity(context, share)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the staged table that it reads."""
        return self.expectation.reads if self.relation.reads is None else self.relation.reads
