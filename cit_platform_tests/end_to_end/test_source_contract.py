"""Two nights of the live source: what changed in its words and labels warns, and stops nothing."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from cit_platform.assets.raw import records, spd_crisis_data
from cit_platform.refresh.source import live_source
from cit_platform.resources.home import Home
from cit_platform.settings import load_settings
from cit_platform.sources.refused import SourceError
from cit_platform.storage.archive import Archive
from cit_platform.storage.lake import Lake, TableVersion
from cit_platform_tests.conftest import SMALL_CITY
from cit_platform_tests.portal.dataset import Dataset
from cit_platform_tests.portal.server import DATASET_ID, FakePortal

pytestmark = pytest.mark.pipeline
NAMES = ("vocabulary_known", "vocabulary_change", "description_change")


@pytest.fixture
def portal() -> Iterator[FakePortal]:
    with FakePortal(Dataset.of_city(date.fromisoformat(SMALL_CITY["CIT_AS_OF"]), 1_500)) as served:
        yield served


@pytest.fixture
def home(portal: FakePortal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings = {
        "CIT_HOME": str(tmp_path / "home"),
        "CIT_SOURCE": "socrata",
        "CIT_SOCRATA_URL": portal.url,
        "CIT_SOCRATA_DATASET": DATASET_ID,
        "CIT_AS_OF": SMALL_CITY["CIT_AS_OF"],
        # Set by a run; restored with the others.
        "DAGSTER_HOME": "",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return tmp_path / "home"


def night(home: Path) -> tuple[TableVersion, dict[str, dict[str, Any]]]:
    """Refresh raw/records; its version and what its checks of the source's contract say."""
    done = dg.materialize(
        [spd_crisis_data, records], resources={"home": Home()}, instance=dg.DagsterInstance.ephemeral()
    )
    assert done.success
    version = Lake(home).version("raw/records")
    return version, {check["name"]: check for check in version.provenance.checks if check["name"] in NAMES}


def test_a_second_night_with_other_words_and_labels(portal: FakePortal, home: Path, tmp_path: Path) -> None:
    portal.dataset = replace(portal.dataset, about={"description": "Crisis contacts, updated daily."})
    first, found = night(home)
    assert [found[name]["status"] for name in NAMES[1:]] == ["passed", "passed"]
    assert first.provenance.templates_received > 0

    table = portal.dataset.table
    sectors = ["ZEBRA" if sector == "KING" else sector for sector in table.column("sector").to_pylist()]
    table = table.set_column(table.schema.get_field_index("sector"), "sector", [sectors])
    portal.dataset = replace(portal.dataset.replaced(table), about={"description": "Crisis contacts, discontinued."})
    second, found = night(home)
    assert second.number > first.number
    assert {check["severity"] for check in found.values()} == {"WARN"}
    assert "sector: ZEBRA" in found["vocabulary_known"]["message"]
    assert found["vocabulary_change"]["message"].endswith(" - sector: KING; + sector: ZEBRA.")
    assert "description: - “… updated daily.” + “… discontinued.”" in found["description_change"]["message"]
    kept = Archive(home / "archive").get(second.provenance.snapshot)
    assert kept.metadata is not None
    assert kept.metadata["description"] == "Crisis contacts, discontinued."

    # Of an edition, the next refresh would know how many templates there were.
    latest = home / "published" / "latest"
    latest.mkdir(parents=True)
    manifest = {"snapshot": second.provenance.snapshot, "rows_received": second.n_rows}
    (latest / "manifest.json").write_text(json.dumps(manifest))
    ids = table.column("template_id").to_pylist()
    few = table.set_column(0, "template_id", [[ids[number % (len(ids) // 3)] for number in range(len(ids))]])
    portal.dataset = portal.dataset.replaced(few)
    with pytest.raises(SourceError, match=r"crisis templates, 6.% fewer"):
        live_source(load_settings()).fetch(tmp_path)
