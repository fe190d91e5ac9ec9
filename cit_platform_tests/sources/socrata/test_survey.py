"""The survey of the live source: every question answered or excused, whatever the portal holds, says or does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cit_platform.codebook.vocabulary import WITHHELD, vocabulary_of
from cit_platform.settings import REPOSITORY
from cit_platform.sources.refused import SourceError
from cit_platform.sources.socrata.assumptions import ASSUMPTIONS, TEXT_FIELDS
from cit_platform.sources.socrata.limits import SURVEY_LIMITS, Limits
from cit_platform.sources.socrata.questions import QUESTIONS
from cit_platform.sources.socrata.source import SocrataSource
from cit_platform.sources.socrata.survey import Survey, SurveyLine, survey
from cit_platform_tests.portal import soql
from cit_platform_tests.portal.dataset import Dataset, PortalColumn
from cit_platform_tests.portal.server import DATASET_ID, FakePortal
from cit_platform_tests.portal.states import in_state
from cit_platform_tests.sources.socrata.conftest import QUICK, TOKEN
from cit_platform_tests.sources.socrata.test_faults import closed_port

TODAY = date(2026, 3, 1)
DESCRIBED = ("address", "columns", "types", "licence", "last_update", "requested")
COUNTED = {name for name in ASSUMPTIONS if name not in DESCRIBED}
Surveyed = Callable[..., Survey]


@pytest.fixture(scope="module")
def city() -> Dataset:
    """A small city that holds everything the survey asks for, as the portal prints it today."""
    return in_state(Dataset.of_city(TODAY, 3_000), "2026-07")


@pytest.fixture
def portal(city: Dataset) -> Iterator[FakePortal]:
    with FakePortal(city, tokens=(TOKEN,)) as served:
        yield served


@pytest.fixture
def surveyed(portal: FakePortal) -> Surveyed:
    def ask(token: str | None = None, urls: tuple[str, ...] = (), **limits: float) -> Survey:
        chosen = replace(QUICK, **limits)  # type: ignore[arg-type]
        source = SocrataSource(urls or (portal.url,), DATASET_ID, token, chosen)
        return survey(source, vocabulary_of("seattle"), TODAY)

    return ask


def by_name(found: Survey) -> dict[str, SurveyLine]:
    return {finding.name: finding for finding in found.findings}


def named(found: Survey, verdict: str) -> set[str]:
    return {finding.name for finding in found.findings if finding.verdict == verdict}


def text_of(found: Survey) -> str:
    return json.dumps(found.as_json(), ensure_ascii=False)


def with_column(dataset: Dataset, name: str, values: list[str | None]) -> Dataset:
    place = dataset.table.schema.get_field_index(name)
    return replace(dataset, table=dataset.table.set_column(place, name, pa.array(values, pa.string())))


def in_place_of(dataset: Dataset, name: str, source: str) -> Dataset:
    """The portal shows another field under a column's name."""
    return replace(dataset, columns=tuple(replace(c, source=source) if c.field == name else c for c in dataset.columns))


# --- What it finds ---


@pytest.mark.parametrize(("token", "interface"), [(None, "SODA 2.1"), (TOKEN, "SODA 3")], ids=["soda2", "soda3"])
def test_the_real_sample(
    token: str | None, interface: str, sample: Path, portal: FakePortal, surveyed: Surveyed
) -> None:
    portal.dataset = Dataset.of_file(sample)
    found = surveyed(token)
    assert found.interface == interface
    assert named(found, "differs") == {
        *("rows", "rows_per_mark43_template", "report_dates", "labels_final_call_type"),
        *("birth_dates", "officer_ids", "requested"),
    }
    assert named(found, "could not be asked") == set()
    findings = by_name(found)
    assert findings["rows_per_template"].found == "1,000 rows of 982 templates, 1.018 each"
    assert findings["report_dates"].found == "2015-05-15T00:00:00 to 2018-09-09T00:00:00"
    assert findings["experience"].found == "-5 to 84; 5.9% are -1; 3.0% others outside 0 to 45"
    assert findings["requested"].found == "a value in 1,000 of 1,000 rows; as dispatched in 1,000 of them"
    assert findings["certification_2015"].verdict == "as assumed"
    dispositions = {value.value: value.n_rows for value in findings["labels_disposition"].values}
    assert dispositions["Emergent Detention / ITA"] == 226
    assert sum(dispositions.values()) == 1000
    assert "page" not in {asked.kind for asked in portal.asked}


def test_the_demonstration_city_as_it_is_printed_today(surveyed: Surveyed) -> None:
    found = surveyed()
    # The city is small, speaks one call type that nobody reviewed yet, and races by the labels of 2025.
    small_or_new = {"rows", "report_dates", "labels_initial_call_type", "labels_officer_race", "certification_2015"}
    assert named(found, "differs") <= small_or_new
    assert [finding.name for finding in found.findings] == list(ASSUMPTIONS)
    assert found.counts()["could not be asked"] == 0
    assert not found.is_as_assumed
    findings = by_name(found)
    assert findings["columns"].found.endswith("absent, and needed by no headline: cit_officer_requested")
    assert findings["requested"].found == "there is no such column"
    assert "2 calendar_date" in findings["types"].found


OTHERWISE = {
    "2018": {"labels_final_call_type", "requested"},
    "2020": {"labels_final_call_type", "requested", "birth_dates", "officer_ids"},
    "2022": {"labels_final_call_type", "requested", "report_times"},
    "2025-04": {"requested"},
    "2026-07": set(),
}


@pytest.mark.parametrize("state", OTHERWISE)
def test_what_differs_in_earlier_states(state: str, portal: FakePortal, surveyed: Surveyed) -> None:
    portal.dataset = in_state(Dataset.of_city(TODAY, 3_000), state)
    looked_at = {*("columns", "types", "birth_dates", "officer_ids", "requested", "report_times")}
    found = surveyed()
    assert named(found, "differs") & {*looked_at, "labels_final_call_type"} == OTHERWISE[state]
    assert named(found, "could not be asked") == set()
    if state == "2022":
        assert "a clock of 12 hours without AM and PM" in by_name(found)["report_times"].found


@pytest.mark.parametrize("field", [*TEXT_FIELDS, "reported_time", "officer_years_of_experience", "officer_id"])
def test_no_line_says_as_assumed_of_an_empty_column(field: str, portal: FakePortal, surveyed: Surveyed) -> None:
    portal.dataset = with_column(portal.dataset, field, [None] * portal.dataset.n_rows)
    names = {"reported_time": "report_times", "officer_years_of_experience": "experience", "officer_id": "officer_ids"}
    finding = by_name(surveyed())[names.get(field, f"labels_{field}")]
    assert finding.verdict != "as assumed"


@pytest.mark.parametrize("empty", [None, "-", ""])
def test_a_requested_column_that_is_there_but_empty_is_as_assumed(
    empty: str | None, portal: FakePortal, surveyed: Surveyed
) -> None:
    city = in_state(Dataset.of_city(TODAY, 3_000), "2025-04")
    portal.dataset = with_column(city, "cit_officer_requested", [empty] * city.n_rows)
    finding = by_name(surveyed())["requested"]
    assert (finding.verdict, finding.found) == ("as assumed", f"no value in any of {city.n_rows:,} rows")


def test_a_value_that_cannot_be_read_is_shown_unless_it_may_be_private(portal: FakePortal, surveyed: Surveyed) -> None:
    n = portal.dataset.n_rows
    times = ["noon"] * 9 + ["1985-03-09"] * 8 + ["08:00:00", "22:00:00"] * n
    years = ["13.0"] * (n - 5) + ["thirteen"] * 5
    changed = with_column(portal.dataset, "reported_time", times[:n])
    portal.dataset = with_column(changed, "officer_years_of_experience", [*years]).retyped(
        "officer_years_of_experience", "text"
    )
    findings = by_name(surveyed())
    assert "not read: “noon” (9), “9999-99-99” (8)" in findings["report_times"].found
    assert "13 to 13" in findings["experience"].found
    assert "not read: “thirteen” (5)" in findings["experience"].found
    assert "1985-03-09" not in text_of(surveyed())


def test_report_days_of_another_order_are_shown_by_their_shape(portal: FakePortal, surveyed: Surveyed) -> None:
    days = ["05/15/2015"] * portal.dataset.n_rows
    portal.dataset = with_column(portal.dataset, "reported_date", [*days]).retyped("reported_date", "text")
    assert by_name(surveyed())["report_dates"].reason == "the portal gives “99/99/9999” where a date belongs"


def test_labels_that_the_codebook_lacks_are_named_with_their_count(portal: FakePortal, surveyed: Surveyed) -> None:
    labels = portal.dataset.table.column("disposition").to_pylist()
    portal.dataset = with_column(portal.dataset, "disposition", ["Telehealth / Visit"] * 7 + labels[7:])
    finding = by_name(surveyed())["labels_disposition"]
    assert finding.verdict == "differs"
    assert "not in the codebook: “Telehealth / Visit” (7)" in finding.found
    assert [value.n_rows for value in finding.values if value.known is False] == [7]


def test_rows_that_keep_their_own_time_of_update(portal: FakePortal, surveyed: Surveyed) -> None:
    portal.dataset = replace(portal.dataset, untouched=100)
    assert by_name(surveyed())["row_updates"].verdict == "differs"


def test_certification_that_never_varies_or_runs_backwards(portal: FakePortal, surveyed: Surveyed) -> None:
    n = portal.dataset.n_rows
    dates = portal.dataset.table.column("reported_date").to_pylist()
    always = with_column(portal.dataset, "cit_certified_indicator", ["N"] * n)
    portal.dataset = always
    findings = by_name(surveyed())
    assert findings["certification_varies"].verdict == "differs"
    assert findings["certification_order"].verdict == "could not be asked"
    backwards: list[str | None] = ["Y" if str(day) < "2020" else "N" for day in dates]
    portal.dataset = with_column(portal.dataset, "cit_certified_indicator", backwards)
    findings = by_name(surveyed())
    assert findings["certification_varies"].verdict == "as assumed"
    assert findings["certification_order"].verdict == "differs"


# --- Nothing private ---


def test_no_officer_and_no_birth_date_is_in_it(portal: FakePortal, surveyed: Surveyed) -> None:
    ids = [f"98{number % 50:04}" for number in range(portal.dataset.n_rows)]
    births = [f"19{60 + number % 30}-12-{number % 28 + 1:02}T00:00:00" for number in range(portal.dataset.n_rows)]
    portal.dataset = with_column(with_column(portal.dataset, "officer_id", [*ids]), "officer_year_of_birth", [*births])
    text = text_of(surveyed())
    assert not [number for number in set(ids) if number in text]
    assert not [birth for birth in set(births) if birth[:10] in text]


def test_numbers_and_dates_in_the_wrong_column_are_withheld(portal: FakePortal, surveyed: Surveyed) -> None:
    columns = (*TEXT_FIELDS, "officer_years_of_experience", "reported_time")
    private: set[str] = set()
    for number, column in enumerate(columns):
        source = ("officer_id", "officer_year_of_birth")[number % 2]
        private |= {str(value).strip() for value in portal.dataset.table.column(source).to_pylist()}
        portal.dataset = in_place_of(portal.dataset, column, source)
    found = surveyed()
    findings = by_name(found)
    assert {value.value for value in findings["labels_officer_race"].values} == {WITHHELD}
    assert findings["report_times"].verdict == "differs"
    assert findings["experience"].reason == "no row gives years of experience as a whole number"
    printed = set(re.findall(r'[“"]([^“”"]*)[”"]', text_of(found)))
    assert not printed & private
    assert not re.search(r"\b19\d\d-", text_of(found))


# --- A broken contract ---


def test_a_renamed_column(portal: FakePortal, surveyed: Surveyed) -> None:
    portal.dataset = portal.dataset.renamed("disposition", "outcome").renamed("officer_id", "officer")
    found = surveyed()
    findings = by_name(found)
    assert "missing: disposition, officer_id; unknown: outcome, officer" in findings["columns"].found.replace(
        "missing: officer_id, disposition", "missing: disposition, officer_id"
    )
    assert findings["labels_disposition"].reason == "the portal has no column `disposition`"
    assert named(found, "could not be asked") == {
        *("labels_disposition", "officer_ids", "certification_varies", "certification_order")
    }


def test_the_later_name_of_the_time_column(portal: FakePortal, surveyed: Surveyed) -> None:
    portal.dataset = portal.dataset.with_hour()
    findings = by_name(surveyed())
    assert findings["columns"].verdict == "as assumed"
    assert findings["report_times"].found.startswith("reported_hour: 100.0% as time or hour")


def test_unknown_columns_are_named_and_not_read(portal: FakePortal, surveyed: Surveyed) -> None:
    added = PortalColumn("officer_id", "officer_name", "Officer Name", "text")
    portal.dataset = replace(portal.dataset, columns=(*portal.dataset.columns, added))
    finding = by_name(surveyed())["columns"]
    assert finding.verdict == "differs"
    assert "; unknown: officer_name" in finding.found
    assert not [asked for asked in portal.asked if "officer_name" in asked.path]


def test_a_changed_type(portal: FakePortal, surveyed: Surveyed) -> None:
    portal.dataset = portal.dataset.retyped("template_id", "url").retyped("beat", "location")
    found = surveyed()
    assert by_name(found)["types"].verdict == "differs"
    assert "not read: template_id url, beat location" in by_name(found)["types"].found
    assert named(found, "could not be asked") == {"rows_per_legacy_template", "rows_per_mark43_template"}


def test_other_terms(portal: FakePortal, surveyed: Surveyed) -> None:
    portal.dataset = replace(portal.dataset, about={"license": {"name": "All rights \x1b[31mreserved"}})
    finding = by_name(surveyed())["licence"]
    assert (finding.found, finding.verdict) == ("All rights [31mreserved", "differs")


# --- A portal that says less ---


def test_without_metadata_the_header_names_the_columns(portal: FakePortal, surveyed: Surveyed) -> None:
    portal.ways.remove("metadata")
    portal.dataset = portal.dataset.renamed("precinct", "district")
    found = surveyed()
    assert "missing: precinct; unknown: district" in by_name(found)["columns"].found
    assert named(found, "could not be asked") == {"types", "licence", "last_update", "labels_precinct"}


def test_soda3_alone(portal: FakePortal, surveyed: Surveyed) -> None:
    portal.ways = {"soda3"}
    found = surveyed(TOKEN)
    # A column that is gone is told from one that is empty by the description alone.
    assert named(found, "could not be asked") == {"columns", "types", "licence", "last_update", "requested"}


@pytest.mark.parametrize("token", [None, TOKEN], ids=["soda2", "soda3"])
def test_without_aggregates_only_rows_are_counted(token: str | None, portal: FakePortal, surveyed: Surveyed) -> None:
    portal.aggregates = False
    found = surveyed(token)
    assert named(found, "could not be asked") == COUNTED - {"rows", "interface"}
    assert "Aggregates are not available" in by_name(found)["labels_sector"].reason


def test_the_bulk_csv_alone(portal: FakePortal, surveyed: Surveyed) -> None:
    portal.ways = {"bulk", "metadata"}
    found = surveyed()
    assert named(found, "could not be asked") == COUNTED
    assert by_name(found)["columns"].verdict == "as assumed"
    assert found.interface == ""


# --- A portal on a bad day ---


def test_an_address_that_is_dead_is_said(portal: FakePortal, surveyed: Surveyed) -> None:
    dead = f"http://127.0.0.1:{closed_port()}"
    found = surveyed(urls=(dead, portal.url), attempts=1)
    assert found.address == portal.url
    assert by_name(found)["address"].verdict == "differs"
    assert "no connection" in by_name(found)["address"].found


FAULTS = ("500", "403", "404", "429", "html", "truncated", "reset", "redirect")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_portal_that_only_misbehaves_is_refused_plainly(fault: str, portal: FakePortal, surveyed: Surveyed) -> None:
    portal.misbehave(fault, on="any", times=999)
    with pytest.raises(SourceError) as refused:
        surveyed(attempts=1)
    assert "\n" not in str(refused.value)
    assert "could not be read from any address of CIT_SOCRATA_URL" in str(refused.value)


@pytest.mark.parametrize("fault", ["silent", "gzip bomb", "drip"])
def test_a_portal_that_takes_its_time_is_given_up(fault: str, portal: FakePortal, surveyed: Surveyed) -> None:
    portal.pause = 0.3
    portal.misbehave(fault, on="any", times=999)
    with pytest.raises(SourceError):
        surveyed(attempts=1, silent_seconds=0.5, total_seconds=20.0)


@pytest.mark.parametrize("fault", ["html", "403", "gzip bomb"])
def test_questions_that_fail_are_excused_and_the_others_asked(
    fault: str, portal: FakePortal, surveyed: Surveyed
) -> None:
    portal.misbehave(fault, on="group", times=999)
    found = surveyed(attempts=1)
    grouped = {f"labels_{field}" for field in TEXT_FIELDS} | {
        *("report_times", "experience", "birth_dates", "officer_ids"),
        *("certification_2015", "certification_varies", "certification_order"),
    }
    assert named(found, "could not be asked") == grouped
    assert all(len(finding.reason) <= 300 for finding in found.findings)


def test_a_fault_that_passes_is_asked_again(portal: FakePortal, surveyed: Surveyed) -> None:
    # One only: a survey asks four questions at once, each twice at most.
    portal.misbehave("503", on="group")
    assert surveyed(attempts=5).counts()["could not be asked"] == 0


def test_time_that_runs_out_excuses_the_rest(portal: FakePortal, surveyed: Surveyed) -> None:
    portal.misbehave("silent", on="group", times=999)
    found = surveyed(attempts=1, total_seconds=5.0)
    assert by_name(found)["columns"].verdict == "as assumed"
    assert "was not read within 5 s" in {f.name: f.reason for f in found.findings}["certification_order"]


def test_a_refused_token_is_said_and_not_repeated(portal: FakePortal, surveyed: Surveyed) -> None:
    portal.tokens = ()
    with pytest.raises(SourceError, match="SOCRATA_APP_TOKEN") as refused:
        surveyed(TOKEN)
    assert TOKEN not in str(refused.value)


def test_no_token_is_in_it(portal: FakePortal, surveyed: Surveyed) -> None:
    assert TOKEN not in text_of(surveyed(TOKEN))


ODD = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.lists(st.integers(), max_size=2)
)
NAMES = ("n_rows", "n_templates", "earliest", "latest", "officer_id", "disposition", "officer_years_of_experience")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.dictionaries(st.sampled_from(NAMES), ODD, max_size=5), max_size=3))
def test_any_answer_is_reported_or_excused(
    rows: list[dict[str, Any]], portal: FakePortal, surveyed: Surveyed, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = soql.answer

    def odd(dataset: Dataset, query: soql.Query) -> list[dict[str, Any]]:
        return counted(dataset, query) if query.select == "count(*) as n_rows" else rows

    with monkeypatch.context() as patch:
        patch.setattr(soql, "answer", odd)
        found = surveyed(attempts=1)
    assert len(found.findings) == len(ASSUMPTIONS)
    json.loads(text_of(found))


# --- What others rely on ---


def test_the_layout_of_the_json_stays(surveyed: Surveyed) -> None:
    found = json.loads(text_of(surveyed()))
    assert list(found) == ["dataset", "address", "interface", "asked_at", "findings", "verdicts"]
    assert list(found["verdicts"]) == ["as assumed", "differs", "could not be asked"]
    for finding in found["findings"]:
        assert list(finding) == ["name", "question", "assumed", "basis", "found", "verdict", "reason", "values"]
        assert all(list(value) == ["value", "n_rows", "known"] for value in finding["values"])
        assert (finding["found"] == "") == (finding["verdict"] == "could not be asked")


def test_every_assumption_has_its_question_and_its_paragraph_in_the_guide() -> None:
    assert [question.name for question in QUESTIONS] == list(ASSUMPTIONS)
    guide = (REPOSITORY / "docs" / "first-live-run.md").read_text(encoding="utf-8")
    names = {"labels_<field>" if name.startswith("labels_") else name for name in ASSUMPTIONS}
    assert [name for name in sorted(names) if f"`{name}`" not in guide] == []


def test_it_ends_within_a_minute() -> None:
    assert SURVEY_LIMITS.total_seconds + SURVEY_LIMITS.silent_seconds < 60
    assert Limits().within(SURVEY_LIMITS).total_seconds == SURVEY_LIMITS.total_seconds
