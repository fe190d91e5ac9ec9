"""The snapshot every source yields: all records of one moment in canonical text, each with an id, and one hash.

What is refused of a whole column stands here; which columns are the fields, in `columns`; what one value means, in
`canonical`.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from cit_platform.codebook.fields import SourceField, source_fields
from cit_platform.confined import confine
from cit_platform.printable import listed, shown
from cit_platform.settings import chosen_agency
from cit_platform.sources import canonical
from cit_platform.sources.columns import FIELDS, check_columns, field_named
from cit_platform.sources.observation import Observation
from cit_platform.sources.reading import MEMORY_LIMIT, bounded_connection
from cit_platform.sources.refused import SourceChangedError, SourceError

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

RECORDS_FILE = "records.parquet"
# Rows among which what never occurs does not fail to occur by chance: half the hours of a day, a field's every value.
ENOUGH_ROWS = 30
MOST_EXAMPLES = 3

_TEXT_TYPES = ("VARCHAR", "ENUM", '"NULL"')
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Unread:
    """The values of a field that are in no print known and stay as printed (those of births: as null).

    Attributes:
        field: API name.
        n_records: records with such a value.
        examples: the most frequent ones, at most three, fit for a message; of private fields only the shape, with 9
            for each digit, so that an id that Excel wrote shows as `9.99999E+99`.
    """

    field: str
    n_records: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Snapshot:
    """All records of a source at one moment.

    Attributes:
        source: `demo`, `file` or `socrata`.
        records: Parquet with `record_id` and the 25 source fields, all text, sorted by `record_id`.
        content_hash: sha256 (64 hex) over the sorted record ids; equal for every endpoint and file of the same data.
        n_records: number of records, at least 1.
        received: the bytes as received, or None where nothing was received (demo).
        location: file name or URL the records came from, for people.
        retrieved_at: when, ISO 8601 in UTC.
        licence: the terms the records are published under.
        n_templates: number of different template ids.
        metadata: JSON object of what the source says of the dataset and its columns, text by item; None where it says
            nothing (demo, file).
        empty: fields without a value in any record, because the source leaves them out or empty; no headline needs
            them, or the operator let it through.
        hour_unknown: fields printed on a clock of 12 hours without AM or PM: their times of day are null.
        unread: fields with values that could not be read.
        unknown_columns: columns that are no field; they stayed unread.
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
    empty: tuple[str, ...] = ()
    hour_unknown: tuple[str, ...] = ()
    unread: tuple[Unread, ...] = ()
    unknown_columns: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()


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
    accept: frozenset[str] = frozenset(),
) -> Snapshot:
    """Bring rows of text into canonical form, give each its id, and write `records.parquet`.

    The order of the rows and of the columns does not matter, nor do the spelling of the columns' names and the print
    of the values: see `field_named` and `canonical`.

    Args:
        rows: Parquet file or Arrow table of the fields as text, as the source prints them; a field that no headline
            needs may be left out, other columns stay unread.
        directory: existing directory that receives `records.parquet`.
        source: see `Snapshot`, like the arguments after it.
        location: see `Snapshot`.
        licence: see `Snapshot`.
        retrieved_at: see `Snapshot`.
        received: see `Snapshot`.
        memory_limit: as in `CIT_MEMORY_LIMIT`; what does not fit is written beside the records meanwhile.
        accept: codes of changes that are let through; with `columns`, a needed field may be absent or empty.

    Raises:
        SourceError: A column is missing, double, empty though needed, not text, or prints days in two orders; or there
            are no rows.
    """
    records = directory / RECORDS_FILE
    with (
        tempfile.TemporaryDirectory(prefix=".spill-", dir=directory) as spill,
        bounded_connection(Path(spill), memory_limit, [rows] if isinstance(rows, Path) else []) as connection,
    ):
        fields = source_fields(chosen_agency())
        received_rows = _relation(connection, rows)
        columns = _columns_by_field(received_rows, location, accept)
        received_rows.create_view("received")
        connection.execute(
            f"create view folded as {canonical.folded((field, columns.get(field.name)) for field in fields)}"
        )
        connection.execute(f"create view parsed as {canonical.parsed(fields)}")
        connection.execute(f"create temp table examined as {canonical.examined(fields)}")
        facts = _column_facts(connection, fields, location, accept)
        partial = Path(spill) / RECORDS_FILE
        query = _records_query(
            f"{canonical.canonical(field, hour_is_known=field.name not in facts.hour_unknown)} as {field.name}"
            for field in fields
        )
        connection.execute(f"copy ({query}) to {_literal(partial)} (format parquet, compression zstd)")
        n_records, n_templates, content_hash = _counts_and_hash(connection, partial)
        partial.replace(records)
    return Snapshot(
        source=source,
        records=records,
        content_hash=content_hash,
        n_records=n_records,
        received=received,
        location=location,
        retrieved_at=retrieved_at,
        licence=licence,
        n_templates=n_templates,
        empty=facts.empty,
        hour_unknown=facts.hour_unknown,
        unread=facts.unread,
        accepted=("columns",) if any(field.is_needed and field.name in facts.empty for field in fields) else (),
    )


def recomputed(rows: pa.Table, directory: Path) -> tuple[Path, str]:
    """The ids of records, and the hash over them, from the 25 fields as they stand in a snapshot of any form.

    Args:
        rows: Arrow table of the 25 fields.
        directory: existing directory that receives `records.parquet`.

    Returns:
        The file, sorted by `record_id`, and the content hash.
    """
    import duckdb

    records = directory / RECORDS_FILE
    with duckdb.connect(config={"memory_limit": MEMORY_LIMIT, "temp_directory": str(directory)}) as connection:
        confine(connection, folders=[directory])
        connection.from_arrow(rows).create_view("examined")
        connection.execute(f"copy ({_records_query(FIELDS)}) to {_literal(records)} (format parquet, compression zstd)")
        return records, _counts_and_hash(connection, records)[2]


def _relation(connection: duckdb.DuckDBPyConnection, rows: Path | pa.Table) -> duckdb.DuckDBPyRelation:
    return connection.read_parquet(str(rows)) if isinstance(rows, Path) else connection.from_arrow(rows)


def _columns_by_field(received: duckdb.DuckDBPyRelation, location: str, accept: frozenset[str]) -> dict[str, str]:
    """Map each field that is there to the column that holds it."""
    # Rows that a reader wrote have our names, by which the agency may mean other fields.
    named = str if set(received.columns) <= set(FIELDS) else field_named
    check_columns(received.columns, location, accept, named)
    columns = {}
    for name, kind in zip(received.columns, map(str, received.types), strict=True):
        field = None if name.startswith(":") else named(name)
        if field is not None and not kind.startswith(_TEXT_TYPES):
            raise SourceError(
                f"Column `{shown(name)}` of {location} is {kind}, not text. Give it as the source prints it."
            )
        if field is not None:
            columns[field] = name
    return columns


@dataclass(frozen=True)
class _ColumnFacts:
    """What only a whole column shows: see `Snapshot`."""

    empty: tuple[str, ...]
    hour_unknown: tuple[str, ...]
    unread: tuple[Unread, ...]


def _column_facts(
    connection: duckdb.DuckDBPyConnection, fields: Sequence[SourceField], location: str, accept: frozenset[str]
) -> _ColumnFacts:
    """Look at each column of `examined` as a whole, and refuse what makes its values doubtful."""
    dated = [field for field in fields if field.kind in canonical.DATED]
    timed = [field for field in fields if field.kind in canonical.TIMED]
    questions = {
        "n": "count(*)",
        **{f"given {f.name}": f"count(*) filter (where not {canonical.is_placeholder(f)})" for f in fields},
        **{f"unread {f.name}": f"count(*) filter (where {canonical.is_unread(f)})" for f in fields},
        **{f"month {f.name}": f"min({f.name}) filter (where {canonical.is_month_first(f)})" for f in dated},
        **{f"day {f.name}": f"min({f.name}) filter (where {canonical.is_day_first(f)})" for f in dated},
        **{f"bare {f.name}": f"count(*) filter (where {canonical.is_bare_hour(f)})" for f in timed},
        **{f"of 24 {f.name}": f"count(*) filter (where {canonical.is_hour_of_24(f)})" for f in timed},
    }
    row = connection.execute(f"select {', '.join(questions.values())} from examined").fetchone()
    found: dict[str, Any] = dict(zip(questions, row or (), strict=True))
    if found["n"] == 0:
        raise SourceError(f"{location} holds no records. Check that the download is complete and not filtered.")
    for field in dated:
        _check_order_of_days(field, found[f"month {field.name}"], found[f"day {field.name}"], location)
    empty = [field for field in fields if not found[f"given {field.name}"]]
    if "columns" not in accept:
        _check_needed_have_values([field.name for field in empty if field.is_needed], found["n"], location)
    return _ColumnFacts(
        empty=tuple(field.name for field in empty),
        hour_unknown=tuple(
            field.name
            for field in timed
            if found[f"bare {field.name}"] >= ENOUGH_ROWS and not found[f"of 24 {field.name}"]
        ),
        unread=tuple(
            Unread(field.name, found[f"unread {field.name}"], _unread_examples(connection, field))
            for field in fields
            if found[f"unread {field.name}"]
        ),
    )


def _check_order_of_days(field: SourceField, month_first: str | None, day_first: str | None, location: str) -> None:
    """Refuse days of which it is not certain that month and day stand as the agency spells them."""
    is_month_first = field.days.startswith("month")
    order, against = ("day before the month", day_first) if is_month_first else ("month before the day", month_first)
    if against is None:
        return
    fault = f"prints the {order}, as in `{shown(against)}`, which no print of the portal does"
    if month_first and day_first:
        fault = f"has the month first in `{shown(month_first)}` and the day first in `{shown(day_first)}`"
    raise SourceError(
        f"The column `{field.name}` of {location} {fault}. Nothing was read. If the file was opened and saved in a "
        "spreadsheet, take the portal's own CSV; else write the days as YYYY-MM-DD."
    )


def _check_needed_have_values(needed: Sequence[str], n_rows: int, location: str) -> None:
    """Refuse a needed field without values, in more rows than could lack one by chance."""
    if needed and n_rows >= ENOUGH_ROWS:
        raise SourceChangedError(
            "columns",
            f"{location} has no value in any of its {n_rows:,} rows for: {listed(needed)}. Without it the headline "
            "results cannot be computed. The last snapshot stays. Look at the column on the portal; if the city no "
            "longer publishes it, let it through",
        )


def _unread_examples(connection: duckdb.DuckDBPyConnection, field: SourceField) -> tuple[str, ...]:
    shape = f"regexp_replace(regexp_replace({field.name}, '[0-9]', '9', 'g'), '[A-DF-Za-df-z]', 'x', 'g')"
    value = shape if field.is_private else field.name
    rows = connection.execute(
        f"select {value} as value, count(*) from examined where {canonical.is_unread(field)} "
        f"group by 1 order by 2 desc, 1 limit {MOST_EXAMPLES}"
    ).fetchall()
    return tuple(shown(text) for text, _ in rows)


def _records_query(columns: Iterable[str]) -> str:
    """The records of `examined` with their ids, in the order of these."""
    # Each value stands behind its length in bytes (null: no length), so no text can look like the border of two fields.
    fields = ", ".join(f"strlen({field}), ':', {field}" for field in FIELDS)
    return f"""
        with canonical as (select {", ".join(columns)} from examined),
        digested as (select substr(sha256(concat({fields})), 1, 32) as digest, * from canonical),
        numbered as (select digest || '-' || row_number() over (partition by digest) as record_id, * from digested)
        select record_id, {", ".join(FIELDS)} from numbered order by record_id
    """


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
