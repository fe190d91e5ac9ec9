"""One text for each meaning, whatever the print; what cannot be read stays as printed, and is counted."""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Callable
from datetime import date, datetime, time
from itertools import combinations
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cit_platform.sources.columns import FIELDS
from cit_platform.sources.demo.source import DemoSource
from cit_platform.sources.file import FileSource
from cit_platform.sources.refused import SourceError
from cit_platform.sources.snapshot import Snapshot, Unread, canonical_snapshot
from cit_platform_tests.sources.prints import (
    FIELDS_OF,
    RENDERINGS,
    Printed,
    Values,
    canonical_text,
    csv_file,
    files_of,
    in_print,
    printed,
    random_values,
)
from cit_platform_tests.sources.spellings import text_table

# How many random files the fuzz of prints reads; a long one is asked for by hand.
FUZZED_FILES = int(os.environ.get("CIT_TEST_FUZZED_PRINTS", "6"))
FUZZED_VALUES = 10_000
# The demonstration city of the test of prints; the whole one is asked for by hand.
CITY_ROWS = int(os.environ.get("CIT_TEST_CITY_ROWS", "3000"))


def values(count: int, seed: int = 1) -> list[Values]:
    draw = random.Random(seed)
    return [random_values(draw) for _ in range(count)]


def snapshot_of(rows: list[Printed]) -> tuple[Snapshot, list[Printed]]:
    with tempfile.TemporaryDirectory() as directory:
        snapshot = canonical_snapshot(
            text_table(rows), Path(directory), source="file", location="rows", licence="", retrieved_at=""
        )
        records = pq.read_table(snapshot.records).drop_columns(["record_id"]).to_pylist()
    return snapshot, records


def sorted_rows(rows: list[Printed]) -> list[str]:
    return sorted(str([row[field] for field in FIELDS]) for row in rows)


def column(field: str, texts: list[str | None], rows: int = 0) -> tuple[Snapshot, list[str | None]]:
    """The canonical texts of one column, in the order given, the other columns ordinary."""
    numbered = in_print(values(max(rows, len(texts))), {})
    order = "sector" if field == "template_id" else "template_id"
    for number, row in enumerate(numbered):
        row |= {field: texts[number % len(texts)], order: str(number)}
    snapshot, records = snapshot_of(numbered)
    found = sorted(records, key=lambda record: int(record[order] or 0))
    return snapshot, [record[field] for record in found[: len(texts)]]


@pytest.mark.parametrize("kind", RENDERINGS)
def test_every_print_of_a_value_gives_its_canonical_text(kind: str) -> None:
    names = list(RENDERINGS[kind])
    rows = values(20 * len(names))
    fields = [name for name, field in FIELDS_OF.items() if field.kind == kind]
    texts = [
        row
        for place, name in enumerate(names)
        for row in in_print(rows[20 * place : 20 * place + 20], dict.fromkeys(fields, name))
    ]
    snapshot, records = snapshot_of(texts)
    assert sorted_rows(records) == sorted_rows([canonical_text(row) for row in rows])
    assert (snapshot.unread, snapshot.empty, snapshot.hour_unknown) == ((), (), ())


@pytest.fixture(scope="module")
def contents(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, list[str]]]:
    """Content hash and record ids of the same records in each print."""
    folder = tmp_path_factory.mktemp("prints")
    found = {}
    for name, content in files_of(values(60)).items():
        (folder / name).write_bytes(content)
        snapshot = FileSource(folder / name).fetch(folder)
        ids = pq.read_table(snapshot.records, columns=["record_id"]).column(0).to_pylist()
        found[name] = (snapshot.content_hash, ids)
    return found


@pytest.mark.parametrize(("one", "other"), list(combinations(files_of(values(1)), 2)))
def test_two_prints_of_the_same_records_are_the_same_content(
    one: str, other: str, contents: dict[str, tuple[str, list[str]]]
) -> None:
    assert contents[one] == contents[other]


def values_of(record: Printed) -> Values:
    """A canonical record by meaning."""
    readings: dict[str, Callable[[str], Any]] = {
        "date": date.fromisoformat,
        "time": time.fromisoformat,
        "timestamp": datetime.fromisoformat,
        "birth": lambda year: date(int(year), 12, 31),
        **dict.fromkeys(("identifier", "officer", "integer"), int),
    }
    return {
        name: None if text is None else readings.get(FIELDS_OF[name].kind, str)(text) for name, text in record.items()
    }


def test_the_demonstration_in_every_print_is_the_same_content(tmp_path: Path) -> None:
    city = DemoSource(20150515, CITY_ROWS, date(2026, 11, 25)).fetch(tmp_path)
    rows = [values_of(record) for record in pq.read_table(city.records).drop_columns(["record_id"]).to_pylist()]
    found = set()
    for name, content in files_of(rows).items():
        (tmp_path / name).write_bytes(content)
        with tempfile.TemporaryDirectory() as directory:
            found.add(FileSource(tmp_path / name).fetch(Path(directory)).content_hash)
    assert found == {city.content_hash}


@settings(max_examples=5, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 60))
def test_random_records_in_random_prints_are_read_right(draw: random.Random, count: int) -> None:
    rows = [random_values(draw) for _ in range(count)]
    texts = [printed(row, lambda name: draw.choice(list(RENDERINGS[FIELDS_OF[name].kind]))) for row in rows]
    snapshot, records = snapshot_of(texts)
    if not snapshot.hour_unknown:
        assert sorted_rows(records) == sorted_rows([canonical_text(row) for row in rows])
    assert snapshot.unread == ()


def test_ten_thousand_random_prints_of_values_are_read_right() -> None:
    draw = random.Random(20261126)
    rows = [random_values(draw) for _ in range(FUZZED_VALUES)]
    texts = [printed(row, lambda name: draw.choice(list(RENDERINGS[FIELDS_OF[name].kind]))) for row in rows]
    snapshot, records = snapshot_of(texts)
    assert snapshot.unread == ()
    assert sorted_rows(records) == sorted_rows([canonical_text(row) for row in rows])


# --- What cannot be read ---

UNREADABLE: dict[str, list[str]] = {
    "reported_date": [
        "02/30/2020",
        "2015-02-30",
        "2015-13-01",
        "42139",
        "20150515",
        "5/17/15",
        "NA",
        "2015-05-15T1:2x",
    ],
    "reported_time": ["24:00:00", "22:60:00", "13:00 PM", "0:30 AM", "ten", "NA", "22.14"],
    "occured_date_time": ["09/31/2015 03:25:09 PM", "2015-09-01T25:00:00", "2015-09-01T10:00:00-07:00", "NA", "soon"],
    "officer_years_of_experience": ["12.7", "1e1", "0x1F", "inf", "nan", "five", "+3", "1 2", "1_0", "1,2", "NA"],
    "cit_certified_indicator": ["NA", "maybe", "2"],
}


@pytest.mark.parametrize("field", UNREADABLE)
def test_what_cannot_be_read_stays_as_printed_and_is_counted(field: str) -> None:
    texts: list[str | None] = [*UNREADABLE[field], UNREADABLE[field][0], "-", "FK ERROR", None]
    snapshot, found = column(field, texts)
    assert found == texts
    [unread] = snapshot.unread
    assert (unread.field, unread.n_records) == (field, len(texts) - 3)
    assert unread.examples[0] == UNREADABLE[field][0], "the most frequent first"
    assert len(unread.examples) == 3


def test_of_private_fields_messages_have_the_shape_only() -> None:
    ids, found = column("template_id", ["2.54127E+10", "2.54127E+10", "25412697826"])
    assert found == ["2.54127E+10", "2.54127E+10", "25412697826"], "never guessed"
    assert ids.unread == (Unread("template_id", 2, ("9.99999E+99",)),)
    officers, _ = column("officer_id", ["7.1E+3", "7497"])
    assert officers.unread == (Unread("officer_id", 1, ("9.9E+9",)),)


def test_of_a_birth_nothing_but_the_year_is_kept() -> None:
    texts: list[str | None] = ["17.3.1982", "March 3rd", "3/17/82", "1982-12-31", "31/12/1982", "1900-01-01", "-", None]
    snapshot, found = column("officer_year_of_birth", texts)
    assert found == [None, None, None, "1982", "1982", "1900", "-", None]
    assert snapshot.unread == (Unread("officer_year_of_birth", 3, ("9/99/99", "99.9.9999", "xxxxx 9xx")),)


def test_numbers_have_one_text() -> None:
    assert column("officer_years_of_experience", ["007", "-1.0", "-01", "-0", "0.00", "5."])[1] == [
        *("7", "-1", "-1", "0", "0", "5")
    ]
    long = "9" * 400
    assert column("officer_years_of_experience", [long, f"00{long}"])[1] == [long, long]
    # An officer's number may begin with a zero that counts.
    assert column("officer_id", ["0042 ", "42"])[1] == ["0042", "42"]
    assert column("template_id", ["25,412,697,826", "25412697826.0", "043016"])[1] == [
        *("25412697826", "25412697826", "43016")
    ]


def test_fractions_of_a_second_and_lone_hours() -> None:
    assert column("occured_date_time", ["2015-09-01T15:25:09.987", "2015-09-01 0:05"])[1] == [
        *("2015-09-01T15:25:09", "2015-09-01T00:05:00")
    ]
    assert column("reported_time", ["7", "22", "7 PM"])[1] == ["07:00:00", "22:00:00", "19:00:00"]


# --- What only a whole column shows ---


def test_a_column_with_both_orders_of_day_and_month_is_refused() -> None:
    for texts in (["05/15/2015", "15/05/2015"], ["05/15/2015 03:25:09 PM", "15/05/2015 03:25:09 PM"]):
        field = "reported_date" if len(texts[0]) == 10 else "occured_date_time"
        with pytest.raises(
            SourceError, match=f"`{field}` of rows has the month first in `{texts[0]}` and the day first"
        ):
            column(field, [*texts, "2015-05-15"])


def test_days_before_months_are_refused_and_months_first_are_read() -> None:
    with pytest.raises(SourceError, match="the day before the month, as in `15/05/2015`"):
        column("reported_date", ["15/05/2015", "01/02/2015"])
    assert column("reported_date", ["05/15/2015", "01/02/2015"])[1] == ["2015-05-15", "2015-01-02"]
    assert column("reported_date", ["13/32/2015", "05/15/2015"])[1] == ["13/32/2015", "2015-05-15"], "no day at all"


def on_12_hours(count: int) -> list[str | None]:
    return [f"{number % 12 + 1:02}:14:00" for number in range(count)]


def test_a_clock_of_12_hours_without_half_is_recognised() -> None:
    snapshot, found = column("reported_time", [*on_12_hours(30), "-", "soon"])
    assert found == [*[None] * 30, "-", "soon"]
    assert snapshot.hour_unknown == ("reported_time",)


def test_of_a_moment_on_a_clock_of_12_hours_the_day_stays() -> None:
    texts = [f"05/15/2015 {clock}" for clock in on_12_hours(30)]
    snapshot, found = column("occured_date_time", [*texts, "05/15/2015 10:14:00 PM"])
    assert found == [*["2015-05-15"] * 30, "2015-05-15T22:14:00"]
    assert snapshot.hour_unknown == ("occured_date_time",)


@pytest.mark.parametrize("hour", ["00", "13", "23"])
def test_one_hour_of_24_makes_a_clock_of_24_hours(hour: str) -> None:
    snapshot, found = column("reported_time", [*on_12_hours(60), f"{hour}:00:00"])
    assert found == [*on_12_hours(60), f"{hour}:00:00"]
    assert snapshot.hour_unknown == ()


def test_few_times_or_times_with_their_half_are_no_clock_of_12_hours() -> None:
    for texts in (on_12_hours(29), [f"{text} AM" for text in on_12_hours(60)]):
        assert column("reported_time", texts)[0].hour_unknown == ()


NEEDED = [name for name, field in FIELDS_OF.items() if field.is_needed]
OTHERS = tuple(name for name in FIELDS if name not in NEEDED)


def test_fields_that_no_headline_needs_may_be_empty_or_left_out() -> None:
    assert "cit_officer_requested" in OTHERS
    rows = [row | dict.fromkeys(OTHERS) for row in in_print(values(40), {})]
    empty, _ = snapshot_of(rows)
    with tempfile.TemporaryDirectory() as directory:
        left_out = canonical_snapshot(
            text_table(rows).drop_columns(OTHERS), Path(directory), source="", location="", licence="", retrieved_at=""
        )
    assert empty.empty == left_out.empty == OTHERS
    assert empty.content_hash == left_out.content_hash


def test_an_empty_field_that_a_headline_needs_is_refused_by_name() -> None:
    for field in NEEDED[:3]:
        with pytest.raises(SourceError, match=f"no value in any of its 40 rows for: `{field}`"):
            snapshot_of([row | {field: None} for row in in_print(values(40), {})])
    with pytest.raises(SourceError, match=", ".join(f"`{field}`" for field in NEEDED)):
        snapshot_of([row | dict.fromkeys(NEEDED) for row in in_print(values(40), {})])
    few = [row | dict.fromkeys(NEEDED) for row in in_print(values(29), {})]
    assert snapshot_of(few)[0].n_records == 29, "few rows may lack a value by chance"


def test_placeholders_are_no_values() -> None:
    rows = [row | {"call_type": "-", "beat": "fk  error"} for row in in_print(values(40), {})]
    assert snapshot_of(rows)[0].empty == ("call_type", "beat")


# --- Random files ---

HEADERS = {
    "API": lambda name: name,
    "display": lambda name: FIELDS_OF[name].display_name,
    "R": lambda name: "".join(letter if letter.isalnum() else "." for letter in FIELDS_OF[name].display_name),
    "janitor": lambda name: "_".join(FIELDS_OF[name].display_name.replace("/", " ").casefold().split()),
    "capitals": lambda name: name.upper(),
    "one r more": lambda name: name.replace("occured", "occurred"),
}


@pytest.mark.parametrize("style", HEADERS)
def test_headers_are_known_by_their_letters(style: str, tmp_path: Path) -> None:
    rows = in_print(values(40), {})
    path = tmp_path / "rows.csv"
    path.write_bytes(csv_file(rows, {name: HEADERS[style](name) for name in FIELDS}))
    with tempfile.TemporaryDirectory() as directory:
        assert FileSource(path).fetch(Path(directory)).content_hash == snapshot_of(rows)[0].content_hash


def random_file(draw: random.Random) -> tuple[bytes, list[Printed], str | None]:
    """A CSV in a random print, what it has to give, and the word that its refusal has to hold if it has a fault."""
    rows = [random_values(draw) for _ in range(draw.randrange(35, 60))]
    choice = {name: draw.choice(list(RENDERINGS[field.kind])) for name, field in FIELDS_OF.items()}
    texts = in_print(rows, choice)
    names = draw.sample(FIELDS, len(FIELDS))
    fault = draw.choice([None, None, None, "missing", "empty", "days"])
    needed = draw.choice([name for name, field in FIELDS_OF.items() if field.is_needed])
    if fault == "missing":
        names.remove(needed)
    if fault == "empty":
        texts = [row | {needed: None} for row in texts]
    if fault == "days":
        needed = draw.choice(["reported_date", "occured_date_time"])
        texts[draw.randrange(len(texts))][needed] = "25/12/2019"
    style = draw.choice(list(HEADERS))
    content = csv_file(texts, {name: HEADERS[style](name) for name in names})
    return content, [canonical_text(row) for row in rows], needed if fault else None


@pytest.mark.parametrize("seed", range(FUZZED_FILES))
def test_a_random_file_is_read_right_or_refused_by_name(seed: int, tmp_path: Path) -> None:
    content, expected, refused = random_file(random.Random(seed))
    path = tmp_path / "random.csv"
    path.write_bytes(content)
    with tempfile.TemporaryDirectory() as directory:
        if refused:
            with pytest.raises(SourceError, match=f"`{refused}`"):
                FileSource(path).fetch(Path(directory))
            return
        snapshot = FileSource(path).fetch(Path(directory))
        records = pq.read_table(snapshot.records).to_pylist()
    assert snapshot.unread == ()
    assert sorted_rows(records) == sorted_rows(expected)


def test_native_types_are_read_by_value(tmp_path: Path) -> None:
    rows = values(40)
    table = text_table(in_print(rows, {}))
    typed: dict[str, pa.Array] = {
        "occured_date_time": pa.array([row["occured_date_time"] for row in rows], pa.timestamp("ns", "UTC")),
        "officer_years_of_experience": pa.array([row["officer_years_of_experience"] for row in rows], pa.float64()),
        "template_id": pa.array([float(row["template_id"]) for row in rows], pa.float64()),
        "reported_date": pa.array([row["reported_date"] for row in rows], pa.date32()).cast(pa.timestamp("ms")),
    }
    for name, values_of in typed.items():
        table = table.set_column(table.schema.get_field_index(name), name, values_of)
    pq.write_table(table, tmp_path / "typed.parquet")
    with tempfile.TemporaryDirectory() as directory:
        snapshot = FileSource(tmp_path / "typed.parquet").fetch(Path(directory))
        assert sorted_rows(pq.read_table(snapshot.records).to_pylist()) == sorted_rows(
            [canonical_text(row) for row in rows]
        )
