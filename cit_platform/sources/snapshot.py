"""The snapshot every source yields: all records of one moment in canonical text, each with an id, and one hash."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from cit_platform.contracts.raw import SOURCE_FIELDS
from cit_platform.errors import UserError
from cit_platform.printable import listed, shown
from cit_platform.sources.observation import Observation
from cit_platform.sources.reading import MEMORY_LIMIT, bounded_connection

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

FIELDS: tuple[str, ...] = tuple(column.name for column in SOURCE_FIELDS)
RECORDS_FILE = "records.parquet"
# The portal renamed the column; it lands under one name, whatever the source calls it.
ALIASES = {"reported_hour": "reported_time"}

_ISO_TIME = r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d{1,3}0*)?"
_US_TIME = r"\d{2}/\d{2}/\d{4} (0[1-9]|1[0-2]):\d{2}:\d{2} [AP]M"
_TEXT_TYPES = ("VARCHAR", "ENUM", '"NULL"')


@dataclass(frozen=True)
class Snapshot:
    """All records of a source at one moment.

    Attributes:
        source: `demo`, `file` or `socrata`.
        records: Parquet with `record_id` and the 25 source fields, all text, sorted by `record_id`.
        content_hash: sha256 (64 hex) over the sorted record ids; equal for every way in of the same data.
        n_records: number of records, at least 1.
        received: the bytes as received, or None where nothing was received (demo).
        location: file name or URL the records came from, for people.
        retrieved_at: when, ISO 8601 in UTC.
        licence: the terms the records are published under.
        n_templates: number of different template ids.
        metadata: JSON object of what the source says of the dataset and its columns, text by item; None where it says
            nothing (demo, file).
        accepted: the changes that the operator let through once: `rows`, `columns`, `types`.
    """

    source: str
    records: Path
    content_hash: str
    n_records: int
    received: Path | None
    location: str
    retrieved_at: str
    licence: str
    n_templates: int = 0
    metadata: Path | None = None
    accepted: tuple[str, ...] = ()


class SourceError(UserError):
    """The source's data cannot be used; one paragraph: what happened, where, what to do."""


class SourceChangedError(SourceError):
    """The source is not what it was; `cit refresh --accept CODE` lets this change through once.

    Attributes:
        code: `rows`, `columns` or `types`.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{message} once with `cit refresh --accept {code}`.")
        self.code = code


class Source(Protocol):
    """Something that yields snapshots."""

    name: str

    def fingerprint(self) -> str:
        """Probe cheaply; the answer changes when the source's content changes."""
        ...

    def observe(self) -> Observation:
        """Look at the source without reading it: the fingerprint, and what else it says cheaply.

        Raises:
            SourceError: The source cannot be reached, or is not the crisis data.
        """
        ...

    def fetch(self, directory: Path) -> Snapshot:
        """Write the current snapshot into a directory.

        Raises:
            SourceError: The data cannot be used; nothing is left in the directory.
        """
        ...


def canonical_snapshot(
    rows: Path | pa.Table,
    directory: Path,
    *,
    source: str,
    location: str,
    licence: str,
    retrieved_at: str,
    received: Path | None = None,
    memory_limit: str = MEMORY_LIMIT,
) -> Snapshot:
    """Bring rows of text into canonical form, give each its id, and write `records.parquet`.

    The event time becomes `YYYY-MM-DDTHH:MM:SS.000` (from ISO or the bulk CSV's `09/01/2015 03:25:09 PM`; other text
    stays as it is), the empty string becomes null, everything else stays to the letter. The order of the rows and of
    the columns does not matter.

    Args:
        rows: Parquet file or Arrow table of the 25 API names as text, as the source prints them; `reported_hour` may
            stand for `reported_time`; names that begin with `:` are the portal's own and are dropped.
        directory: existing directory that receives `records.parquet`.
        source: see `Snapshot`, like the arguments after it.
        location: see `Snapshot`.
        licence: see `Snapshot`.
        retrieved_at: see `Snapshot`.
        received: see `Snapshot`.
        memory_limit: as in `CIT_MEMORY_LIMIT`; what does not fit is written beside the records meanwhile.

    Raises:
        SourceError: A column is missing, unknown, double or not text, or there are no rows.
    """
    records = directory / RECORDS_FILE
    with (
        tempfile.TemporaryDirectory(prefix=".spill-", dir=directory) as spill,
        bounded_connection(Path(spill), memory_limit) as connection,
    ):
        received_rows = _relation(connection, rows)
        columns = _columns_by_field(received_rows, location)
        received_rows.create_view("received")
        partial = Path(spill) / RECORDS_FILE
        query = _canonical_query(columns)
        connection.execute(f"copy ({query}) to {_literal(partial)} (format parquet, compression zstd)")
        n_records, n_templates, content_hash = _counts_and_hash(connection, partial)
        if n_records == 0:
            raise SourceError(f"{location} holds no records. Check that the download is complete and not filtered.")
        partial.replace(records)
    return Snapshot(source, records, content_hash, n_records, received, location, retrieved_at, licence, n_templates)


def check_columns(names: Iterable[str], location: str) -> None:
    """Refuse a set of columns (API names, aliases resolved) that is not exactly the 25 fields.

    Raises:
        SourceError: Columns are double, missing or unknown; each is named.
    """
    counts = Counter(names)
    double = [name for name, count in counts.items() if count > 1]
    missing = [name for name in FIELDS if name not in counts]
    extra = [name for name in counts if name not in FIELDS]
    faults = [
        f"{fault}: {listed(columns)}"
        for fault, columns in (("more than once", double), ("missing", missing), ("unknown", extra))
        if columns
    ]
    if faults:
        raise SourceError(
            f"{location} does not have the 25 columns of the crisis data; {'; '.join(faults)}. "
            "Export the whole dataset from the portal without renaming, adding or hiding columns; if the portal itself "
            "changed its columns, the contract raw/records has to be reviewed first."
        )


def _relation(connection: duckdb.DuckDBPyConnection, rows: Path | pa.Table) -> duckdb.DuckDBPyRelation:
    return connection.read_parquet(str(rows)) if isinstance(rows, Path) else connection.from_arrow(rows)


def _columns_by_field(received: duckdb.DuckDBPyRelation, location: str) -> dict[str, str]:
    """Map each of the 25 fields to the column that holds it."""
    types = {
        name: str(kind) for name, kind in zip(received.columns, received.types, strict=True) if not name.startswith(":")
    }
    check_columns((ALIASES.get(name, name) for name in types), location)
    for name, kind in types.items():
        if not kind.startswith(_TEXT_TYPES):
            raise SourceError(
                f"Column `{shown(name)}` of {location} is {kind}, not text. Give it as the source prints it."
            )
    return {ALIASES.get(name, name): name for name in types}


def _canonical_query(columns: dict[str, str]) -> str:
    canonical = ", ".join(f"{_canonical_field(field, columns[field])} as {field}" for field in FIELDS)
    # Each value stands behind its length in bytes (null: no length), so no text can look like the border of two fields.
    fields = ", ".join(f"strlen({field}), ':', {field}" for field in FIELDS)
    return f"""
        with canonical as (select {canonical} from received),
        digested as (select substr(sha256(concat({fields})), 1, 32) as digest, * from canonical),
        numbered as (select digest || '-' || row_number() over (partition by digest) as record_id, * from digested)
        select record_id, {", ".join(FIELDS)} from numbered order by record_id
    """


def _canonical_field(field: str, column: str) -> str:
    text = f"""nullif(cast("{column}" as varchar), '')"""
    return _canonical_time(text) if field == "occured_date_time" else text


def _canonical_time(text: str) -> str:
    """SQL for the canonical form of a time; text that is no time stays as it is, to be excluded by name later."""
    iso = f"substr({text}, 1, 10) || 'T' || substr({text}, 12, 8) || '.' || rpad(substr({text}, 21, 3), 3, '0')"
    hour = f"lpad(cast(cast(substr({text}, 12, 2) as integer) % 12 + if({text} like '%PM', 12, 0) as varchar), 2, '0')"
    date = f"substr({text}, 7, 4) || '-' || substr({text}, 1, 2) || '-' || substr({text}, 4, 2)"
    us = f"{date} || 'T' || {hour} || substr({text}, 14, 6) || '.000'"
    written = (
        f"case when regexp_full_match({text}, '{_ISO_TIME}') then {iso} "
        f"when regexp_full_match({text}, '{_US_TIME}') then {us} end"
    )
    return f"case when try_cast({written} as timestamp) is null then {text} else {written} end"


def _counts_and_hash(connection: duckdb.DuckDBPyConnection, records: Path) -> tuple[int, int, str]:
    query = """
        select count(*), count(distinct template_id), sha256(string_agg(record_id, chr(10) order by record_id))
        from read_parquet(?)
    """
    [(n_records, n_templates, content_hash)] = connection.execute(query, [str(records)]).fetchall()
    return n_records, n_templates, content_hash


def _literal(path: Path) -> str:
    """A path as SQL text: COPY takes no bound parameter for its target."""
    return "'" + str(path).replace("'", "''") + "'"
