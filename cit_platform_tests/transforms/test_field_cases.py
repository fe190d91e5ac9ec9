"""Inputs that people really have, from the file to clean: each ends as the table beside them says."""

from __future__ import annotations

import csv
import logging
import tempfile
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from cit_platform.sources.file import FileSource
from cit_platform.sources.snapshot import Snapshot, Unread
from cit_platform_tests.transforms.engine import CLEAN, FEATURES, Row, Tables, computed

# What a clock of 12 hours does not tell, and what the city called otherwise in 2025.
HOURS = {"reported_hour"}
RENAMED = {"initial_call_type", "officer_race", "incident_id"}


def read(path: Path, database: duckdb.DuckDBPyConnection, paths: tuple[str, ...] = CLEAN) -> tuple[Snapshot, Tables]:
    with tempfile.TemporaryDirectory() as directory:
        snapshot = FileSource(path).fetch(Path(directory))
        return snapshot, computed(database, pq.read_table(snapshot.records), paths, date(2026, 11, 26))


def without(rows: list[Row], left_out: set[str]) -> list[str]:
    kept = [{name: value for name, value in row.items() if name not in left_out | {"record_id"}} for row in rows]
    return sorted(str(row) for row in kept)


# --- The real sample in three prints ---


@pytest.fixture(scope="module")
def sample_of_2020(sample: Path, database: duckdb.DuckDBPyConnection) -> Tables:
    return read(sample, database, FEATURES)[1]


@pytest.mark.parametrize(
    ("name", "unlike"), [("sample_as_api_csv_2022.csv", HOURS), ("sample_as_bulk_2025.csv", RENAMED)]
)
def test_the_sample_gives_equal_clean_records_in_every_print(
    name: str, unlike: set[str], field_cases: Path, sample_of_2020: Tables, database: duckdb.DuckDBPyConnection
) -> None:
    snapshot, tables = read(field_cases / "prints" / name, database)
    assert len(tables["clean/records"]) == 964
    assert tables.rules == sample_of_2020.rules
    assert without(tables["clean/records"], unlike) == without(sample_of_2020["clean/records"], unlike)
    assert snapshot.hour_unknown == (("reported_time",) if unlike == HOURS else ())
    assert (snapshot.unread, snapshot.empty) == ((), ())


def test_the_labels_that_the_city_renamed_mean_the_same(
    field_cases: Path, sample_of_2020: Tables, database: duckdb.DuckDBPyConnection
) -> None:
    _, tables = read(field_cases / "prints" / "sample_as_bulk_2025.csv", database, FEATURES)
    groups = ("call_risk", "disposition_group", "precinct", "officer_gender")
    found, expected = (
        Counter((row["contact_id"], *(row[group] for group in groups)) for row in of["features/records"])
        for of in (tables, sample_of_2020)
    )
    assert found == expected


def test_the_first_rows_of_the_bulk_csv_of_2025_lack_only_what_was_left_out(
    field_cases: Path, tmp_path: Path, database: duckdb.DuckDBPyConnection
) -> None:
    printed = (field_cases / "prints" / "bulk_csv_2025-04-12_first_30_rows_20_columns.csv").read_text()
    header, *rows = printed.splitlines()
    # The rows were copied without the officer's number and gender, which the results need.
    lines = [f"{header},Officer ID,Officer Gender", *(f"{row},7000,M" for row in rows)]
    (tmp_path / "2025.csv").write_text("\n".join(lines) + "\n")
    snapshot, tables = read(tmp_path / "2025.csv", database)
    assert (snapshot.n_records, snapshot.unread) == (30, ())
    assert set(snapshot.empty) == {"cit_officer_requested", "cit_officer_dispatched", "cit_officer_arrived"}
    assert len(tables["clean/records"]) + sum(tables.rules.values()) == 30
    assert all(row["reported_hour"] is not None for row in tables["clean/records"])


# --- Sixty rows each, the smallest that show the fault ---


@pytest.fixture(scope="module")
def ordinary(field_cases: Path, database: duckdb.DuckDBPyConnection) -> tuple[Snapshot, Tables]:
    """The sixty rows in the print of 2020."""
    return read(field_cases / "small" / "occurred_header_snake.csv", database)


SAME_CONTENT = [
    *("reported_date_us.csv", "reported_date_z.csv", "experience_as_float.csv", "thousands.csv", "pandas_index.csv"),
]


@pytest.mark.parametrize("name", SAME_CONTENT)
def test_a_print_of_another_form_is_the_same_content(
    name: str, field_cases: Path, ordinary: tuple[Snapshot, Tables]
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        assert FileSource(field_cases / "small" / name).fetch(Path(directory)).content_hash == ordinary[0].content_hash


LABELS: dict[str, set[str]] = {
    "obs_call_types.csv": {"initial_call_type", "incident_id"},
    "fireworks.csv": {"initial_call_type", "incident_id"},
    "new_dispositions.csv": {"disposition"},
}


@pytest.mark.parametrize("name", LABELS)
def test_new_labels_change_nothing_else(
    name: str, field_cases: Path, ordinary: tuple[Snapshot, Tables], database: duckdb.DuckDBPyConnection
) -> None:
    snapshot, tables = read(field_cases / "small" / name, database)
    assert (snapshot.unread, snapshot.empty, snapshot.hour_unknown) == ((), (), ())
    assert tables.rules == ordinary[1].rules
    assert without(tables["clean/records"], LABELS[name]) == without(ordinary[1]["clean/records"], LABELS[name])


def test_the_bulk_csv_of_2025_is_read_as_it_is_meant(field_cases: Path, database: duckdb.DuckDBPyConnection) -> None:
    path = field_cases / "small" / "bulk_2025.csv"
    snapshot, tables = read(path, database)
    assert (snapshot.unread, snapshot.empty, snapshot.hour_unknown) == ((), (), ())
    with path.open(encoding="utf-8") as file:
        printed = {row["Template ID"]: row for row in csv.DictReader(file)}
    assert {row["contact_id"] for row in tables["clean/records"]} == set(printed)
    for row in tables["clean/records"]:
        own = printed[row["contact_id"]]
        assert f"{row['reported_date']:%m/%d/%Y}" == own["Reported Date"]
        assert row["reported_hour"] == int(own["Reported Time"][:2])
        occurred = row["occurred_at"] or datetime(1900, 1, 1)
        assert f"{occurred:%m/%d/%Y %I:%M:%S %p}" == own["Occurred Date / Time"]


def test_excel_loses_seconds_and_nothing_else(
    field_cases: Path, ordinary: tuple[Snapshot, Tables], database: duckdb.DuckDBPyConnection
) -> None:
    _, tables = read(field_cases / "small" / "excel_resaved.csv", database)
    lost = {"occurred_at", "incident_id"}
    assert without(tables["clean/records"], lost) == without(ordinary[1]["clean/records"], lost)
    minutes = {
        row["contact_id"]: row["occurred_at"].replace(second=0)
        for row in ordinary[1]["clean/records"]
        if row["occurred_at"]
    }
    assert {r["contact_id"]: r["occurred_at"] for r in tables["clean/records"] if r["occurred_at"]} == minutes


def test_a_field_that_no_headline_needs_may_be_left_out(
    field_cases: Path, ordinary: tuple[Snapshot, Tables], database: duckdb.DuckDBPyConnection
) -> None:
    snapshot, tables = read(field_cases / "small" / "without_requested.csv", database)
    assert snapshot.empty == ("cit_officer_requested",)
    assert {row["cit_requested"] for row in tables["clean/records"]} == {None}
    left_out = {"cit_requested"}
    assert without(tables["clean/records"], left_out) == without(ordinary[1]["clean/records"], left_out)


def test_hours_of_a_clock_of_12_hours_are_unknown(
    field_cases: Path, ordinary: tuple[Snapshot, Tables], database: duckdb.DuckDBPyConnection
) -> None:
    snapshot, tables = read(field_cases / "small" / "clock_of_12_hours.csv", database)
    assert snapshot.hour_unknown == ("reported_time",)
    assert {row["reported_hour"] for row in tables["clean/records"]} == {None}
    assert without(tables["clean/records"], HOURS) == without(ordinary[1]["clean/records"], HOURS)


def test_ids_in_scientific_notation_stay_and_are_counted(
    field_cases: Path, database: duckdb.DuckDBPyConnection
) -> None:
    snapshot, _ = read(field_cases / "small" / "scientific_ids.csv", database)
    assert snapshot.unread == (Unread("template_id", 42, ("9.99999E+99",)),)


def test_the_na_of_r_is_counted_with_its_field(field_cases: Path, database: duckdb.DuckDBPyConnection) -> None:
    snapshot, tables = read(field_cases / "small" / "na_strings.csv", database)
    [unread] = snapshot.unread
    assert (unread.field, unread.examples) == ("cit_certified_indicator", ("NA",))
    excluded = [row for row in tables["clean/exclusions"] if row["rule"] == "indicator_missing"]
    assert {(row["field"], row["value"]) for row in excluded} == {("cit_certified_indicator", "NA")}
    assert 0 < len(excluded) <= unread.n_records


def test_an_index_column_is_named_for_what_it_is(field_cases: Path, caplog: pytest.LogCaptureFixture) -> None:
    with tempfile.TemporaryDirectory() as directory, caplog.at_level(logging.WARNING, "cit_platform.sources"):
        FileSource(field_cases / "small" / "pandas_index.csv").fetch(Path(directory))
    assert "not read: `a column without a name (an index)`" in caplog.text


def test_every_case_is_tried(field_cases: Path, request: pytest.FixtureRequest) -> None:
    text = Path(request.path).read_text(encoding="utf-8")
    assert [path.name for path in sorted(field_cases.glob("small/*.csv")) if path.name not in text] == []
