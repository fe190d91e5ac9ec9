"""Tables for download: a contract's public columns, ten significant digits, CSV and Parquet the same every time."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cit_platform.contracts import TABLES, Table
from cit_platform.errors import UserError
from cit_platform.printable import printable
from cit_platform.publishing.parts.rows import plain_values

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

STAGES = ("models", "quality")
PACKED = ".gz"
# What a spreadsheet computes instead of showing it begins so; an apostrophe before it makes it text.
_FORMULA = ("=", "+", "-", "@")


class TableError(UserError):
    """A frame that is not what its contract says; the message names table and column."""


def published_tables() -> tuple[str, ...]:
    """Paths of the tables that an edition must hold: every contract under `models` and `quality`."""
    return tuple(sorted(path for path, table in TABLES.items() if table.schema in STAGES))


def public_table(path: str, frame: pd.DataFrame) -> pa.Table:
    """The public columns of one table, typed and sorted as its contract says, floats to 10 significant digits.

    Raises:
        TableError: The path has no contract, a column is missing, or a value does not fit its type.
    """
    import pyarrow as pa

    contract = TABLES.get(path)
    if contract is None or contract.schema not in STAGES:
        raise TableError(f"Table {path} has no public contract; publish only tables under {', '.join(STAGES)}.")
    columns = [column for column in contract.columns if column.public]
    missing = [column.name for column in columns if column.name not in frame.columns]
    if missing:
        raise TableError(f"Table {path} lacks the columns {', '.join(missing)}; rebuild it from its contract.")
    ordered = frame.sort_values(list(contract.key), kind="stable")
    arrays = []
    for column in columns:
        try:
            arrays.append(_array(ordered[column.name], column.type))
        except (pa.ArrowInvalid, pa.ArrowTypeError, ValueError, TypeError) as error:
            raise TableError(f"Table {path}, column {column.name}, is not {column.type}: {error}") from error
    return pa.table(dict(zip([column.name for column in columns], arrays, strict=True)))


def csv_file(contract: Table) -> str:
    """The path of a table's CSV inside an edition."""
    return f"tables/{contract.name}.csv{PACKED if contract.packed else ''}"


def write_csv(table: pa.Table, path: Path) -> None:
    """Write a table as UTF-8 CSV: ISO dates, true and false, nothing for null, no text that is a formula.

    A file named `.gz` is gzipped, without the time and the name that gzip would put in.
    """
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(table.column_names)
    writer.writerows([_printed(value) for value in row.values()] for row in table.to_pylist())
    content = lines.getvalue().encode("utf-8")
    path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == PACKED else content)


def write_cells(header: Sequence[str], rows: Sequence[Sequence[str]], path: Path) -> None:
    """Write a table of the page as UTF-8 CSV, as printed; no cell is a formula to a spreadsheet."""
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerows([_no_formula(cell) for cell in row] for row in (header, *rows))
    path.write_text(lines.getvalue(), encoding="utf-8", newline="")


def _no_formula(cell: str) -> str:
    return f"'{cell}" if cell[:1] in ("=", "@", "+", "-", "\t") and not cell[1:2].isdigit() else cell


def write_parquet(table: pa.Table, path: Path) -> None:
    """Write a table as Parquet, small: an edition has dozens of short tables, whose footers could outweigh them.

    Numbers stand as they are: rounded ones repeat themselves, which neither a dictionary nor a split of their bytes
    leaves for zstd to find.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    numbers = [field.name for field in table.schema if pa.types.is_floating(field.type)]
    pq.write_table(
        table,
        path,
        compression="zstd",
        compression_level=19,
        write_statistics=False,
        store_schema=False,
        use_dictionary=[name for name in table.column_names if name not in numbers],
    )


def loose_table(frame: pd.DataFrame) -> pa.Table:
    """A frame without contract (`truth`) as Arrow, rows in its order, floats to 10 significant digits."""
    import pyarrow as pa

    columns: Mapping[str, Any] = {name: _array(frame[name], None) for name in frame.columns}
    return pa.table(dict(columns))


def table_fields(contract: Table) -> list[dict[str, str]]:
    """Frictionless fields of a contract's public columns."""
    kinds = {"int32": "integer", "int64": "integer", "double": "number", "timestamp_ntz": "datetime"}
    return [
        {"name": column.name, "type": kinds.get(column.type, column.type), "description": column.meaning}
        for column in contract.columns
        if column.public
    ]


def _array(series: pd.Series[Any], kind: str | None) -> pa.Array:
    import pyarrow as pa

    values = [float(f"{value:.10g}") if isinstance(value, float) else value for value in plain_values(series)]
    if kind is None:
        return pa.array(values)
    types = {"timestamp_ntz": pa.timestamp("us"), "double": pa.float64(), "date": pa.date32(), "boolean": pa.bool_()}
    if kind == "date":
        values = [value.date() if hasattr(value, "date") else value for value in values]
    return pa.array(values, types.get(kind) or getattr(pa, kind)())


def _printed(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.10g}"
    text = printable(str(value))
    return f"'{text}" if text.startswith(_FORMULA) else text
