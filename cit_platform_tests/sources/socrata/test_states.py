"""The feed as the city printed it at five times: each is read by each endpoint, and each change is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pyarrow.parquet as pq
import pytest

from cit_platform.sources.snapshot import Snapshot
from cit_platform.sources.socrata.source import SocrataSource
from cit_platform_tests.portal.dataset import Dataset
from cit_platform_tests.portal.server import DATASET_ID
from cit_platform_tests.portal.states import STATES, in_state
from cit_platform_tests.sources.socrata.conftest import QUICK, TOKEN, Client

ENDPOINTS = {"soda2": (None, {"soda2"}), "soda3": (TOKEN, {"soda3"}), "bulk": (None, {"bulk"})}
LIMITS = replace(QUICK, page_rows=1_000)
PRINTED_WITH_LABELS = {"initial_call_type", "final_call_type", "officer_race", "officer_squad_desc"}


@pytest.fixture(scope="module")
def city() -> Dataset:
    return Dataset.of_city(date(2019, 9, 1), 5_000)


def read(client: Client, endpoint: str, dataset: Dataset) -> Snapshot:
    token, open_endpoints = ENDPOINTS[endpoint]
    client.portal.ways = {*open_endpoints, "metadata"}
    client.portal.dataset = dataset
    client.caplog.clear()
    client.directory.mkdir(exist_ok=True)
    for path in client.directory.iterdir():
        path.unlink()
    return client.fetched(SocrataSource((client.portal.url,), DATASET_ID, token, LIMITS))


@pytest.mark.parametrize("state", STATES)
def test_each_state_is_read_alike_by_each_endpoint(state: str, city: Dataset, client: Client) -> None:
    dataset = in_state(city, state)
    snapshots = [read(client, endpoint, dataset) for endpoint in ENDPOINTS]
    assert len({snapshot.content_hash for snapshot in snapshots}) == 1
    assert {snapshot.n_records for snapshot in snapshots} == {dataset.n_rows}
    assert {snapshot.unread for snapshot in snapshots} == {()}
    assert {snapshot.accepted for snapshot in snapshots} == {()}


def test_each_state_says_what_is_no_longer_as_it_was(city: Dataset, client: Client) -> None:
    said = {}
    for state in STATES:
        snapshot = read(client, "soda2", in_state(city, state))
        said[state] = (client.caplog.text, snapshot.empty, snapshot.hour_unknown)
    for state in ("2018", "2020", "2022"):
        assert "its values are read" not in said[state][0]
        assert said[state][1] == ()
    assert said["2022"][2] == ("reported_time",)
    assert "gives `reported_date` as calendar_date, not as text: its values are read" in said["2025-04"][0]
    assert "gives `officer_years_of_experience` as number, not as text" in said["2026-07"][0]
    assert "has no `cit_officer_requested`: null in every record" in said["2026-07"][0]
    assert said["2026-07"][1] == ("cit_officer_requested",)


def columns(snapshot: Snapshot, without: set[str]) -> list[tuple[str | None, ...]]:
    table = pq.read_table(snapshot.records).drop_columns(["record_id", *without])
    return sorted(zip(*(table.column(name).to_pylist() for name in table.column_names), strict=True), key=str)


@pytest.mark.parametrize(("one", "other"), [("2022", "2025-04"), ("2025-04", "2026-07")])
def test_states_that_differ_in_print_alone_mean_the_same(one: str, other: str, city: Dataset, client: Client) -> None:
    without = PRINTED_WITH_LABELS | {"cit_officer_requested", "reported_time"}
    found = [columns(read(client, "soda2", in_state(city, state)), without) for state in (one, other)]
    assert found[0] == found[1]


def test_the_states_are_those_of_the_field_notes(city: Dataset) -> None:
    rows = {state: in_state(city, state).table.slice(0, 400).to_pylist() for state in STATES}
    assert {len(str(row["reported_date"])) for row in rows["2018"] if row["reported_date"]} == {10}
    assert {row["officer_id"][-1] for row in rows["2020"]} == {" "}
    assert {int(row["reported_time"][:2]) for row in rows["2022"] if row["reported_time"]} <= set(range(1, 13))
    assert all(row["reported_time"].endswith(".0000000") for row in rows["2025-04"] if row["reported_time"])
    for state in ("2022", "2025-04", "2026-07"):
        dataset = in_state(city, state)
        assert len(set(dataset.table.column("template_id").to_pylist())) == dataset.n_rows
    dates = in_state(city, "2025-04").bulk_csv().decode().splitlines()[1].split(",")[1]
    assert len(dates.split("/")) == 3
    update_times = {record[":updated_at"] for record in in_state(city, "2026-07").records(0, 1_500)}
    assert len(update_times) == 2
