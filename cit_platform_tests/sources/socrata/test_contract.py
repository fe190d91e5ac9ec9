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

from cit_platform.codebook.fields import source_fields
from cit_platform.sources.columns import FIELDS
from cit_platform.sources.refused import SourceChangedError, SourceError
from cit_platform.sources.socrata.contract import check_header, check_metadata, described, what_changed
from cit_platform.sources.socrata.source import SocrataSource
from cit_platform.storage.archive import Archive
from cit_platform_tests.portal.dataset import Dataset, PortalColumn
from cit_platform_tests.portal.server import DATASET_ID, FakePortal
from cit_platform_tests.sources.socrata.conftest import QUICK, TOKEN, Client
from cit_platform_tests.sources.spellings import Rows, text_table

NEEDED = [field.name for field in source_fields("seattle") if field.is_needed]
WHERE = "The dataset i2q9-thny at https://data.seattle.gov"


def served(rows: Rows) -> Dataset:
    return Dataset(text_table(rows))


def test_the_portals_own_description_is_ours(sample: Path) -> None:
    check_metadata(json.loads((sample.parent / "views_2019-04-19.json").read_text(encoding="utf-8")), WHERE)


def test_the_newer_name_of_a_type_is_the_same_type(rows: Rows) -> None:
    check_metadata(served(rows).retyped("occured_date_time", "floating_timestamp").metadata(DATASET_ID), WHERE)


@pytest.mark.parametrize("field", NEEDED)
def test_each_renamed_column_that_is_needed_is_named(field: str, rows: Rows) -> None:
    renamed = served(rows).renamed(field, "new_name").metadata(DATASET_ID)
    with pytest.raises(SourceChangedError, match=f"missing: `{field}`; unknown: `new_name`") as refused:
        check_metadata(renamed, WHERE)
    assert refused.value.code == "columns"
    assert "`cit refresh --accept columns`" in str(refused.value)
    assert check_metadata(renamed, WHERE, frozenset({"columns"})) == ("columns",)


@pytest.mark.parametrize("field", sorted({*FIELDS} - {*NEEDED}))
def test_a_column_that_no_headline_needs_may_be_absent_and_is_named(field: str, rows: Rows) -> None:
    absent = served(rows).renamed(field, "new_name").metadata(DATASET_ID)
    assert check_metadata(absent, WHERE) == ()
    assert what_changed(absent, WHERE) == [f"{WHERE} has no `{field}`: null in every record; no headline needs it"]


@pytest.mark.parametrize("field", FIELDS)
def test_each_changed_type_is_named(field: str, rows: Rows) -> None:
    retyped = served(rows).retyped(field, "url").metadata(DATASET_ID)
    with pytest.raises(SourceChangedError, match=f"`{field}` is url, not") as refused:
        check_metadata(retyped, WHERE)
    assert refused.value.code == "types"
    assert "`cit refresh --accept types`" in str(refused.value)
    assert check_metadata(retyped, WHERE, frozenset({"types"})) == ("types",)


READABLE = [(field.name, kind) for field in source_fields("seattle") for kind in field.portal_types]


@pytest.mark.parametrize(("field", "kind"), READABLE)
def test_a_type_whose_values_are_read_is_accepted_and_named(field: str, kind: str, rows: Rows) -> None:
    described_so = served(rows).retyped(field, kind).metadata(DATASET_ID)
    assert check_metadata(described_so, WHERE) == ()
    changed = what_changed(described_so, WHERE)
    is_first = READABLE.index((field, kind)) == [name for name, _ in READABLE].index(field)
    assert changed == ([] if is_first else [changed[0]])
    assert is_first or f"gives `{field}` as {kind}, not as" in changed[0]


def test_missing_unknown_and_double_columns_are_named(rows: Rows, caplog: pytest.LogCaptureFixture) -> None:
    metadata = served(rows).metadata(DATASET_ID)
    added = {"fieldName": "subject_age", "dataTypeName": "text"}
    assert check_metadata({**metadata, "columns": [*metadata["columns"], added]}, WHERE) == ()
    assert "columns that are not read: `subject_age`" in caplog.text
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
    with pytest.raises(SourceError, match="missing: `precinct`"):
        check_header(",".join(name for name in FIELDS if name != "precinct"), WHERE)


@pytest.mark.parametrize("open_endpoints", [{"soda2", "metadata"}, {"soda2"}, {"bulk", "metadata"}, {"bulk"}])
def test_a_renamed_column_is_refused_before_rows_are_read(open_endpoints: set[str], client: Client) -> None:
    client.portal.ways = open_endpoints
    client.portal.dataset = client.portal.dataset.renamed("precinct", "district")
    message = client.refusal()
    assert "missing: `precinct`; unknown: `district`" in message.casefold()
    assert "export" not in message.casefold()
    assert not [asked for asked in client.portal.asked if asked.kind == "page"]


ENDPOINTS = {"soda2": (None, {"soda2"}), "soda3": (TOKEN, {"soda3"}), "bulk": (None, {"bulk"})}


@pytest.mark.parametrize("described_too", [True, False])
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_needed_column_that_is_gone_is_let_through_once_and_noted(
    endpoint: str, described_too: bool, client: Client
) -> None:
    token, open_endpoints = ENDPOINTS[endpoint]
    client.portal.ways = open_endpoints | ({"metadata"} if described_too else set())
    client.portal.dataset = client.portal.dataset.renamed("precinct", "district")
    message = client.refusal(client.source(token=token))
    assert "`cit refresh --accept columns`" in message
    source = SocrataSource((client.portal.url,), DATASET_ID, token, QUICK, accept=frozenset({"columns"}))
    snapshot = client.fetched(source)
    assert snapshot.accepted == ("columns",)
    assert "precinct" in snapshot.empty


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_column_that_is_gone_or_empty_is_null_where_no_headline_needs_it(
    endpoint: str, client: Client, rows: Rows
) -> None:
    token, open_endpoints = ENDPOINTS[endpoint]
    client.portal.ways = {*open_endpoints, "metadata"}
    whole = client.portal.dataset
    hashes = set()
    for dataset in (
        replace(whole, columns=tuple(c for c in whole.columns if c.field != "cit_officer_requested")),
        served([row | {"cit_officer_requested": None} for row in rows]),
    ):
        client.portal.dataset = dataset
        snapshot = client.fetched(client.source(token=token))
        assert snapshot.empty == ("cit_officer_requested",)
        assert set(pq.read_table(snapshot.records).column("cit_officer_requested").to_pylist()) == {None}
        hashes.add(snapshot.content_hash)
        for path in client.directory.iterdir():
            path.unlink()
    assert len(hashes) == 1
    assert "has no `cit_officer_requested`: null in every record; no headline needs it" in client.caplog.text


def test_an_added_column_stays_unread(client: Client, expected_hash: str) -> None:
    added = PortalColumn("officer_id", "officer_name", "Officer Name", "text")
    client.portal.dataset = replace(client.portal.dataset, columns=(*client.portal.dataset.columns, added))
    for open_endpoints in ({"soda2", "metadata"}, {"soda2"}, {"bulk", "metadata"}):
        client.portal.ways = open_endpoints
        assert client.fetched().content_hash == expected_hash
        for path in client.directory.iterdir():
            path.unlink()
    assert "columns that are not read: `officer_name`" in client.caplog.text


def test_a_needed_field_in_no_row_is_refused_wherever_it_is_noticed(client: Client, rows: Rows) -> None:
    client.portal.dataset = served([row | {"precinct": None} for row in rows])
    for open_endpoints in ({"soda3"}, {"soda3", "metadata"}):
        client.portal.ways = open_endpoints
        assert "`precinct`" in client.refusal(client.source(token=TOKEN))


def test_a_changed_type_is_refused_before_rows_are_read(client: Client) -> None:
    client.portal.dataset = client.portal.dataset.retyped("template_id", "url")
    assert "`template_id` is url, not number or text" in client.refusal()
    assert {asked.kind for asked in client.portal.asked} == {"metadata"}


def test_a_changed_type_is_let_through_once_and_noted(client: Client, expected_hash: str) -> None:
    client.portal.dataset = client.portal.dataset.retyped("template_id", "url")
    source = SocrataSource((client.portal.url,), DATASET_ID, None, QUICK, accept=frozenset({"types"}))
    snapshot = client.fetched(source)
    assert (snapshot.accepted, snapshot.content_hash) == (("types",), expected_hash)


def test_the_probe_refuses_changed_columns_too(client: Client) -> None:
    client.portal.dataset = client.portal.dataset.renamed("precinct", "district")
    with pytest.raises(SourceError, match="district"):
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
