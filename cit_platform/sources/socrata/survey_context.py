"""What a question of the survey has to ask with: a portal that answers something, and what it said first."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from cit_platform.codebook.vocabulary import Vocabulary
from cit_platform.printable import shown
from cit_platform.sources.columns import field_named
from cit_platform.sources.refused import SourceError
from cit_platform.sources.socrata.aggregate import Aggregate, count_by
from cit_platform.sources.socrata.answers import Unusable
from cit_platform.sources.socrata.client import Portal
from cit_platform.sources.socrata.endpoints import Endpoint
from cit_platform.sources.socrata.source import SocrataSource

Row = dict[str, Any]

MOST_VALUES = 5_000


class QuestionSkipped(Exception):  # noqa: N818 - an answer
    """A question that the portal cannot be asked, or does not answer; says why."""


@dataclass(frozen=True)
class Value:
    """One value of a column as the portal prints it, null where it prints none, and in how many rows.

    `known` tells whether the codebook holds it; null where the codebook keeps no list.
    """

    value: str | None
    n_rows: int
    known: bool | None = None


@dataclass(frozen=True)
class Answer:
    """What was found, and whether it is what we assumed."""

    found: str
    as_assumed: bool
    values: tuple[Value, ...] = ()


@dataclass(frozen=True)
class SurveyContext:
    """A portal that answers something, and what it said first.

    Attributes:
        columns: names and types; a type is empty where only a header named the columns; None where nothing did.
        description: what the portal says of the dataset; None where it says nothing.
        endpoint: the endpoint that counts rows; None where none does, and `no_endpoint` says why.
        refused: why the addresses before this one gave nothing.
    """

    source: SocrataSource
    portal: Portal
    vocabulary: Vocabulary
    today: date
    scratch: Path
    asked_at: str
    description: Row | None
    columns: tuple[tuple[str, str], ...] | None
    endpoint: Endpoint | None
    no_endpoint: str
    n_rows: int | None
    refused: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.columns or ())

    @property
    def time_column(self) -> str:
        """The column of the time of a report, under the name that it has here."""
        return next((name for name in self.names if field_named(name) == "reported_time"), "reported_time")

    def rows(self, query: Aggregate, *needed: str) -> list[Row]:
        """The rows of an answer.

        Raises:
            QuestionSkipped: A needed column is not there, or the portal does not answer.
        """
        missing = [name for name in needed if self.columns is not None and name not in self.names]
        if missing:
            raise QuestionSkipped(f"the portal has no column `{missing[0]}`")
        if self.endpoint is None:
            raise QuestionSkipped(self.no_endpoint)
        try:
            with tempfile.TemporaryDirectory(dir=self.scratch) as scratch:
                answer = self.endpoint.ask(self.portal, self.source.dataset, query, Path(scratch))
        except (Unusable, SourceError) as error:
            raise QuestionSkipped(str(error)) from error
        if not answer:
            raise QuestionSkipped(f"the portal gives no rows for {query.label}")
        if query.limit and len(answer) >= query.limit:
            raise QuestionSkipped(f"{query.label} have more than {query.limit:,} different values")
        return answer

    def row(self, label: str, select: str, *needed: str, where: str = "") -> Row:
        """The one row of aggregates over rows of the dataset."""
        return self.rows(Aggregate(label, select, where), *needed)[0]

    def values(self, label: str, field: str, limit: int = MOST_VALUES) -> list[tuple[str | None, int]]:
        """The distinct values of a column, the most frequent first."""
        rows = self.rows(count_by(field, label=label, limit=limit), field)
        return [(text_of(row, field), whole(row, "n_rows")) for row in rows]


def text_of(row: Row, name: str) -> str | None:
    value = row.get(name)
    return None if value is None else str(value)


def whole(row: Row, name: str) -> int:
    value = str(row.get(name))
    if not re.fullmatch(r"\d{1,12}", value):
        raise QuestionSkipped(f"the portal gives `{shown(value)}` as a count")
    return int(value)
