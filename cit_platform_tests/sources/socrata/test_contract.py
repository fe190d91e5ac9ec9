"""The contract with the source: changed columns and types are refused by name, before a row is read."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cit_platform.sources.snapshot import FIELDS, SourceError
from cit_platform.sources.socrata.contract import check_header, check_metadata, described
from cit_platform.sources.socrata.source import SocrataSource
from cit_platform.storage.archive import Archive
from cit_platform_tests.portal.dataset import Dataset
from cit_platform_tests.portal.server import DATASET_ID, FakePortal
from cit_platform_tests.sources.socrata.conftest import QUICK, TOKEN, Client
from cit_platform_tests.sources.spellings import Rows, text_table

WHERE = "the dataset i2q9-thny at https://data.seattle.gov"


def served(rows: Rows) -> Dataset:
    return Dataset(text_table(rows))


def test_the_portals_own_description_is_ours(sample: Path) -> None:
    check_metadata(json.loads((sample.parent / "views_2019-04-19.json").read_text(encoding="utf-8")), WHERE)


def test_the_newer_name_of_a_type_is_the_same_type(rows: Rows) -> None:
    check_metadata(served(rows).retyped("occured_date_time", "floating_timestamp").metadata(DATASET_ID), WHERE)


@pytest.mark.parametrize("field", FIELDS)
def test_each_renamed_column_is_named(field: str, rows: Rows) -> None:
    renamed = served(rows).renamed(field, "new_name").metadata(DATASET_ID)
    with pytest.raises(SourceError, match=f"missing: `{field}`; unknown: `new_name`"):
        check_metadata(renamed, WHERE)


@pytest.mark.parametrize("field", FIELDS)
def test_each_changed_type_is_named(field: str, rows: Rows) -> None:
    with pytest.raises(SourceError, match=f"`{field}` is url, not"):
        check_metadata(served(rows).retyped(field, "url").metadata(DATASET_ID), WHERE)


def test_missing_unknown_and_double_columns_are_named(rows: Rows) -> None:
    metadata = served(rows).metadata(DATASET_ID)
    added = {"fieldName": "subject_age", "dataTypeName": "text"}
    with pytest.raises(SourceError, match="unknown: `subject_age`"):
        check_metadata({**metadata, "columns": [*metadata["columns"], added]}, WHERE)
    with pytest.raises(SourceError, match="missing: `template_id`"):
        check_metadata({**metadata, "columns": metadata["columns"][1:]}, WHERE)
    with pytest.raises(SourceError, match="more than once: `beat`"):
        check_metadata(served(rows).renamed("sector", "beat").metadata(DATASET_ID), WHERE)
    both = {"fieldName": "reported_hour", "dataTypeName": "text"}
    with pytest.raises(SourceError, match="more than once: `reported_time`"):
        check_metadata({**metadata, "columns": [*metadata["columns"], both]}, WHERE)


@pytest.mark.parametrize("metadata", [{}, {"columns": None}, {"columns": [1]}, [], "text", None])
def test_a_description_of_something_else_is_refused(metadata: Any) -> None:
    with pytest.raises(SourceError, match="names no columns"):
        check_metadata(metadata, WHERE)


def test_what_the_portal_says_is_kept_without_what_changes_daily(sample: Path) -> None:
    metadata = json.loads((sample.parent / "views_2019-04-19.json").read_text(encoding="utf-8"))
    said = described(metadata)
    assert said["licence"] == "Public Domain"
    assert said["refresh frequency"] == "Daily"
    assert "USE CAUTION WHEN COUNTING" in said["row label"]
    assert said["column beat name"] == "Beat"
    assert said["column template_id type"] == "number"
    assert len([item for item in said if item.endswith(" description")]) == len(FIELDS)
    later = {**metadata, "rowsUpdatedAt": 1, "viewCount": 9, "downloadCount": 9, "viewLastModified": 9}
    assert described(later) == said


@pytest.mark.parametrize("odd", [None, 7, [], {"name": ["x"]}, {"custom_fields": {"Refresh Frequency": 3}}])
def test_an_odd_description_is_kept_as_text(odd: Any, rows: Rows) -> None:
    metadata = served(rows).metadata(DATASET_ID) | {"license": odd, "metadata": odd, "description": odd}
    assert all(isinstance(text, str) for text in described(metadata).values())


@pytest.mark.parametrize("token", [None, TOKEN])
def test_the_description_lands_beside_the_records_and_in_the_archive(
    token: str | None, client: Client, tmp_path: Path
) -> None:
    client.portal.dataset = replace(client.portal.dataset, about={"description": "Kontakte \ud800 in Krise\n"})
    snapshot = client.fetched(client.source(token=token))
    assert snapshot.metadata is not None
    said = json.loads(snapshot.metadata.read_text(encoding="utf-8"))
    assert said["description"] == "Kontakte in Krise"
    assert said == Archive(tmp_path / "archive").keep(snapshot).metadata
    snapshot.metadata.write_text('{"description": "No longer updated"}', encoding="utf-8")
    assert Archive(tmp_path / "archive").keep(snapshot).metadata == {"description": "No longer updated"}
    client.portal.ways.remove("metadata")
    for path in client.directory.iterdir():
        path.unlink()
    assert client.fetched().metadata is None


def test_a_header_is_compared_like_a_description() -> None:
    check_header(",".join([":id", *FIELDS]), WHERE)
    check_header(",".join(f'"{name}"' for name in FIELDS).replace("reported_time", "reported_hour"), WHERE)
    with pytest.raises(SourceError, match="missing: `beat`"):
        check_header(",".join(FIELDS[:-1]), WHERE)


@pytest.mark.parametrize("ways", [{"soda2", "metadata"}, {"soda2"}, {"bulk", "metadata"}, {"bulk"}])
def test_a_renamed_column_is_refused_before_rows_are_read(ways: set[str], client: Client) -> None:
    client.portal.ways = ways
    client.portal.dataset = client.portal.dataset.renamed("beat", "beat_code")
    message = client.refusal()
    assert "missing: `beat`; unknown: `beat_code`" in message.casefold().replace("beat code", "beat_code")
    assert not [asked for asked in client.portal.asked if asked.kind == "page"]


def test_a_renamed_column_is_refused_by_the_rows_where_nothing_describes_them(client: Client) -> None:
    client.portal.ways = {"soda3"}
    client.portal.dataset = client.portal.dataset.renamed("beat", "beat_code")
    assert "`beat_code`" in client.refusal(client.source(token=TOKEN))


def test_a_field_in_no_row_is_missing_only_where_nothing_describes_the_columns(client: Client, rows: Rows) -> None:
    client.portal.dataset = served([row | {"beat": None} for row in rows])
    client.fetched(client.source(token=TOKEN))
    for path in client.directory.iterdir():
        path.unlink()
    client.portal.ways = {"soda3"}
    assert "missing: `beat`" in client.refusal(client.source(token=TOKEN))


def test_a_changed_type_is_refused_before_rows_are_read(client: Client) -> None:
    client.portal.dataset = client.portal.dataset.retyped("template_id", "text")
    assert "`template_id` is text, not number" in client.refusal()
    assert {asked.kind for asked in client.portal.asked} == {"metadata"}


def test_the_probe_refuses_changed_columns_too(client: Client) -> None:
    client.portal.dataset = client.portal.dataset.renamed("beat", "beat_code")
    with pytest.raises(SourceError, match="beat_code"):
        client.source().fingerprint()


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=3,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=JSON_VALUES, field=st.sampled_from(FIELDS), number=st.integers(0, 122))
def test_any_json_value_lands_as_text_or_is_refused_by_name(
    value: Any, field: str, number: int, portal: FakePortal, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = Dataset.records

    def spoiled(self: Dataset, offset: int, limit: int) -> list[dict[str, Any]]:
        page: list[dict[str, Any]] = [*records(self, offset, limit)]
        if offset <= number < offset + len(page):
            page[number - offset][field] = value
        return page

    portal.ways = {"soda2", "metadata"}
    with (
        monkeypatch.context() as patch,
        tempfile.TemporaryDirectory() as directory,
    ):
        patch.setattr(Dataset, "records", spoiled)
        try:
            snapshot = SocrataSource((portal.url,), DATASET_ID, None, QUICK).fetch(Path(directory))
        except SourceError as refused:
            message = str(refused)
            landed = None
        else:
            landed = pq.read_table(snapshot.records).column(field).to_pylist()
    if landed is None:
        assert field in message or "UTF-8" in message
        assert isinstance(value, (list, dict, float, str))
        return
    assert len(landed) == len(rows)
    assert isinstance(value, (str, bool, int, float, type(None)))
    if isinstance(value, str) and value:
        assert value in landed
