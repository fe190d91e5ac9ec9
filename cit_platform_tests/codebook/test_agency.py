"""An agency's own facts and the results published about it: read whole, or refused by file."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from cit_platform import codebook
from cit_platform.codebook import CodebookError, agency
from cit_platform.codebook.agency import agency_of
from cit_platform.codebook.published_results import published_results
from cit_platform.settings import REPOSITORY, Settings


@pytest.fixture
def gotham(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of an agency whose files a test may spoil."""
    folder = tmp_path / "gotham"
    folder.mkdir()
    for file in (codebook.ROOT / "seattle").iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    monkeypatch.setattr(codebook, "ROOT", tmp_path)
    monkeypatch.setattr(agency, "ROOT", tmp_path)
    agency_of.cache_clear()
    yield folder
    agency_of.cache_clear()


def test_settings_begin_with_the_agency_s_dataset() -> None:
    settings = Settings(source="socrata")
    assert settings.socrata_dataset == agency_of("seattle").dataset.id == "i2q9-thny"
    assert settings.socrata_url == "https://cos-data.seattle.gov,https://data.seattle.gov"


def test_an_agency_without_a_codebook_is_refused_by_name() -> None:
    with pytest.raises(CodebookError, match=r"'metropolis'.*seattle"):
        agency_of("metropolis")


@pytest.mark.parametrize(
    ("line", "spoiled"),
    [
        ("first_report = 2015-05-15", ""),
        ("first_report = 2015-05-15", "first_report = 2015-05-15\nmayor = 1"),
        ('time_zone = "America/Los_Angeles"', 'time_zone = "Gotham/Island"'),
        ('time_zone = "America/Los_Angeles"', "time_zone = 5"),
        ("[dataset]", "[dataset"),
        ('id = "i2q9-thny"', ""),
        ('days = "month/day/year"', 'days = "year of our lord"'),
    ],
)
def test_a_spoiled_file_is_refused_with_its_agency(gotham: Path, line: str, spoiled: str) -> None:
    file = gotham / "agency.toml"
    assert agency_of("gotham").display_name == "Seattle"
    agency_of.cache_clear()
    file.write_text(file.read_text(encoding="utf-8").replace(line, spoiled), encoding="utf-8")
    with pytest.raises(CodebookError, match=r"agency\.toml of the codebook gotham"):
        agency_of("gotham")


def test_published_results_have_a_window_a_number_and_a_source() -> None:
    results = published_results("seattle")
    assert results
    assert all(result.window[0] < result.window[1] for result in results)
    assert all(result.odds_ratio > 0 and result.source for result in results)
    assert [(r.p_value, r.window[1]) for r in results if (r.outcome, r.term) == ("force", "cit_certified")] == [
        (0.027, date(2025, 12, 31))
    ]


def test_a_published_number_that_is_none_is_refused(gotham: Path) -> None:
    file = gotham / "published_results.csv"
    file.write_text(file.read_text(encoding="utf-8").replace(",1.13,", ",about 1,"), encoding="utf-8")
    with pytest.raises(CodebookError, match=r"published_results\.csv"):
        published_results("gotham")


def test_facts_of_seattle_stand_where_they_are_named() -> None:
    package = REPOSITORY / "cit_platform"
    fact = re.compile(r"""["']seattle["']|Los_Angeles|2015, 5, 15|["']i2q9|seattle\.gov,|2\*\*31|2147483647""")
    files = [file for kind in ("*.py", "*.sql", "*.toml", "*.html") for file in package.rglob(kind)]
    found = {file.relative_to(package).as_posix() for file in files if fact.search(file.read_text(encoding="utf-8"))}
    demonstration = {name for name in found if name.startswith("sources/demo/")}
    assert found - demonstration == {
        "codebook/agency.py",
        "codebook/seattle/agency.toml",
        # The windows of the publication that is replicated.
        "studies/replication.py",
        "studies/protocol/protocol.toml",
    }
