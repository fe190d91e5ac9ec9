"""The annual result: of reports until the protocol's day, frozen on its day, once a year, never a demonstration."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cit_platform.publishing.edition import build_edition
from cit_platform.publishing.edition.annual import is_annual
from cit_platform.storage.manifest import read_manifest
from cit_platform.studies.protocol import protocol
from cit_platform_tests.publishing.conftest import Prepare

LATE = date(2028, 4, 1)


def reported(folder: Path, *days: date) -> list[Path]:
    file = folder / "contacts.parquet"
    pq.write_table(pa.table({"reported_date": pa.array(days, pa.date32())}), file)
    return [file]


@pytest.mark.parametrize(
    ("newest", "built_on", "expected"),
    [
        (date(2027, 12, 31), LATE, True),
        (date(2027, 12, 30), date(2028, 9, 9), True),
        (date(2028, 1, 1), LATE, False),
        (date(2027, 12, 31), date(2028, 3, 31), False),
        (date(2026, 12, 31), LATE, False),
    ],
)
def test_it_holds_the_reports_of_the_protocol_and_no_later_one(
    newest: date, built_on: date, expected: bool, tmp_path: Path
) -> None:
    assert is_annual(reported(tmp_path, date(2016, 1, 1), newest), built_on, []) is expected


def test_there_is_one_a_year_and_none_before_the_protocol(tmp_path: Path) -> None:
    contacts = reported(tmp_path, date(2027, 12, 31))
    earlier = [{"annual": True, "volatile": {"built_at": "2028-04-02T04:00:00+00:00"}}]
    assert not is_annual(contacts, date(2028, 4, 3), earlier)
    years_before = [{"annual": True, "volatile": {"built_at": "2027-04-02T04:00:00+00:00"}}]
    nightly = [{"annual": False, "volatile": {"built_at": "2028-04-02T04:00:00+00:00"}}]
    assert is_annual(contacts, date(2028, 4, 3), years_before + nightly)
    assert not is_annual(contacts, LATE, [], replace(protocol(), date=date(2028, 4, 1)))
    assert not is_annual(reported(tmp_path), LATE, [])


@pytest.mark.parametrize(("source", "badge"), [("file", "annual result"), ("demo", "demonstration")])
def test_the_page_and_the_manifest_say_so(source: str, badge: str, prepare: Prepare, tmp_path: Path) -> None:
    inputs = prepare(tmp_path, source=source)
    moved(inputs.features["features/contacts"], date(2027, 12, 31))
    built_at = datetime(2028, 4, 1, 4)
    edition = build_edition(tmp_path, replace(inputs, built_at=built_at))
    assert f'<span class="badge">{badge}</span>' in (edition / "index.html").read_text(encoding="utf-8")
    assert read_manifest(edition)["annual"] is (source == "file")
    nightly = build_edition(tmp_path, replace(inputs, built_at=built_at.replace(day=2)))
    assert json.loads((nightly / "manifest.json").read_text())["annual"] is False


def moved(files: Sequence[Path], last: date) -> None:
    """Contacts reported on their last day are reported on another."""
    tables = {file: pq.read_table(file) for file in files}
    newest = max(day for table in tables.values() for day in table.column("reported_date").to_pylist())
    for file, table in tables.items():
        days = [last if day == newest else day for day in table.column("reported_date").to_pylist()]
        place = table.column_names.index("reported_date")
        pq.write_table(table.set_column(place, "reported_date", pa.array(days, pa.date32())), file)
