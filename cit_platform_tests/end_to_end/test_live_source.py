"""The main job on the live source, against a portal on loopback: the same tables, and faults that change nothing."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from cit_platform_tests.conftest import SMALL_CITY, Cit
from cit_platform_tests.portal.dataset import Dataset
from cit_platform_tests.portal.server import DATASET_ID, FakePortal

pytestmark = pytest.mark.pipeline
TOKEN = "secret-App-Token-42"


@pytest.fixture
def portal() -> Iterator[FakePortal]:
    city = Dataset.of_city(date.fromisoformat(SMALL_CITY["CIT_AS_OF"]), int(SMALL_CITY["CIT_DEMO_ROWS"]))
    with FakePortal(city, tokens=(TOKEN,)) as served:
        yield served


def live(home: Path, portal: FakePortal) -> Cit:
    return Cit(
        home,
        {
            "CIT_SOURCE": "socrata",
            "CIT_SOCRATA_URL": portal.url,
            "CIT_SOCRATA_DATASET": DATASET_ID,
            "CIT_AS_OF": SMALL_CITY["CIT_AS_OF"],
            "CIT_PSEUDONYM_KEY": "the same key",
        },
    )


def test_the_live_source_gives_the_tables_of_the_same_records_and_a_fault_leaves_all_as_it_was(
    portal: FakePortal, small_city_home: Path, tmp_path: Path
) -> None:
    city = live(tmp_path / "home", portal)
    city.refreshed()
    of_demo = Cit(small_city_home).lake
    assert city.lake.version("raw/records").provenance.snapshot == of_demo.version("raw/records").provenance.snapshot
    mine, theirs = city.lake.frame("clean/records"), of_demo.frame("clean/records")
    assert mine.drop(columns="officer_key").equals(theirs.drop(columns="officer_key"))
    assert "Skipped" in city.refreshed()

    before = city.state()
    portal.dataset = portal.dataset.renamed("use_of_force_indicator", "force_used")
    assert "use_of_force_indicator" in city.refused("refresh")
    assert city.state() == before


def test_a_refused_token_is_not_printed(portal: FakePortal, tmp_path: Path) -> None:
    message = live(tmp_path / "home", portal).refused("refresh", SOCRATA_APP_TOKEN="another-Secret-Token")
    assert "SOCRATA_APP_TOKEN" in message
    assert "another-Secret-Token" not in message
