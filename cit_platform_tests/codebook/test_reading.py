"""Reading codebook files: all text, whole rows, plain messages."""

import subprocess
import sys
from pathlib import Path

import pytest

from cit_platform.codebook import CodebookError, codebook_files, codebook_rows, codebook_tables


def test_every_column_is_text_and_empty_cells_are_empty_text() -> None:
    tables = codebook_tables("seattle")
    assert set(tables) == set(codebook_files("seattle"))
    for table in tables.values():
        assert {str(kind) for kind in table.schema.types} == {"string"}
        assert not sum(column.null_count for column in table.columns)
    assert "" in tables["dispositions"].column("alternative").to_pylist()


def test_an_unknown_agency_is_named_with_those_that_are_known() -> None:
    with pytest.raises(CodebookError, match=r"'gotham'.*seattle"):
        codebook_files("gotham")
    with pytest.raises(CodebookError, match="no codebook"):
        codebook_files("../codebook/seattle")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"label,reason\nA,because\nB\n", r"Line 3 of the codebook's spoiled\.csv has 1 cells, its header 2"),
        (b"label,reason\nA,one,two\n", "Line 2"),
        (b"", "is empty"),
        (b"label\n\xff\xfe\n", "not CSV in UTF-8"),
        (b'label,reason\n"A"B,x\n', "not CSV in UTF-8"),
    ],
)
def test_a_spoiled_file_is_refused_by_name_and_line(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "spoiled.csv"
    file.write_bytes(content)
    with pytest.raises(CodebookError, match=message):
        codebook_rows(file)


def test_quoted_cells_keep_their_commas(tmp_path: Path) -> None:
    file = tmp_path / "labels.csv"
    file.write_text('label,reason\n"A, B",because\nC,\n', encoding="utf-8")
    assert codebook_rows(file) == [{"label": "A, B", "reason": "because"}, {"label": "C", "reason": ""}]


def test_importing_the_codebook_loads_no_heavy_library() -> None:
    code = "import sys, cit_platform.codebook; print({'pandas', 'pyarrow', 'duckdb'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
