"""Parquet read into text as the portal prints it, within bounds that are looked at before a page is unpacked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cit_platform.printable import shown
from cit_platform.sources import reading
from cit_platform.sources.columns import check_columns, compared_columns, field_named
from cit_platform.sources.formats import AGAIN, BATCH_ROWS, too_long, too_many_rows, unpacks_to_too_much
from cit_platform.sources.reading import bounded_connection
from cit_platform.sources.refused import SourceError

if TYPE_CHECKING:
    import duckdb

_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_PRINTED_AS_THEY_ARE = (
    *("VARCHAR", '"NULL"', "BOOLEAN", "DATE", "TIME"),
    *_INTEGERS,
    *(f"U{name}" for name in _INTEGERS),
)
_ZONED = ("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ_NS")


def parquet_as_text(
    path: Path,
    label: str,
    scratch: Path,
    target: Path,
    memory_limit: str,
    accept: frozenset[str],
    unknown: list[str],
) -> None:
    """Write a Parquet file's fields as text to another.

    Args:
        path: the file.
        label: what to call it in messages.
        scratch: directory for a link to it, and for what does not fit into memory.
        target: the file to write.
        memory_limit: as in `CIT_MEMORY_LIMIT`.
        accept: codes of changes that are let through.
        unknown: receives the names of columns that are no field.

    Raises:
        SourceError: It is broken, larger than any crisis data, or has other columns or types.
    """
    import duckdb

    _check_footer(path, label)
    # A link with a plain name: DuckDB would read `*` and `[` in a path as a pattern.
    link = scratch / "received.parquet"
    link.symlink_to(path.resolve())
    with bounded_connection(scratch, memory_limit, [path.resolve(), target]) as connection:
        try:
            rows = connection.read_parquet(str(link))
        except duckdb.Error as error:
            reason = str(error).splitlines()[0].replace(str(link), label)
            raise SourceError(f"{label} is a broken Parquet file ({reason}). {AGAIN}") from error
        types = {name: str(kind) for name, kind in zip(rows.columns, rows.types, strict=True)}
        check_columns(types, label, accept)
        unknown += compared_columns(types).unknown
        named = {name: field_named(name) for name in types if not name.startswith(":")}
        selected = [f"{_printed(name, types[name], label)} as {field}" for name, field in named.items() if field]
        printed = rows.project(", ".join(selected))
        _check_text_sizes(printed, label)
        printed.write_parquet(str(target), compression="lz4", row_group_size=BATCH_ROWS)


def _check_footer(path: Path, label: str) -> None:
    """Refuse what the file itself says of its size, before a page of it is unpacked."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        footer = pq.read_metadata(path)
    except (pa.ArrowException, OSError, RuntimeError) as error:
        raise SourceError(f"{label} is a broken Parquet file ({shown(str(error), 200)}). {AGAIN}") from error
    if footer.num_rows > reading.MAX_ROWS:
        raise too_many_rows(label)
    unpacked = sum(footer.row_group(number).total_byte_size for number in range(footer.num_row_groups))
    if unpacked > reading.MAX_UNPACKED_BYTES:
        raise unpacks_to_too_much(label)


def _check_text_sizes(printed: duckdb.DuckDBPyRelation, label: str) -> None:
    """Refuse values that a dictionary repeats beyond any bound: no footer tells their length."""
    longest = ", ".join(f"max(strlen({field}))" for field in printed.columns)
    total = " + ".join(f"coalesce(sum(strlen({field})), 0)" for field in printed.columns)
    [(n_bytes, *lengths)] = printed.aggregate(f"{total}, {longest}").fetchall()
    for field, length in zip(printed.columns, lengths, strict=True):
        if (length or 0) > reading.MAX_VALUE_BYTES:
            raise too_long(f"{label} holds, in `{field}`, a value", reading.MAX_VALUE_BYTES, "bytes")
    if n_bytes > reading.MAX_UNPACKED_BYTES:
        raise unpacks_to_too_much(label)


def _printed(name: str, kind: str, label: str) -> str:
    """SQL for a typed column as the portal would print it."""
    column = '"' + name.replace('"', '""') + '"'
    text = f"cast({column} as varchar)"
    if kind in ("FLOAT", "DOUBLE"):
        return f"case when not isnan({column}) then regexp_replace({text}, '[.]0+$', '') end"
    if kind.startswith("DECIMAL"):
        return f"regexp_replace({text}, '[.]0+$', '')"
    if kind in _ZONED:
        # As text with a Z is read: what stands on the clock of the zone in which it is stored.
        text = f"cast(make_timestamp(epoch_us(cast({column} as timestamptz))) as varchar)"
    if kind in (*_ZONED, "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"):
        return f"replace({text}, ' ', 'T')"
    if kind in _PRINTED_AS_THEY_ARE or kind.startswith("ENUM"):
        return text
    raise SourceError(
        f"Column `{shown(name)}` of {label} is of the type {shown(kind)}, where text, a number, a date or a time "
        "belongs. Write it as text, as the portal prints it."
    )
