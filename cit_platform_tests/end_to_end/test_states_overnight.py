"""The portal in three of its known states, one after the other in one home, by each endpoint: what changed is named.

The last one up to the clean records; with CIT_TEST_WHOLE_NIGHTS=1, as in `make nights`, in full.
"""

import os
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from cit_platform_tests.conftest import Cit
from cit_platform_tests.portal.dataset import Dataset
from cit_platform_tests.portal.server import DATASET_ID, FakePortal
from cit_platform_tests.portal.states import in_state

pytestmark = pytest.mark.pipeline

TOKEN = "secret-App-Token-42"
FIRST_NIGHT = date(2026, 8, 1)
UP_TO_CLEAN = () if os.environ.get("CIT_TEST_WHOLE_NIGHTS") == "1" else ("--select", "group:raw or group:clean")
# State, endpoint, and what an operator says: since 2022 a template has one row.
NIGHTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("2020", "bulk", ()),
    ("2022", "soda2", ("--accept", "rows")),
    ("2026-07", "soda3", UP_TO_CLEAN),
)


@pytest.fixture(scope="module")
def city() -> Dataset:
    return Dataset.of_city(FIRST_NIGHT, 1_000)


@pytest.fixture
def portal(city: Dataset) -> Iterator[FakePortal]:
    with FakePortal(city, tokens=(TOKEN,)) as served:
        yield served


def test_a_home_follows_the_portal_from_state_to_state(city: Dataset, portal: FakePortal, tmp_path: Path) -> None:
    live = {"CIT_SOURCE": "socrata", "CIT_SOCRATA_URL": portal.url, "CIT_SOCRATA_DATASET": DATASET_ID}
    cit, printed = Cit(tmp_path / "home", live), []
    for number, (state, endpoint, options) in enumerate(NIGHTS):
        portal.dataset, portal.ways = in_state(city, state), {endpoint, "metadata"}
        night = {"CIT_AS_OF": str(FIRST_NIGHT + timedelta(days=number)), "SOCRATA_APP_TOKEN": TOKEN}
        printed.append(cit.refreshed(*options, **night))
        assert cit.latest.exists()
    said = dict(zip([state for state, _, _ in NIGHTS], printed, strict=True))
    assert "cit_officer_requested" in said["2026-07"]
    changes = cit.lake.frame("raw/revisions")
    # Neither a print nor a field that vanished is a change of the city's records.
    assert set(changes["change"]) <= {"added", "removed", "changed"}
    assert not set(changes.loc[changes["change"] == "changed", "field"]) & {
        "reported_date",
        "reported_time",
        "occured_date_time",
        "cit_officer_requested",
    }
