"""One set of generated rows, and every way a file can spell it."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from cit_platform.sources.columns import FIELDS
from cit_platform_tests.sources.display_names import DISPLAY_NAMES

Rows = list[dict[str, str | None]]


def generated_rows(count: int = 40) -> Rows:
    """Rows in the portal's spelling of 2020, with its padding, nulls, repeats and awkward characters."""
    rows: Rows = []
    for number in range(count):
        row: dict[str, str | None] = {field: f"{field} {number % 7}" for field in FIELDS}
        row |= {
            "template_id": str(25412697826 + number // 2),
            "reported_date": f"2015-07-{number % 28 + 1:02}T00:00:00",
            "occured_date_time": f"2015-07-{number % 28 + 1:02}T{number % 24:02}:05:09.000",
            "officer_id": f"{7000 + number % 5}  ",
            "officer_years_of_experience": str(number % 9 - 1),
            "initial_call_type": 'LEWD -  (EXPOSING, FLASHING) "quoted"' if number % 3 else "línea\nnueva\r\nñ",
            "officer_squad_desc": None if number % 4 == 0 else "SQUAD",
            "beat": None if number == 3 else "U2    ",
        }
        rows.append(row)
    return [*rows, rows[0], rows[0], rows[min(5, count - 1)]]


def json_bytes(rows: Rows) -> bytes:
    """SODA JSON: strings, null fields left out, fields in another order than the contract's."""
    records = [{f: row[f] for f in reversed(FIELDS) if row[f] is not None} for row in rows]
    return json.dumps(records, ensure_ascii=False).encode()


def json_bytes_with_numbers(rows: Rows) -> bytes:
    """JSON as other tools write it: numbers as numbers, nulls spelt out, one record a line, a byte order mark."""
    whole = re.compile(r"-?(0|[1-9][0-9]*)")

    def spelt(field: str, value: str | None) -> str:
        number = value is not None and whole.fullmatch(value)
        decimal = ".0" if field == "officer_years_of_experience" else ""
        return f"{value}{decimal}" if number else json.dumps(value)

    records = (", ".join(f'"{f}": {spelt(f, row[f])}' for f in FIELDS) for row in rows)
    return ("\ufeff[" + "\n ,".join(f"{{{record}}}" for record in records) + "\n]\n").encode()


def csv_bytes(rows: Rows) -> bytes:
    """`/resource/….csv`: API names, the portal's own columns, every value quoted, null as nothing."""
    lines = [",".join([":id", *FIELDS])]
    for number, row in enumerate(rows):
        quoted = ('"' + value.replace('"', '""') + '"' if value else "" for value in (row[f] for f in FIELDS))
        lines.append(",".join([f"row-{number}", *quoted]))
    return ("\n".join(lines) + "\n").encode()


def bulk_csv_bytes(rows: Rows, *, hour: str = "Reported Time") -> bytes:
    """`rows.csv`: display names and US dates."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(hour if name == "Reported Time" else name for name in DISPLAY_NAMES)
    for row in rows:
        occurred = row["occured_date_time"]
        us = datetime.fromisoformat(occurred).strftime("%m/%d/%Y %I:%M:%S %p") if occurred else None
        writer.writerow((row | {"occured_date_time": us})[field] for field in FIELDS)
    return text.getvalue().encode()


def text_table(rows: Rows) -> pa.Table:
    """The 25 fields as Arrow text."""
    return pa.table({field: pa.array([row[field] for row in rows], pa.string()) for field in FIELDS})


def parquet_bytes(rows: Rows, *, leave_out: str | None = None) -> bytes:
    """Parquet of text."""
    sink = io.BytesIO()
    pq.write_table(text_table(rows).select([field for field in FIELDS if field != leave_out]), sink)
    return sink.getvalue()


def typed_parquet_bytes(rows: Rows) -> bytes:
    """Parquet as a data frame library writes it: numbers and times typed."""
    table = text_table(rows)
    times = [row["occured_date_time"] for row in rows]
    typed = {
        "template_id": pa.array([int(row["template_id"] or 0) for row in rows], pa.int64()),
        "officer_years_of_experience": pa.array(
            [float(row["officer_years_of_experience"] or "nan") for row in rows], pa.float64()
        ),
        "occured_date_time": pa.array([datetime.fromisoformat(t) if t else None for t in times], pa.timestamp("us")),
        "disposition": table.column("disposition").dictionary_encode(),
    }
    for name, column in typed.items():
        table = table.set_column(table.schema.get_field_index(name), name, column)
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def zip_bytes(members: dict[str, bytes]) -> bytes:
    """A zip of the members, deflated."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return sink.getvalue()


SPELLINGS: dict[str, Callable[[Rows], bytes]] = {
    "soda.json": json_bytes,
    "numbers.json": json_bytes_with_numbers,
    "api.csv": csv_bytes,
    "bulk.csv": bulk_csv_bytes,
    "hour.csv": lambda rows: bulk_csv_bytes(rows, hour="Reported Hour"),
    "excel.csv": lambda rows: b"\xef\xbb\xbf" + bulk_csv_bytes(rows),
    "text.parquet": parquet_bytes,
    "typed.parquet": typed_parquet_bytes,
    "soda.json.gz": lambda rows: gzip.compress(json_bytes(rows)),
    "bulk.csv.gz": lambda rows: gzip.compress(bulk_csv_bytes(rows)),
    "text.parquet.gz": lambda rows: gzip.compress(parquet_bytes(rows)),
    "soda.zip": lambda rows: zip_bytes({"folder/soda.json": json_bytes(rows)}),
    "bulk.csv.zip": lambda rows: zip_bytes({"rows.csv": bulk_csv_bytes(rows)}),
    "without_suffix": json_bytes,
}


def written(directory: Path, name: str, content: bytes) -> Path:
    """The path of a file with this content."""
    path = directory / name
    path.write_bytes(content)
    return path
