"""The city's own prints of the same records, one after the other: renamings of columns, and no revision."""

from collections import Counter
from itertools import permutations

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cit_platform.sources.file import FileSource
from cit_platform_tests.conftest import REPOSITORY
from cit_platform_tests.transforms.engine import compared

SHARED = REPOSITORY.parent / "shared"
PRINTS = {
    "2020": SHARED / "spd-sample" / "soda_2020-11-14.json",
    "2022": SHARED / "field-cases" / "prints" / "sample_as_api_csv_2022.csv",
    "2025": SHARED / "field-cases" / "prints" / "sample_as_bulk_2025.csv",
}
# What the city worded otherwise in the print of 2025, in the whole history.
REWORDED = {"initial_call_type": 354, "final_call_type": 733, "officer_race": 74}


@pytest.fixture(scope="module")
def prints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pa.Table]:
    if missing := [str(path) for path in PRINTS.values() if not path.exists()]:
        pytest.skip(f"not there: {', '.join(missing)}")
    found = {}
    for name, path in PRINTS.items():
        found[name] = pq.read_table(FileSource(path).fetch(tmp_path_factory.mktemp(name)).records)
    return found


@pytest.mark.parametrize(("before", "after"), permutations(PRINTS, 2))
def test_a_print_of_the_same_records_revises_none(
    before: str, after: str, prints: dict[str, pa.Table], database: duckdb.DuckDBPyConnection
) -> None:
    lines, fields = compared(database, prints[before], prints[after])
    assert lines == []
    respelled = {row["field"]: row["n_respelled"] for row in fields if row["n_respelled"]}
    assert respelled == (REWORDED if "2025" in (before, after) else {})
    # The clock of 2022 tells no hour.
    absent = {row["field"]: row["n_absent"] for row in fields if row["n_absent"]}
    assert absent == ({"reported_time": 1_000} if "2022" in (before, after) else {})


def test_a_true_change_beside_the_renamings_is_found(
    prints: dict[str, pa.Table], database: duckdb.DuckDBPyConnection
) -> None:
    """Experience restated, and one officer who declined to answer."""
    rows = prints["2025"].to_pylist()
    white = next(row for row in rows if row["officer_race"] == "White")
    white["officer_race"] = "Declined to Answer"
    other = next(row for row in rows if row["officer_years_of_experience"] == "5" and row is not white)
    other["officer_years_of_experience"] = "6"
    for number, row in enumerate((white, other)):
        row["record_id"] = f"{number:032}-1"
    lines, _ = compared(database, prints["2020"], pa.Table.from_pylist(rows, prints["2025"].schema))
    assert Counter((row["field"], row["old_value"], row["new_value"]) for row in lines) == {
        ("officer_race", "White", "Declined to Answer"): 1,
        ("officer_years_of_experience", "5", "6"): 1,
    }
