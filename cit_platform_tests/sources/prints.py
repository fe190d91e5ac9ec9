"""Random records, their canonical text by plain Python, and every known way to print each kind of value."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cit_platform.codebook.fields import source_fields
from cit_platform.sources.columns import FIELDS

Values = dict[str, Any]
Printed = dict[str, str | None]
Rendering = Callable[[Any], str]

FIELDS_OF = {field.name: field for field in source_fields("seattle")}
NO_EVENT = datetime(1900, 1, 1)
LABELS = ["SUICIDE - CRITICAL", "ASSIST (NO HAZ / OTHER)", "-", "L2", "North", "Y", "N"]


def random_values(draw: random.Random) -> Values:
    """A record by meaning: a day, a time, a moment, numbers and labels, some of them missing."""
    day = date(2015, 5, 15) + timedelta(days=draw.randrange(4000))
    moment = datetime.combine(day, time(draw.randrange(24), draw.randrange(60), draw.choice([0, draw.randrange(60)])))
    by_kind: dict[str, Callable[[], Any]] = {
        "identifier": lambda: draw.choice([draw.randrange(40000, 600000), draw.randrange(10**10, 10**11)]),
        "date": lambda: day,
        "time": lambda: time(draw.randrange(24), draw.randrange(60)),
        "timestamp": lambda: draw.choice([moment, moment, moment, NO_EVENT]),
        "officer": lambda: draw.randrange(1000, 9999),
        "birth": lambda: date(1950, 1, 1) + timedelta(days=draw.randrange(18000)),
        "integer": lambda: draw.randrange(-1, 46),
        "indicator": lambda: draw.choice("YN"),
    }
    optional = {"officer_squad_desc", "officer_bureau_desc"}
    return {
        name: None
        if name in optional and draw.random() < 0.2
        else by_kind.get(field.kind, lambda: draw.choice(LABELS))()
        for name, field in FIELDS_OF.items()
    }


def canonical_text(values: Values) -> Printed:
    """What a snapshot has to hold of a record, whatever its print."""
    return {name: None if value is None else _text(FIELDS_OF[name].kind, value) for name, value in values.items()}


def _text(kind: str, value: Any) -> str:
    if kind == "birth":
        return f"{value.year}"
    return value.isoformat() if kind in ("date", "time", "timestamp") else str(value)


def _half(moment: datetime | time, form: str) -> str:
    hour, half = moment.hour % 12 or 12, "AM" if moment.hour < 12 else "PM"
    return form.format(h=hour, m=moment.minute, s=moment.second, half=half)


DAYS: dict[str, Rendering] = {
    "ISO": date.isoformat,
    "ISO with a time": lambda d: f"{d}T00:00:00",
    "ISO with thousandths": lambda d: f"{d}T00:00:00.000",
    "ISO with Z": lambda d: f"{d}T00:00:00Z",
    "pandas": lambda d: f"{d} 00:00:00",
    "pandas in UTC": lambda d: f"{d} 00:00:00+00:00",
    "US": lambda d: f"{d:%m/%d/%Y}",
    "US without padding": lambda d: f"{d.month}/{d.day}/{d.year}",
    "US with a time": lambda d: f"{d:%m/%d/%Y} 12:00:00 AM",
    "Excel": lambda d: f"{d.month}/{d.day}/{d.year} 0:00",
    "blanks": lambda d: f" {d}  ",
}
TIMES: dict[str, Rendering] = {
    "seconds": time.isoformat,
    "minutes": lambda t: f"{t:%H:%M}",
    "seven digits": lambda t: f"{t.isoformat()}.0000000",
    "without padding": lambda t: f"{t.hour}:{t:%M:%S}",
    "AM/PM": lambda t: _half(t, "{h:02}:{m:02}:{s:02} {half}"),
    "am/pm in minutes": lambda t: _half(t, "{h}:{m:02} {half}").lower(),
    "with Z": lambda t: f"{t.isoformat()}Z",
}
MOMENTS: dict[str, Rendering] = {
    "ISO": datetime.isoformat,
    "ISO with thousandths": lambda m: f"{m.isoformat()}.000",
    "ISO with Z": lambda m: f"{m.isoformat()}Z",
    "pandas": str,
    "bulk CSV": lambda m: f"{m:%m/%d/%Y} " + _half(m, "{h:02}:{m:02}:{s:02} {half}"),
    "US on 24 hours": lambda m: f"{m:%m/%d/%Y %H:%M:%S}",
    "Excel with seconds": lambda m: f"{m.month}/{m.day}/{m.year} {m.hour}:{m:%M:%S}",
}
NUMBERS: dict[str, Rendering] = {
    "plain": str,
    "padded": lambda n: f"{n:<6} ",
    "float": lambda n: f"{n}.0",
    "thousands": lambda n: f"{n:,}",
    "float with thousands": lambda n: f"{n:,}.0",
}
BIRTHS: dict[str, Rendering] = {
    "year": lambda d: f"{d.year}",
    "year as float": lambda d: f"{d.year}.0",
    "year with thousands": lambda d: f"{d.year:,}",
    "day first": lambda d: f"{d:%d/%m/%Y}",
    **DAYS,
}
LABEL_PRINTS: dict[str, Rendering] = {
    "plain": str,
    "padded": lambda text: f"{text:<6} ",
    "blanks": lambda text: text.replace(" ", "  ") + "\u00a0",
}
RENDERINGS: dict[str, dict[str, Rendering]] = {
    "date": DAYS,
    "time": TIMES,
    "timestamp": MOMENTS,
    "birth": BIRTHS,
    **dict.fromkeys(("identifier", "officer"), NUMBERS),
    "integer": NUMBERS | {"with zeros": lambda n: f"{n:03}"},
    **dict.fromkeys(("label", "text", "indicator"), LABEL_PRINTS),
}


def printed(values: Values, choose: Callable[[str], str]) -> Printed:
    """A record in print; `choose` names the rendering of a field."""
    return {
        name: None if value is None else RENDERINGS[FIELDS_OF[name].kind][choose(name)](value)
        for name, value in values.items()
    }


# --- Prints of whole snapshots, as the city and its portal made them ---

_PADDED = dict.fromkeys(("officer_id", "beat"), "padded")
_OF_2020 = {"reported_date": "ISO with a time", "reported_time": "seconds", "officer_year_of_birth": "ISO with a time"}
_OF_2025 = {"reported_date": "US", "reported_time": "seven digits", "occured_date_time": "bulk CSV"}
PRINTS: dict[str, dict[str, str]] = {
    "SODA JSON of 2020": {**_PADDED, **_OF_2020, "occured_date_time": "ISO with thousandths"},
    "API CSV of 2022": {"reported_date": "ISO with a time", "occured_date_time": "ISO with thousandths"},
    "bulk CSV of 2020": {**_PADDED, **_OF_2020, "occured_date_time": "bulk CSV"},
    "bulk CSV of 2025": _OF_2025,
}


def in_print(rows: Iterable[Values], print_of: dict[str, str]) -> list[Printed]:
    """Records in one print; a field that it does not name in the first rendering of its kind."""

    def choose(name: str) -> str:
        return print_of.get(name, next(iter(RENDERINGS[FIELDS_OF[name].kind])))

    return [printed(values, choose) for values in rows]


def json_file(rows: Iterable[Printed]) -> bytes:
    return json.dumps([{name: text for name, text in row.items() if text is not None} for row in rows]).encode()


def csv_file(rows: Iterable[Printed], headers: dict[str, str] | None = None) -> bytes:
    """CSV with API names, or with other headers by field, in their order."""
    named = headers or {name: name for name in FIELDS}
    sink = io.StringIO()
    writer = csv.writer(sink)
    writer.writerow(named.values())
    writer.writerows([row[name] for name in named] for row in rows)
    return sink.getvalue().encode()


def bulk_csv_file(rows: Iterable[Printed]) -> bytes:
    return csv_file(rows, {name: field.display_name for name, field in FIELDS_OF.items()})


def typed_parquet_file(rows: Iterable[Values]) -> bytes:
    """Parquet with dates, times and numbers as such, experience as floats, of births the date."""
    types: dict[str, pa.DataType] = {
        "identifier": pa.int64(),
        "date": pa.date32(),
        "time": pa.time64("us"),
        "timestamp": pa.timestamp("us"),
        "officer": pa.int32(),
        "birth": pa.date32(),
        "integer": pa.float64(),
    }
    listed = list(rows)
    columns = {
        name: pa.array([row[name] for row in listed], types.get(field.kind, pa.string()))
        for name, field in FIELDS_OF.items()
    }
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


def files_of(rows: list[Values]) -> dict[str, bytes]:
    """The same records as a file in every print, by file name."""
    texts = {name: in_print(rows, print_of) for name, print_of in PRINTS.items()}
    return {
        "2020.json": json_file(texts["SODA JSON of 2020"]),
        "2022.csv": csv_file(texts["API CSV of 2022"]),
        "bulk 2020.csv": bulk_csv_file(texts["bulk CSV of 2020"]),
        "bulk 2025.csv": bulk_csv_file(texts["bulk CSV of 2025"]),
        "typed.parquet": typed_parquet_file(rows),
    }
