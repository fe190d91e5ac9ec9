"""What the portal serves: one state of the dataset, and how the portal prints it."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from cit_platform.sources.columns import FIELDS
from cit_platform.sources.demo.city import CityParameters
from cit_platform.sources.demo.source import DemoSource
from cit_platform_tests.sources.display_names import DISPLAY_NAMES

FIRST_UPDATE = 1_790_000_000
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{3})?")


@dataclass(frozen=True)
class PortalColumn:
    """A column as the portal describes it; `source` is the field of the table that it shows."""

    source: str
    field: str
    name: str
    type: str


def _default_columns() -> tuple[PortalColumn, ...]:
    types = {"template_id": "number", "occured_date_time": "calendar_date"}
    return tuple(
        PortalColumn(source, source, name, types.get(source, "text"))
        for source, name in zip(FIELDS, DISPLAY_NAMES, strict=True)
    )


@dataclass(frozen=True, eq=False)
class Dataset:
    """One state of the dataset; equal only to itself.

    Attributes:
        table: the 25 fields as text, in the order of the row ids.
        updated_at: `rowsUpdatedAt`, seconds since 1970.
        columns: how the portal names and types them.
        untouched: rows at the beginning that were last updated when the dataset began.
        touched_in_blocks: rows that share a time of update, each block an hour after the one before; 0: all share one.
        about: what the description says besides, such as `{"description": "Crisis contacts"}`.
    """

    table: pa.Table
    updated_at: int = FIRST_UPDATE
    columns: tuple[PortalColumn, ...] = field(default_factory=_default_columns)
    untouched: int = 0
    touched_in_blocks: int = 0
    about: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of_city(cls, as_of: date, rows: int, seed: int = 20150515, city: CityParameters | None = None) -> Dataset:
        """The demonstration city as of a day."""
        return cls(DemoSource(seed=seed, rows=rows, as_of=as_of, city=city).table())

    @classmethod
    def of_file(cls, path: Path) -> Dataset:
        """A file of SODA JSON."""
        return cls.of_rows(json.loads(path.read_text(encoding="utf-8")))

    @classmethod
    def of_rows(cls, rows: list[dict[str, Any]]) -> Dataset:
        """Rows by API names; absent fields are null."""
        return cls(pa.table({name: pa.array([row.get(name) for row in rows], pa.string()) for name in FIELDS}))

    @property
    def n_rows(self) -> int:
        return int(self.table.num_rows)

    def replaced(self, table: pa.Table | None = None) -> Dataset:
        """The next state, as a full replacement leaves it: other row ids, another time of update."""
        return replace(self, table=self.table if table is None else table, updated_at=self.updated_at + 86_400)

    def renamed(self, old: str, new: str) -> Dataset:
        """With one column under another name."""
        return self._with(lambda column: replace(column, field=new, name=new.replace("_", " ").title()), old)

    def retyped(self, name: str, kind: str) -> Dataset:
        """With one column of another type."""
        return self._with(lambda column: replace(column, type=kind), name)

    def with_hour(self) -> Dataset:
        """With the later name of the time column."""
        return self.renamed("reported_time", "reported_hour")

    def tenfold(self) -> Dataset:
        """With every row ten times."""
        return self.replaced(pa.concat_tables([self.table] * 10))

    def _with(self, change: Any, name: str) -> Dataset:
        return replace(self, columns=tuple(change(c) if c.field == name else c for c in self.columns))

    # --- As the portal prints it ---

    def metadata(self, dataset: str) -> dict[str, Any]:
        """The description, `/api/views/<id>.json`."""
        columns = [
            {"id": number, "name": c.name, "fieldName": c.field, "dataTypeName": c.type, "position": number}
            for number, c in enumerate(self.columns, start=1)
        ]
        # The portal's own columns stand there as well, on some portals.
        own = {"id": -1, "name": "Region", "fieldName": ":@computed_region_ab12_cd34", "dataTypeName": "number"}
        return {
            "id": dataset,
            "name": "Crisis Data",
            "rowsUpdatedAt": self.updated_at,
            "viewType": "tabular",
            "license": {"name": "Public Domain"},
            **self.about,
            "columns": [*columns, own],
        }

    def records(self, offset: int, limit: int) -> list[dict[str, str]]:
        """Rows of a page with the portal's own columns, every value a string, null fields left out."""
        return [
            {
                ":id": f"row-{self.updated_at:x}-{number:08x}",
                ":created_at": self._updated(number),
                ":updated_at": self._updated(number),
                **{c.field: row[c.source] for c in self.columns if row[c.source] is not None},
            }
            for number, row in enumerate(self.table.slice(offset, limit).to_pylist(), start=offset)
        ]

    def with_own_columns(self) -> pa.Table:
        """The 25 fields, and when each row was updated."""
        updated = [self._updated(number) for number in range(self.n_rows)]
        return self.table.append_column(":updated_at", pa.array(updated, pa.string()))

    def _updated(self, number: int) -> str:
        moment = FIRST_UPDATE - 86_400 * 365 if number < self.untouched else self.updated_at
        if self.touched_in_blocks:
            moment -= 3_600 * (number // self.touched_in_blocks)
        return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")

    def page_csv(self, limit: int) -> bytes:
        """`/resource/<id>.csv`: API names."""
        return self._csv([column.field for column in self.columns], limit, lambda column, value: value)

    def bulk_csv(self) -> bytes:
        """`rows.csv`: display names, calendar dates in the order of the US."""
        return self._csv([column.name for column in self.columns], self.n_rows, _as_bulk)

    def _csv(self, header: list[str], limit: int, printed: Any) -> bytes:
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(header)
        for row in _rows(self.table.slice(0, limit)):
            writer.writerow([printed(column, row[column.source]) for column in self.columns])
        return text.getvalue().encode()


def _rows(table: pa.Table) -> Iterator[dict[str, str | None]]:
    for batch in table.to_batches(max_chunksize=10_000):
        yield from batch.to_pylist()


def _as_bulk(column: PortalColumn, value: str | None) -> str | None:
    if column.type == "calendar_date" and value and _ISO.fullmatch(value):
        day_alone = "" if column.source == "reported_date" else " %I:%M:%S %p"
        return datetime.fromisoformat(value).strftime(f"%m/%d/%Y{day_alone}")
    return value
