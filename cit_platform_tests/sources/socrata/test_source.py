"""The live source on a good day: every endpoint gives the file source's snapshot, and the probe is cheap."""

from __future__ import annotations

import json
import zipfile
from datetime import date
from pathlib import Path
from typing import Literal

import pyarrow.parquet as pq
import pytest
from pydantic import SecretStr

from cit_platform.sources.demo.city import CityParameters
from cit_platform.sources.demo.source import DemoSource
from cit_platform.sources.file import FileSource
from cit_platform.sources.refused import SourceError
from cit_platform.sources.snapshot import Snapshot
from cit_platform.sources.socrata.source import SocrataSource
from cit_platform.storage.archive import Archive
from cit_platform_tests.portal.dataset import Dataset
from cit_platform_tests.portal.server import DATASET_ID, FakePortal
from cit_platform_tests.sources.socrata.conftest import QUICK, TOKEN, Client
from cit_platform_tests.sources.spellings import Rows, text_table

ENDPOINTS = {"soda2": (None, {"soda2"}), "soda3": (TOKEN, {"soda3"}), "bulk": (None, {"bulk"})}


def through(endpoint: str, client: Client) -> Snapshot:
    token, open_endpoints = ENDPOINTS[endpoint]
    client.portal.ways = {*open_endpoints, "metadata"}
    client.directory.mkdir(exist_ok=True)
    return client.fetched(client.source(token=token))


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_every_endpoint_gives_the_hash_of_the_file(
    endpoint: str, client: Client, rows: Rows, expected_hash: str
) -> None:
    snapshot = through(endpoint, client)
    assert (snapshot.content_hash, snapshot.n_records) == (expected_hash, len(rows))
    assert snapshot.source == "socrata"
    assert snapshot.location.startswith(client.portal.url)
    assert snapshot.retrieved_at.endswith("+00:00")
    assert snapshot.licence.startswith("Public Domain")


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("coding", ["2018", "2020"])
def test_the_city_in_both_codings(
    endpoint: str, coding: Literal["2018", "2020"], client: Client, tmp_path: Path
) -> None:
    city = CityParameters(coding=coding)
    day = date(2015, 8, 1)
    client.portal.dataset = Dataset.of_city(day, 30_000, city=city)
    directory = tmp_path / "demo"
    directory.mkdir()
    expected = DemoSource(seed=20150515, rows=30_000, as_of=day, city=city).fetch(directory)
    snapshot = through(endpoint, client)
    assert (snapshot.content_hash, snapshot.n_records) == (expected.content_hash, expected.n_records)
    assert snapshot.n_records > QUICK.page_rows * 2


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_the_later_name_of_the_time_column(endpoint: str, client: Client, expected_hash: str) -> None:
    client.portal.dataset = client.portal.dataset.with_hour()
    assert through(endpoint, client).content_hash == expected_hash


def test_the_real_sample(client: Client, sample: Path, tmp_path: Path) -> None:
    directory = tmp_path / "file"
    directory.mkdir()
    expected = FileSource(sample).fetch(directory)
    client.portal.dataset = Dataset.of_file(sample)
    for endpoint in ENDPOINTS:
        assert through(endpoint, client).content_hash == expected.content_hash
        for path in client.directory.iterdir():
            path.unlink()


def test_pages_without_row_ids_and_metadata_that_is_gone(client: Client, expected_hash: str) -> None:
    client.portal.row_ids = False
    client.portal.ways = {"soda2"}
    assert client.fetched().content_hash == expected_hash


def test_soda3_alone_without_metadata_compares_the_fields_of_the_rows(client: Client, expected_hash: str) -> None:
    client.portal.ways = {"soda3"}
    assert client.fetched(client.source(token=TOKEN)).content_hash == expected_hash


def test_what_was_received_is_kept_and_archived(client: Client, rows: Rows, tmp_path: Path) -> None:
    snapshot = client.fetched()
    assert snapshot.received is not None
    with zipfile.ZipFile(snapshot.received) as pages:
        assert len(pages.namelist()) == 3
        received = [row for name in pages.namelist() for row in json.loads(pages.read(name))]
    assert len(received) == len(rows)
    entry = Archive(tmp_path / "archive").keep(snapshot)
    entry.verify()
    assert pq.read_table(entry.records).num_rows == len(rows)


def test_equal_rows_keep_their_number(client: Client, rows: Rows) -> None:
    """Rows whose 25 fields are equal differ in the portal's row id only, and are not taken for a repeated page."""
    client.portal.dataset = Dataset(text_table([rows[0]] * 120))
    assert client.fetched().n_records == 120


def test_the_fingerprint_reads_no_row_and_follows_the_portal(client: Client) -> None:
    source = client.source()
    before = source.fingerprint()
    assert {asked.kind for asked in client.portal.asked} == {"metadata", "count"}
    assert source.fingerprint() == before
    assert client.source(token=TOKEN).fingerprint() == before
    client.portal.dataset = client.portal.dataset.replaced()
    assert source.fingerprint() != before
    client.portal.dataset = Dataset(client.portal.dataset.table.slice(1))
    assert source.fingerprint() != before


def test_the_fingerprint_without_metadata_follows_the_latest_update(client: Client) -> None:
    client.portal.ways = {"soda2"}
    before = client.source().fingerprint()
    client.portal.dataset = client.portal.dataset.replaced()
    assert client.source().fingerprint() != before


def test_the_token_goes_in_its_header_and_nowhere_else(client: Client) -> None:
    client.fetched(client.source(token=TOKEN))
    assert client.portal.asked
    for asked in client.portal.asked:
        assert asked.headers.pop("X-App-Token") == TOKEN
        assert TOKEN not in repr(asked)
    assert {asked.method for asked in client.portal.asked if asked.kind == "page"} == {"POST"}


def test_progress_is_logged_in_rows_per_second(client: Client) -> None:
    client.fetched()
    logged = [record.getMessage() for record in client.caplog.records if "rows/s" in record.getMessage()]
    assert len(logged) == 3
    assert logged[-1].startswith("123 of 123 rows from")


def test_a_redirect_among_the_configured_hosts_is_followed(client: Client, rows: Rows, expected_hash: str) -> None:
    with FakePortal(Dataset(text_table(rows))) as moved:
        moved.misbehave("redirect", on="metadata", times=9)
        moved.elsewhere = f"{client.portal.url}/api/views/{DATASET_ID}.json"
        source = client.source(urls=(moved.url, client.portal.url))
        assert client.fetched(source).content_hash == expected_hash


@pytest.mark.parametrize(
    "url",
    [
        "http://data.seattle.gov",
        "ftp://data.seattle.gov",
        "data.seattle.gov",
        "https://data.seattle.gov/resource",
        "https://",
        "https://[::1",
        "https://somebody:hidden@data.seattle.gov",
        "",
    ],
)
def test_an_address_that_cannot_be_used_is_refused(url: str) -> None:
    with pytest.raises(SourceError, match="CIT_SOCRATA_URL") as refused:
        SocrataSource((url,), DATASET_ID)
    assert "hidden" not in str(refused.value)


def test_other_parameters_that_cannot_be_used_are_refused() -> None:
    with pytest.raises(SourceError, match="names no address"):
        SocrataSource((), DATASET_ID)
    with pytest.raises(SourceError, match=r"CIT_SOCRATA_DATASET is `\.\./etc`"):
        SocrataSource(("https://data.seattle.gov",), "../etc")
    for token in ("two words", "line\nbreak", "ünsafe"):
        with pytest.raises(SourceError, match="SOCRATA_APP_TOKEN") as refused:
            SocrataSource(("https://data.seattle.gov",), DATASET_ID, token)
        assert token not in str(refused.value)


def test_the_token_stays_out_of_the_representation() -> None:
    source = SocrataSource(("https://data.seattle.gov/",), DATASET_ID, SecretStr(TOKEN))
    assert source.urls == ("https://data.seattle.gov",)
    assert TOKEN not in repr(source) + str(vars(source))
