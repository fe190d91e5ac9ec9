"""The guide to adding an agency, followed in a copy of the project: the same city under another agency's names."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cit_platform.contracts import TABLES
from cit_platform.contracts.raw import SOURCE_FIELDS
from cit_platform.storage.lake import Lake
from cit_platform_tests import northport
from cit_platform_tests.conftest import REPOSITORY, SMALL_CITY, Cit

pytestmark = [pytest.mark.pipeline, pytest.mark.timeout(900)]

GUIDE = (REPOSITORY / "docs" / "adding-an-agency.md").read_text(encoding="utf-8")
AGENCY_TOML = re.search(r"```toml [\w/.]+\n(.*?)```", GUIDE, re.DOTALL)
FIELDS = [field.name for field in SOURCE_FIELDS]
# The header of Toronto's "Persons in Crisis Calls for Service Attended", and a made-up row.
TORONTO = """\
OBJECTID,EVENT_ID,EVENT_DATE,EVENT_YEAR,EVENT_MONTH,EVENT_DOW,EVENT_HOUR,EVENT_TYPE,DIVISION,OCCURRENCE_CREATED,\
APPREHENSION_MADE,MCIT_ATTEND,HOOD_158,NEIGHBOURHOOD_158,HOOD_140,NEIGHBOURHOOD_140
1,1000001,1/5/2014 5:00:00 AM,2014,January,Sunday,3,Person in Crisis,D51,No,No,No,073,Moss Park,073,Moss Park (73)
"""
# Of our fields, what that file has.
TORONTO_HAS = {
    "template_id": "EVENT_ID",
    "occured_date_time": "EVENT_DATE",
    "initial_call_type": "EVENT_TYPE",
    "precinct": "DIVISION",
    "cit_officer_arrived": "MCIT_ATTEND",
}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with the folder of the guide."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("cit_platform", "pyproject.toml", "dagster.yaml"):
        source = REPOSITORY / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, folder / name, **({"ignore": shutil.ignore_patterns("__pycache__")} if source.is_dir() else {}))
    assert AGENCY_TOML is not None
    northport.write_codebook(folder / "cit_platform" / "codebook", AGENCY_TOML[1])
    return folder


@pytest.fixture(scope="module")
def seattle(small_city_home: Path) -> Path:
    return small_city_home


def of_northport(package: Path, folder: Path, home: Path, **more: str) -> Cit:
    """The command in the copy, with Northport's file and the pseudonym key of Seattle's home."""
    key = (home / "pseudonym.key").read_text().strip()
    settings = {
        "CIT_AGENCY": northport.NAME,
        "CIT_SOURCE": "file",
        "CIT_SOURCE_PATH": str(folder / "contacts.csv"),
        "CIT_AS_OF": SMALL_CITY["CIT_AS_OF"],
        "CIT_PSEUDONYM_KEY": key,
    }
    return Cit(folder / "home", {**settings, **more}, package)


@pytest.fixture(scope="module")
def city(package: Path, seattle: Path, tmp_path_factory: pytest.TempPathFactory) -> Cit:
    """Northport's home, refreshed from the records of the small city."""
    folder = tmp_path_factory.mktemp("northport")
    northport.write_records(Lake(seattle).frame("raw/records", FIELDS), folder / "contacts.csv")
    city = of_northport(package, folder, seattle)
    city.refreshed()
    return city


def tables_of(home: Path, schema: str) -> dict[str, pd.DataFrame]:
    lake = Lake(home)
    return {path: lake.frame(path) for path, table in TABLES.items() if table.schema == schema and lake.exists(path)}


def test_every_estimate_is_that_of_seattle(city: Cit, seattle: Path) -> None:
    ours, northports = tables_of(seattle, "models"), tables_of(city.home, "models")
    assert northports.keys() == ours.keys()
    assert len(ours) > 20
    for path, expected in ours.items():
        key = [name for name in TABLES[path].key if name != "agency"]
        found = northports[path]
        assert set(found.get("agency", ())) <= {northport.NAME}
        expected, found = (frame.sort_values(key, ignore_index=True) if key else frame for frame in (expected, found))
        assert found[key].equals(expected[key]), path
        for name in expected.select_dtypes("number").columns:
            np.testing.assert_allclose(found[name], expected[name], rtol=1e-12, atol=1e-12, err_msg=f"{path} {name}")


def test_days_are_read_as_they_were_meant(city: Cit, seattle: Path) -> None:
    days = ["template_id", "reported_date", "reported_time", "occured_date_time", "use_of_force_indicator", "beat"]
    found, expected = (Lake(home).frame("raw/records", days) for home in (city.home, seattle))
    found = found.replace({"N/A": "-"})
    assert sorted(found.itertuples(index=False)) == sorted(expected.itertuples(index=False))


def test_what_is_published_names_the_agency_and_no_other(city: Cit) -> None:
    page = (city.latest / "index.html").read_text()
    assert "<title>Crisis contacts and CIT certification: Northport</title>" in page
    assert "Open Licence 2.0" in page
    assert "laid down for another agency" in page
    kinds = {".html", ".json", ".cff", ".xml", ".csv", ".svg"}
    published = [file for file in (city.home / "published").rglob("*") if file.suffix in kinds]
    # The protocol is published as it was laid down.
    read = [file for file in published if file.parent.name != "protocol"]
    seattle = re.compile("seattle|i2q9", re.IGNORECASE)
    assert [file.name for file in read if seattle.search(file.read_text(errors="ignore"))] == []
    built = json.loads((city.latest / "manifest.json").read_text())["volatile"]["built_at"]
    assert built[-6:] in ("+02:00", "+03:00")


def test_its_estimate_is_pooled_with_seattle_s(city: Cit, seattle: Path) -> None:
    pooled = Cit(seattle)("pool", str(seattle), str(city.home))
    assert pooled.returncode == 0, pooled.stderr
    assert "Over Seattle and Northport together" in pooled.stdout
    assert "synthetic records of Seattle, not" in pooled.stdout
    [row] = (
        Lake(seattle).frame("models/force").query("variant == 'primary' and term == 'cit_certified'").to_dict("records")
    )
    assert f"odds ratio {row['odds_ratio']:.2f} (95 % interval" in pooled.stdout


def test_a_home_belongs_to_one_agency(city: Cit, seattle: Path) -> None:
    said = city.refused("refresh", CIT_AGENCY="seattle")
    assert "holds the tables of the agency 'northport', not of 'seattle'" in said
    assert "CIT_AGENCY=northport" in said
    said = city.refused("refresh", CIT_HOME=str(seattle))
    assert "holds the tables of the agency 'seattle', not of 'northport'" in said
    assert str(seattle.with_name("northport-file")) in said


def test_an_unknown_agency_is_refused_with_those_that_are_known(city: Cit) -> None:
    said = city.refused("doctor", CIT_AGENCY="southport")
    assert "CIT_AGENCY=southport" in said
    assert "northport, seattle" in said


def test_the_demonstration_is_no_other_agency_s(city: Cit) -> None:
    assert "CIT_SOURCE=demo imitates the records of seattle" in city.refused("refresh", CIT_SOURCE="demo")


def test_a_spoiled_codebook_is_refused_before_anything_is_read(package: Path, city: Cit) -> None:
    terms = package / "cit_platform" / "codebook" / "northport" / "terms.csv"
    hidden = terms.rename(terms.with_suffix(".hidden"))
    try:
        assert "northport cannot be used: it has no file terms.csv" in city.refused("refresh")
    finally:
        hidden.rename(terms)


def test_without_a_field_that_no_headline_needs_it_is_read_for_what_it_has(
    package: Path, seattle: Path, tmp_path: Path
) -> None:
    absent = ("officer_squad_desc", "cit_officer_arrived", "cit_officer_dispatched", "cit_officer_requested")
    northport.write_records(Lake(seattle).frame("raw/records", FIELDS), tmp_path / "contacts.csv", absent)
    # Nobody has published a result about it.
    copy = Path(shutil.copytree(package, tmp_path / "project"))
    results = copy / "cit_platform" / "codebook" / northport.NAME / "published_results.csv"
    results.write_text(results.read_text().splitlines()[0] + "\n")
    city = of_northport(copy, tmp_path, seattle)
    city.refreshed()
    forces = [
        frame[(frame["term"] == "cit_certified") & (frame["variant"] == "primary")]["estimate"].to_numpy()
        for frame in (Lake(home).frame("models/force") for home in (city.home, seattle))
    ]
    np.testing.assert_allclose(*forces, rtol=1e-12)
    response = Lake(city.home).frame("models/response")
    assert response["note"].notna().any()
    assert "cannot be estimated" in (city.latest / "index.html").read_text()


def test_a_field_that_a_headline_needs_is_named(package: Path, seattle: Path, tmp_path: Path) -> None:
    northport.write_records(Lake(seattle).frame("raw/records", FIELDS), tmp_path / "contacts.csv", ("officer_id",))
    assert "missing: `officer_id`" in of_northport(package, tmp_path, seattle).refused("refresh")


def test_toronto_s_file_is_refused_with_the_fields_that_it_lacks(package: Path, seattle: Path, tmp_path: Path) -> None:
    copy = tmp_path / "project"
    shutil.copytree(package, copy)
    fields = copy / "cit_platform" / "codebook" / "northport" / "fields.csv"
    frame = pd.read_csv(fields, dtype=str, keep_default_na=False)
    frame["display_name"] = [TORONTO_HAS.get(field, "") for field in frame["field"]]
    frame.to_csv(fields, index=False)
    (tmp_path / "contacts.csv").write_text(TORONTO)
    said = of_northport(copy, tmp_path, seattle).refused("refresh")
    for field in ("cit_certified_indicator", "use_of_force_indicator", "officer_id", "disposition"):
        assert f"`{field}`" in said, said
    for field in TORONTO_HAS:
        assert f"`{field}`" not in said
    assert not (tmp_path / "home" / "lake" / "raw" / "records").exists()
    other = str(tmp_path / "other")
    said = of_northport(package, tmp_path, seattle).refused("refresh", CIT_AGENCY="seattle", CIT_HOME=other)
    assert "does not begin with the header of the crisis data, but with `OBJECTID,EVENT_ID," in said
