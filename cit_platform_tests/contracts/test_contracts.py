"""The contracts: complete, consistent, and the same in the dictionary of `docs/`."""

import pytest

from cit_platform.contracts import TABLES, Table
from cit_platform.contracts.dictionary import PAGE, dictionary
from cit_platform.contracts.raw import SOURCE_FIELDS

tables = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)


@tables
def test_every_table_says_what_it_is(table: Table) -> None:
    assert table.grain.startswith("one row per")
    assert table.meaning.endswith(".")


@tables
def test_every_column_has_one_name_and_a_meaning(table: Table) -> None:
    assert len(set(table.column_names)) == len(table.columns)
    assert all(column.meaning.endswith(".") for column in table.columns)


@tables
def test_keys_are_columns_that_are_never_null(table: Table) -> None:
    required = {column.name for column in table.columns if not column.nullable}
    assert set(table.key) <= required


def test_the_source_has_25_fields() -> None:
    assert len(SOURCE_FIELDS) == 25
    assert SOURCE_FIELDS[3].name == "occured_date_time"


@pytest.mark.parametrize("path", [path for path in TABLES if not path.startswith("raw/")])
def test_nothing_after_raw_holds_a_badge_number_or_birth_date(path: str) -> None:
    assert not {"officer_id", "officer_year_of_birth"} & set(TABLES[path].column_names)


@pytest.mark.parametrize("path", ["features/records", "features/contacts"])
def test_officer_columns_of_the_public_rows_are_private(path: str) -> None:
    private = {"officer_key", "experience_years", "officer_race", "officer_gender", "contact_id"}
    assert not private & set(TABLES[path].public_columns)


def test_the_data_dictionary_is_up_to_date() -> None:
    assert PAGE.read_text() == dictionary(), "run `make docs`"
