"""One asset alone, a re-execution from failure, and the other commands, in a home with blanks and an umlaut."""

import json
import re
import shutil
from pathlib import Path

import dagster as dg
import pytest

from cit_platform_tests.conftest import SMALL_CITY, Cit

pytestmark = pytest.mark.pipeline


@pytest.fixture
def city(small_city_home: Path, tmp_path: Path) -> Cit:
    home = tmp_path / "ein Heim für alle"
    shutil.copytree(small_city_home, home, symlinks=True)
    return Cit(home, dict(SMALL_CITY))


def test_one_asset_alone_gets_a_new_version_and_the_others_stay(city: Cit) -> None:
    before = {path: version.number for path, version in city.lake.versions().items()}
    printed = city.refreshed("--select", 'key:"features/contacts"')
    assert "features/contacts" in printed
    after = {path: version.number for path, version in city.lake.versions().items()}
    assert {path for path in after if after[path] != before[path]} == {"features/contacts"}


def test_inputs_of_two_snapshots_are_refused_by_name(city: Cit) -> None:
    city.refreshed("--select", 'key:"raw/records"', CIT_AS_OF="2026-03-02")
    before = city.state()
    message = city.refused("refresh", "--select", 'key:"clean/records"', CIT_AS_OF="2026-03-02")
    assert "descend from different snapshots" in message
    assert "clean/exclusions" in message
    assert city.state() == before


def test_an_edition_is_refused_if_a_table_or_topic_is_older_than_what_it_shows(city: Cit) -> None:
    before = city.latest.resolve()
    city.lose_a_row("models/absolute_risk")
    message = city.refused("refresh", "--select", 'key:"published/edition"')
    assert "models/interventionist_effect was computed from an older version of models/absolute_risk" in message
    while older := re.findall(r"(models/\w+) was computed from an older version", message):
        city.refreshed("--select", " or ".join(f'key:"{table}"' for table in older))
        message = city.refused("refresh", "--select", 'key:"published/edition"')
    assert "published/absolute_risk was made from another version of models/absolute_risk" in message
    outdated = re.findall(r"published/\w+(?= was made from another version)", message)
    # The verdict does not read the row that was lost: it came out as it was, and its topic is current.
    assert set(outdated) >= {"published/absolute_risk", "published/not_estimated"}
    assert "published/interventionist_effect" not in outdated
    assert city.latest.resolve() == before
    city.refreshed("--select", " or ".join(f'key:"{asset}"' for asset in (*outdated, "published/edition")))
    # A headline without its row has left its interval: built, and held for a person.
    assert city.latest.resolve() == before
    assert len(list((city.home / "published" / "held").iterdir())) == 1


def test_an_unknown_selection_names_what_there_is(city: Cit) -> None:
    message = city.refused("refresh", "--select", 'key:"clean/nothing"')
    assert "clean/nothing" in message
    assert "clean/records" in message


def refresh_job() -> dg.JobDefinition:
    from cit_platform.definitions import defs

    return defs.resolve_job_def("refresh")


def test_a_re_execution_from_failure_runs_what_failed_and_what_follows(
    city: Cit, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in city.environment(CIT_AS_OF="2026-03-03", DAGSTER_HOME=str(city.home / "dagster")).items():
        monkeypatch.setenv(name, value)
    work = city.home / "published" / "work"
    shutil.rmtree(work)
    work.write_text("in the way of the topics")
    with dg.DagsterInstance.get() as instance:
        with dg.execute_job(dg.reconstructable(refresh_job), instance, raise_on_error=False) as first:
            assert not first.success
            failed = {event.step_key for event in first.get_step_failure_events()}
        assert failed
        assert all(step.startswith("published__") for step in failed)
        work.unlink()
        options = dg.ReexecutionOptions.from_failure(first.run_id, instance)
        with dg.execute_job(dg.reconstructable(refresh_job), instance, reexecution_options=options) as second:
            assert second.success
            done = {event.step_key for event in second.get_step_success_events()}
    assert failed <= done
    assert "published__edition" in done
    assert "raw__records" not in done
    assert json.loads((city.latest / "manifest.json").read_text())["fingerprint"].count(".") == 2
    assert city.lake.version("raw/records").provenance.as_of.isoformat() == "2026-03-03"


def test_show_sql_editions_and_doctor_answer(city: Cit) -> None:
    counted = city("sql", "select count(*) as n from features.contacts").stdout.split()
    assert counted[0] == "n"
    assert int(counted[1]) == city.lake.version("features/contacts").n_rows
    assert "disposition_group" in city("show", "features/contacts", "--rows", "2").stdout
    assert city.latest.resolve().name in city("editions", "list").stdout
    assert json.loads(city("editions", "show").stdout)["edition"] == city.latest.resolve().name
    assert "would skip" in city("doctor").stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["show", "features/people"], "features/contacts"),
        (["sql", "selekt 1"], "syntax error"),
        (["editions", "show", "2001-01-01"], "cit editions list"),
    ],
)
def test_a_wrong_question_is_answered_in_a_paragraph(city: Cit, arguments: list[str], words: str) -> None:
    assert words in city.refused(*arguments)


def test_a_wrong_setting_is_one_line(city: Cit) -> None:
    assert "CIT_AS_OF=soon" in city.refused("refresh", CIT_AS_OF="soon")
