"""`cit doctor` as a person uses it: the survey of the live source, and the labels that wait for review."""

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from cit_platform.contracts.raw import RECORDS
from cit_platform.engine.duckdb import plain_engine
from cit_platform.engine.query import Query
from cit_platform.storage.lake import Lake
from cit_platform.storage.provenance import Provenance
from cit_platform_tests.conftest import Cit
from cit_platform_tests.portal.dataset import Dataset
from cit_platform_tests.portal.server import DATASET_ID, FakePortal
from cit_platform_tests.portal.states import in_state

AS_OF = "2026-03-01"
TOKEN = "secret-App-Token-42"


@pytest.fixture(scope="module")
def city() -> Dataset:
    return Dataset.of_city(date.fromisoformat(AS_OF), 1_000)


@pytest.fixture
def portal(city: Dataset) -> Iterator[FakePortal]:
    with FakePortal(city, tokens=(TOKEN,)) as served:
        yield served


@pytest.fixture
def live(tmp_path: Path, portal: FakePortal) -> Cit:
    settings = {"CIT_SOURCE": "socrata", "CIT_SOCRATA_URL": portal.url, "CIT_SOCRATA_DATASET": DATASET_ID}
    return Cit(tmp_path / "home", {**settings, "CIT_AS_OF": AS_OF})


def holding(home: Path, labels: dict[str, list[str | None]]) -> Cit:
    """A home whose raw/records holds records with these labels."""
    numbers = range(len(labels["disposition"]))
    frame = pd.DataFrame({name: None for name in RECORDS.column_names}, index=numbers, dtype=object)
    frame = frame.assign(record_id=[f"{number:032x}-1" for number in numbers], **labels)
    rows = Query("select * from session.rows", relations={"session.rows": pa.Table.from_pandas(frame)})
    staged = plain_engine("1GB", 2, home / "spill").write(rows, RECORDS, Lake(home).folder(RECORDS.path))
    Lake(home).commit(staged, Provenance.from_metadata("{}"))
    return Cit(home, {"CIT_AS_OF": AS_OF})


def test_the_survey_as_a_table(live: Cit) -> None:
    done = live("doctor", "--source", SOCRATA_APP_TOKEN=TOKEN)
    assert done.returncode == 1
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert list(rows[0]) == ["Question", "Assumed", "Found", "Verdict"]
    verdicts = {row["Question"]: row["Verdict"] for row in rows}
    assert verdicts["Which columns are there?"] == "as assumed"
    assert verdicts["How many rows?"] == "differs"
    assert re.search(r"\d+ as assumed, \d+ differs, 0 could not be asked", done.stderr)
    assert "docs/first-live-run.md" in done.stderr
    assert TOKEN not in done.stdout + done.stderr


def test_the_survey_as_json_and_a_broken_contract(live: Cit, portal: FakePortal, city: Dataset) -> None:
    portal.dataset = portal.dataset.renamed("disposition", "outcome")
    portal.misbehave("403", on="group", times=2)
    done = live("doctor", "--source", "--json")
    assert done.returncode == 1
    found = json.loads(done.stdout)
    findings = {finding["name"]: finding for finding in found["findings"]}
    assert findings["columns"]["verdict"] == "differs"
    assert findings["labels_disposition"]["reason"] == "the portal has no column `disposition`"
    assert found["verdicts"]["could not be asked"] == 3
    ids = {f'"{value.strip()}"' for value in city.table.column("officer_id").to_pylist() if value}
    assert not [officer for officer in ids if officer in done.stdout]
    assert "Traceback" not in done.stderr


def test_as_assumed_ends_with_zero(live: Cit, portal: FakePortal, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is there is what is assumed, once the bounds are those of a small city."""
    from typer.testing import CliRunner

    from cit_platform.cli import app
    from cit_platform.sources.socrata import assumptions

    printed = in_state(portal.dataset, "2026-07")
    days = ["2015-05-15T00:00:00.000", *printed.table.column("reported_date").to_pylist()[1:]]
    answers = zip(days, printed.table.column("cit_certified_indicator").to_pylist(), strict=True)
    values = {
        "reported_date": days,
        "initial_call_type": ["TRESPASS"] * printed.n_rows,
        "officer_race": ["White"] * printed.n_rows,
        "cit_certified_indicator": ["N" if day < "2016" else answer for day, answer in answers],
    }
    table = printed.table
    for name, column in values.items():
        table = table.set_column(table.schema.get_field_index(name), name, [column])
    portal.dataset = replace(printed, table=table)
    monkeypatch.setattr(assumptions, "FEWEST_ROWS", 1)
    for name, value in live.environment().items():
        monkeypatch.setenv(name, value)
    done = CliRunner().invoke(app, ["doctor", "--source", "--json"])
    found = json.loads(done.stdout)
    assert {f["name"]: f["found"] for f in found["findings"] if f["verdict"] != "as assumed"} == {}
    assert done.exit_code == 0


def test_a_portal_that_is_down_is_said_plainly(live: Cit, portal: FakePortal) -> None:
    portal.misbehave("500", on="any", times=999)
    message = live.refused("doctor", "--source", "--json")
    assert "could not be read from any address of CIT_SOCRATA_URL" in message
    assert "again in" not in message


def test_a_refused_token_is_not_repeated(live: Cit) -> None:
    message = live.refused("doctor", "--source", SOCRATA_APP_TOKEN="another-Secret-Token")
    assert "Correct SOCRATA_APP_TOKEN" in message
    assert "another-Secret-Token" not in message


def test_only_the_live_source_is_surveyed(cit: Cit) -> None:
    assert "CIT_SOURCE is demo: there is no portal to survey" in cit.refused("doctor", "--source")


@pytest.mark.parametrize("options", [("--source", "--labels"), ("--labels", "--json")])
def test_options_that_do_not_go_together(options: tuple[str, ...], cit: Cit) -> None:
    assert cit("doctor", *options).returncode == 2


def test_unknown_labels_as_lines_to_review(tmp_path: Path) -> None:
    labels: dict[str, list[str | None]] = {
        "disposition": ["Detox", "Telehealth, by / phone", "TELEHEALTH, BY/PHONE", "-", None],
        "initial_call_type": ["TRESPASS", "A CALL OF A NEW KIND", None, "SUICIDE - NEW", "-"],
    }
    done = holding(tmp_path / "home", labels)("doctor", "--labels")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "# disposition: lines for codebook/seattle/dispositions.csv",
        '"TELEHEALTH, BY/PHONE",,,,TO REVIEW: 2 records.',
        "# initial_call_type: lines for codebook/seattle/call_types.csv",
        "198,exact,A CALL OF A NEW KIND,,,,,TO REVIEW: 1 records.",
    ]
    assert "2 labels wait for review" in done.stderr


def test_no_unknown_label_is_a_message_only(tmp_path: Path) -> None:
    done = holding(tmp_path / "home", {"disposition": ["Detox", None], "initial_call_type": ["TRESPASS", "-"]})(
        "doctor", "--labels"
    )
    assert (done.returncode, done.stdout) == (0, "")
    assert "The codebook knows every label of raw/records" in done.stderr


def test_labels_of_an_empty_home_are_refused(cit: Cit) -> None:
    assert "raw/records does not exist yet" in cit.refused("doctor", "--labels")
