"""Whatever a label, a file's name or a message holds: no published byte acts on a terminal or turns a page."""

import gzip
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from cit_platform.assets.table_asset import frame_preview
from cit_platform.assets.topic_asset import report_preview
from cit_platform.publishing.edition import build_edition
from cit_platform_tests.publishing.conftest import Prepare, report, tables_under

HOSTILE = "NO\u202e ACTION\x1b[31m \x00POS\u200bSIBLE\u2066\u2069\x9b2J\u200f\ufeff"
ACTING = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
# Plotly's own script, and the codebook, which is reviewed.
NOT_OF_THE_SOURCE = ("plotly.min.js",)


def acting(text: str) -> set[str]:
    return {letter for letter in text if unicodedata.category(letter) in ACTING} - {"\n"}


def values(file: Path) -> Iterator[str]:
    """Every text of a published file: a database's and a Parquet file's by value, another's whole."""
    if file.suffix == ".parquet":
        yield from (str(value) for column in pq.read_table(file).columns for value in column.to_pylist())
    elif file.suffix == ".duckdb":
        with duckdb.connect(str(file), read_only=True) as connection:
            names = connection.execute("select table_schema, table_name from information_schema.tables").fetchall()
            for schema, name in names:
                rows: list[tuple[Any, ...]] = connection.execute(f'select * from "{schema}"."{name}"').fetchall()
                yield from (str(value) for row in rows for value in row)
    else:
        content = file.read_bytes()
        yield (gzip.decompress(content) if file.suffix == ".gz" else content).decode("utf-8")


@pytest.fixture(scope="module")
def edition(prepare: Prepare, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    inputs = prepare(home, source="file", label=HOSTILE, location=f"{HOSTILE}.csv")
    warned = {"table": "raw/records", "name": "vocabulary_known", "passed": False, "severity": "WARN"}
    inputs.checks.append({**warned, "message": f"1 label is not known: {HOSTILE}"})  # type: ignore[attr-defined]
    return build_edition(home, inputs)


def test_no_published_byte_acts(edition: Path) -> None:
    files = [file for file in edition.rglob("*") if file.is_file() and file.name not in NOT_OF_THE_SOURCE]
    found = {str(file.relative_to(edition)): {x for text in values(file) for x in acting(text)} for file in files}
    assert {name: letters for name, letters in found.items() if letters} == {}
    escaped = [f"\\u{ord(letter):04x}" for letter in acting(HOSTILE)]
    written = [file for file in files if file.suffix in (".json", ".html", ".cff", ".csv")]
    assert [(file.name, code) for file in written for code in escaped if code in file.read_text(encoding="utf-8")] == []


@pytest.mark.parametrize("name", ["tables/labels.csv", "manifest.json", "index.html", "CITATION.cff"])
def test_what_it_says_is_still_said(edition: Path, name: str) -> None:
    assert "[31m" in (edition / name).read_text(encoding="utf-8")


def test_no_preview_of_the_ui_acts() -> None:
    tables = tables_under("lower", label=HOSTILE)
    preview = report_preview(report("quality", tables)) + frame_preview(tables["quality/labels"])
    assert acting(preview) == set()
