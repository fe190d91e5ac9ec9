"""Which labels the codebook knows, and how the source's spellings of them are folded."""

import json
import re
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cit_platform.codebook import codebook_tables
from cit_platform.codebook.agency import agency_of
from cit_platform.codebook.vocabulary import BLANKS, CODED_FIELDS, WITHHELD, coded_labels, vocabulary_of
from cit_platform.contracts import raw
from cit_platform.transforms import read_sql

KNOWN = vocabulary_of("seattle")
TYPED = {"disposition": "disposition", "initial_call_type": "initial_call_type", "call_type": "call_type"}


@pytest.mark.parametrize("field", CODED_FIELDS)
def test_every_coded_field_has_labels_and_is_a_field_of_the_source(field: str) -> None:
    assert KNOWN.labels[field]
    assert field in {column.name for column in raw.SOURCE_FIELDS}
    assert KNOWN.unknown(field, KNOWN.labels[field]) == ()


def test_private_fields_are_not_coded() -> None:
    assert not {"officer_id", "officer_year_of_birth", "officer_squad_desc"} & set(CODED_FIELDS)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        (" Emergent  Detention / ITA\u00a0", "EMERGENT DETENTION/ITA"),
        ("fk  error", None),
        (" - ", None),
        ("", None),
        (None, None),
        ("-DETOX", "-DETOX"),
    ],
)
def test_folding(text: str | None, label: str | None) -> None:
    assert KNOWN.folded("disposition", text) == label


PIECES = st.lists(st.sampled_from([*"aZ/- \t\u00a0,()19", "FK ERROR"]), max_size=8).map("".join)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(texts=st.lists(st.none() | PIECES, min_size=1, max_size=30))
def test_folding_is_that_of_the_queries(texts: list[str | None]) -> None:
    columns = raw.RECORDS.column_names
    rows = {name: pa.nulls(len(texts), pa.string()) for name in columns}
    rows["record_id"] = pa.array([f"{number:04}" for number in range(len(texts))])
    # Blanks are folded before the queries, when a snapshot is made canonical.
    canonical = [" ".join(re.split(BLANKS, text or "")).strip(" ") or None for text in texts]
    rows |= {name: pa.array(canonical, pa.string()) for name in TYPED}
    with duckdb.connect() as connection:
        connection.execute("create schema raw; create schema clean; create schema codebook")
        connection.register("fields", codebook_tables("seattle")["fields"])
        connection.execute("create view codebook.fields as select * from fields")
        connection.register("arrived", pa.table(rows))
        connection.execute("create view raw.records as select * from arrived")
        folded = (
            read_sql("clean/folded")
            .replace("$as_of", f"'{date(2026, 11, 21)}'")
            .replace("$first_report", f"date '{agency_of('seattle').first_report}'")
        )
        connection.execute(f"create view clean.folded as {folded}")
        typed = connection.execute(f"select {', '.join(TYPED)} from ({read_sql('clean/typed')}) order by record_id")
        for text, labels in zip(texts, typed.fetchall(), strict=True):
            assert [KNOWN.folded(field, text) for field in TYPED] == list(labels), repr(text)


def test_patterns_know_families_of_initial_call_types_only() -> None:
    assert KNOWN.knows("initial_call_type", "SUICIDE OF A NEW KIND")
    assert not KNOWN.knows("call_type", "SUICIDE OF A NEW KIND")
    assert KNOWN.unknown("sector", ["KING", "ZEBRA", "ADAM"]) == ("ADAM", "ZEBRA")


@pytest.mark.parametrize("text", ["7497", " 7497  ", "1982-12-31T00:00:00", "12/31/1982", "#7"])
def test_numbers_that_are_no_labels_are_withheld(text: str) -> None:
    assert KNOWN.printable_label("officer_gender", text) == WITHHELD


@pytest.mark.parametrize(("field", "text"), [("call_type", "911"), ("disposition", "MCT 2"), ("officer_gender", "X")])
def test_labels_are_printed_as_they_are(field: str, text: str) -> None:
    assert KNOWN.printable_label(field, text) == text


def test_a_printed_label_is_short_and_printable() -> None:
    label = KNOWN.printable_label("disposition", "\x1b[31m" + "A" * 500)
    assert len(label) == 80
    assert label.isprintable()


def test_the_labels_of_a_snapshot(sample: Path, tmp_path: Path) -> None:
    rows = json.loads(sample.read_text(encoding="utf-8"))
    table = pa.table({name: pa.array([row.get(name) for row in rows], pa.string()) for name in CODED_FIELDS})
    pq.write_table(table, tmp_path / "records.parquet")
    found = coded_labels([tmp_path / "records.parquet"], KNOWN)
    assert {
        field: KNOWN.unknown(field, labels) for field, labels in found.items() if KNOWN.unknown(field, labels)
    } == {}
    assert found["precinct"] == {"NORTH", "WEST", "EAST", "SOUTH", "SOUTHWEST"}
    assert len(found["disposition"]) == 14
