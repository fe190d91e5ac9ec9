"""The situation: the strongest predictor is whichever it is, and certification has its place."""

from cit_platform.publishing.parts.finding import Finding
from cit_platform.publishing.topics.situation import STRONGEST
from cit_platform_tests.publishing.conftest import Tables, report, tables_under


def finding(tables: Tables) -> Finding:
    [found] = report("situation", tables).findings
    assert found.key == STRONGEST
    return found


def test_the_strongest_predictor_is_whichever_it_is() -> None:
    tables = tables_under("unclear")
    assert finding(tables).words == "Nature of the call"
    tests = tables["models/term_tests"]
    tests.loc[tests["term"] == "precinct", "lr_chi2_per_df"] = 5000.0
    after = finding(tables)
    assert (after.words, after.estimate) == ("Precinct", 5000.0)
    assert "strongest predictor of force is the precinct" in after.sentence


def test_certification_has_its_place_among_the_predictors() -> None:
    tables = tables_under("unclear")
    tests = tables["models/term_tests"]
    tests.loc[tests["term"] == "cit_certified", "lr_chi2_per_df"] = 0.0
    assert "CIT certification is number 6 of 6" in finding(tables).sentence
    tests.loc[tests["term"] == "cit_certified", "lr_chi2_per_df"] = 6000.0
    found = finding(tables)
    assert found.words == "CIT certification"
    assert "is number" not in found.sentence


def test_the_strongest_level_is_the_furthest_from_no_difference() -> None:
    sentence = finding(tables_under("unclear")).sentence
    assert "“violent or high-risk call” compared with “person in crisis”" in sentence


def test_without_a_test_it_cannot_be_estimated() -> None:
    found = finding(tables_under("cannot"))
    assert (found.direction, found.estimate) == ("cannot be estimated", None)
    tables = tables_under("lower")
    tables["models/term_tests"] = tables["models/term_tests"].iloc[:0]
    assert "the force model could not be fitted" in finding(tables).sentence
