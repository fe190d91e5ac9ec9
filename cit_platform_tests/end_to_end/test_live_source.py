"""Every source gives the same records: three endpoints of the portal, three kinds of file, and the generator."""

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from cit_platform.cli import app
from cit_platform.sources.demo.source import DemoSource
from cit_platform.storage.lake import Lake
from cit_platform_tests.conftest import Cit
from cit_platform_tests.portal.dataset import Dataset
from cit_platform_tests.portal.server import DATASET_ID, FakePortal

pytestmark = pytest.mark.pipeline

TOKEN = "secret-App-Token-42"
SEED, ROWS, AS_OF = 20150515, 3000, date(2026, 3, 1)
CLEANED = ("refresh", "--select", 'key:"raw/records" or group:clean')
TABLES = {"raw/records": "record_id", "clean/records": "record_id", "clean/exclusions": "record_id"}


@pytest.fixture(scope="module")
def portal() -> Iterator[FakePortal]:
    with FakePortal(Dataset.of_city(AS_OF, ROWS, SEED), tokens=(TOKEN,)) as served:
        yield served


def live(portal: FakePortal) -> dict[str, str]:
    return {"CIT_SOURCE": "socrata", "CIT_SOCRATA_URL": portal.url, "CIT_SOCRATA_DATASET": DATASET_ID}


def through(*open_endpoints: str, token: str = "") -> Callable[[FakePortal, Path], dict[str, str]]:
    """The live source, with only these endpoints open."""

    def settings(portal: FakePortal, _: Path) -> dict[str, str]:
        portal.ways = {*open_endpoints, "metadata"}
        return {**live(portal), "SOCRATA_APP_TOKEN": token}

    return settings


def from_file(name: str, written: Callable[[Dataset], bytes]) -> Callable[[FakePortal, Path], dict[str, str]]:
    """The file source, with what the portal would have sent to a browser."""

    def settings(portal: FakePortal, folder: Path) -> dict[str, str]:
        (folder / name).write_bytes(written(portal.dataset))
        return {"CIT_SOURCE": "file", "CIT_SOURCE_PATH": str(folder / name)}

    return settings


def as_json(dataset: Dataset) -> bytes:
    return json.dumps(dataset.records(0, dataset.n_rows)).encode()


def from_the_generator(_: FakePortal, __: Path) -> dict[str, str]:
    return {"CIT_SOURCE": "demo", "CIT_DEMO_SEED": str(SEED), "CIT_DEMO_ROWS": str(ROWS)}


ENDPOINTS: dict[str, tuple[Callable[[FakePortal, Path], dict[str, str]], str]] = {
    "SODA 2.1": (through("soda2"), f"/resource/{DATASET_ID}.json"),
    "SODA 3": (through("soda3", token=TOKEN), f"/api/v3/views/{DATASET_ID}/query.json"),
    "bulk CSV": (through("bulk"), f"/api/views/{DATASET_ID}/rows.csv"),
    "a file of SODA JSON": (from_file("rows.json", as_json), "rows.json"),
    "a file of API CSV": (from_file("rows.csv", lambda dataset: dataset.page_csv(dataset.n_rows)), "rows.csv"),
    "a file of the bulk CSV": (from_file("Crisis_Data.csv", Dataset.bulk_csv), "Crisis_Data.csv"),
    "the demonstration": (from_the_generator, "demo city"),
}


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """The generator's own snapshot, and the tables of the first source that was taken."""
    directory = tmp_path_factory.mktemp("generated")
    return {"snapshot": DemoSource(SEED, ROWS, AS_OF).fetch(directory).content_hash}


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_every_endpoint_gives_the_same_snapshot_and_the_same_tables(
    endpoint: str, portal: FakePortal, expected: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, location = ENDPOINTS[endpoint]
    home = tmp_path / "home"
    chosen = {
        "CIT_HOME": str(home),
        "DAGSTER_HOME": str(home / "dagster"),
        "CIT_AS_OF": AS_OF.isoformat(),
        "CIT_PSEUDONYM_KEY": "the same key in each of the homes",
        **settings(portal, tmp_path),
    }
    for name, value in chosen.items():
        monkeypatch.setenv(name, value)
    done = CliRunner().invoke(app, CLEANED)
    assert done.exit_code == 0, done.output
    received = Lake(home).version("raw/records").provenance
    assert location in received.location
    assert received.snapshot == expected["snapshot"]
    for table, key in TABLES.items():
        frame = Lake(home).frame(table)
        assert frame[key].is_monotonic_increasing
        same = expected.setdefault(table, frame)
        assert isinstance(same, pd.DataFrame)
        assert len(frame) > 0
        pd.testing.assert_frame_equal(frame, same)


def test_a_refused_token_is_not_printed(portal: FakePortal, tmp_path: Path) -> None:
    message = Cit(tmp_path / "home", live(portal)).refused("refresh", SOCRATA_APP_TOKEN="another-Secret-Token")
    assert "SOCRATA_APP_TOKEN" in message
    assert "another-Secret-Token" not in message
