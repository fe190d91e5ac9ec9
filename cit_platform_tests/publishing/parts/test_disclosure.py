"""Officer attributes: nothing of few officers in a table, nothing on the page, nothing to be read from a note."""

import json

import pandas as pd
import pytest

from cit_platform.inference.verdict import Kind, Verdict
from cit_platform.modelling.tidy import reason_columns
from cit_platform.publishing.parts.disclosure import (
    OFFICER_ATTRIBUTES,
    WITHHELD,
    small_levels,
    without_few_officers,
    without_officer_attributes,
)
from cit_platform_tests.publishing.conftest import Tables, tables_under

LEVEL = {"column": "officer_race Asian", "absent": ["force"], "n_rows": 7}


def noted(note: str, facts: object = None) -> pd.DataFrame:
    """The absolute risks as published, with something noted of every one."""
    tables = tables_under("lower")
    tables["models/absolute_risk"]["note"] = note
    if facts is not None:
        tables["models/absolute_risk"]["reason_facts"] = json.dumps(facts)
    return without_few_officers(tables)["models/absolute_risk"]


def few(tables: Tables) -> tuple[pd.DataFrame, pd.Series]:  # type: ignore[type-arg]
    estimates = without_few_officers(tables)["models/estimates"]
    return estimates, (estimates["term"] == "officer_race") & (estimates["level"] == "Asian")


def test_a_level_of_few_officers_keeps_its_row_and_loses_its_numbers() -> None:
    tables = tables_under("lower")
    assert small_levels(tables["quality/levels"]) == {("officer_race", "Asian")}
    estimates, hit = few(tables)
    assert hit.any()
    # What gives the standard error gives the number of contacts; the number of clusters gives that of officers.
    numbers = ["estimate", "std_error", "std_error_cr1", "odds_ratio", "conf_low", "conf_high", "p_value", "statistic"]
    numbers += ["smallest_detectable", "smallest_detectable_below", "design_effect", "effective_clusters"]
    assert estimates.loc[hit, numbers].isna().all(axis=None)
    assert set(estimates.loc[hit, "note"]) == {WITHHELD}
    key = ["model", "variant", "window_end", "outcome", "term", "level"]
    before = tables["models/estimates"].sort_values(key, ignore_index=True)
    after = estimates.sort_values(key, ignore_index=True)
    others = ~((after["term"] == "officer_race") & (after["level"] == "Asian"))
    others &= ~((after["model"] == "replication") & after["term"].isin(["officer_race", "officer_gender"]))
    pd.testing.assert_frame_equal(after[others], before[others], check_dtype=False)


@pytest.mark.parametrize("path", ["models/replication", "models/estimates"])
def test_a_replication_shows_no_officer_attribute_for_its_windows_are_shorter(path: str) -> None:
    tables = tables_under("lower")
    rows = tables["models/estimates"]
    tables[path] = rows[rows["model"] == "replication"] if path == "models/replication" else rows
    shown = without_few_officers(tables)[path]
    shown = shown[shown["model"] == "replication"]
    attributes = shown["term"].isin(["officer_race", "officer_gender"])
    assert attributes.any()
    assert shown.loc[attributes, ["estimate", "std_error", "conf_low"]].isna().all(axis=None)
    assert set(shown.loc[attributes, "note"]) == {WITHHELD}
    assert shown.loc[~attributes & shown["converged"], "estimate"].notna().all()


def test_a_level_that_one_fit_could_not_hold_does_not_say_how_many_rows_it_had() -> None:
    """In the years of one fit a level of many officers can be that of one."""
    tables = tables_under("lower")
    estimates = tables["models/estimates"]
    gone = (estimates["term"] == "officer_gender") & (estimates["level"] == "F")
    why = reason_columns(Verdict(Kind.LEVEL_LEFT_OUT, {"absent": [], "n_rows": 82}))
    for name, value in {**why, "converged": False}.items():
        estimates.loc[gone, name] = value
    published = without_few_officers(tables)["models/estimates"]
    rows = published[(published["term"] == "officer_gender") & (published["level"] == "F")]
    assert set(rows["note"]) == {WITHHELD}
    assert set(rows["reason"]) == {"withheld"}
    assert set(rows["reason_facts"]) == {"[{}]"}
    assert "82" not in " ".join([*rows["note"], *rows["reason_facts"]])


@pytest.mark.parametrize(
    ("note", "published"),
    [
        (
            "officer_race Asian: level left out: no force in its 7 rows; call_risk other: level left out: no x in its "
            "31 rows",
            f"officer_race: {WITHHELD}; call_risk other: level left out: no x in its 31 rows",
        ),
        ("officer_gender Unknown: all its 82 rows are of one cluster", f"officer_gender: {WITHHELD}"),
        (
            "no jackknife: a single cluster holds all rows that tell of officer_race Black or African American (force)",
            f"no jackknife: a single cluster holds all rows that tell of officer_race: {WITHHELD}(force)",
        ),
        ("officer_gender is constant (M) and leaves the model", "officer_gender is constant (M) and leaves the model"),
        ("reference crisis was left out", "reference crisis was left out"),
        ("", ""),
    ],
)
def test_a_note_neither_names_nor_counts_a_level(note: str, published: str) -> None:
    assert set(noted(note)["note"]) == {published}


def test_neither_do_the_facts_of_a_reason() -> None:
    precinct = LEVEL | {"column": "precinct West"}
    directions = [[{"column": "officer_gender F", "outcome": "force"}], [{"column": "year 2017", "outcome": "force"}]]
    [stored] = set(noted("", [{"levels": [LEVEL, precinct]}, {"directions": directions}])["reason_facts"])
    levels, found = json.loads(stored)
    assert levels["levels"] == [{"column": "officer_race", "absent": [], "n_rows": None}, precinct]
    assert [each["column"] for [each] in found["directions"]] == ["officer_gender", "year 2017"]


def test_the_page_sees_no_row_of_an_officer_attribute() -> None:
    seen = without_officer_attributes(tables_under("lower"))
    for path, frame in seen.items():
        if "term" in frame.columns:
            assert not set(frame["term"]) & set(OFFICER_ATTRIBUTES), path
    assert set(OFFICER_ATTRIBUTES) <= set(without_few_officers(tables_under("lower"))["models/estimates"]["term"])
