"""What may change in the source without stopping it: the message says what came, what vanished, what reads anew."""

from dataclasses import replace
from typing import Any

import pytest

from cit_platform.checks.audit import CheckOutcome
from cit_platform.checks.context import ReceivedDescription
from cit_platform.checks.suites import SUITES
from cit_platform.codebook.vocabulary import vocabulary_of
from cit_platform.contracts import TABLES
from cit_platform_tests.checks.frames import LABELS, SAME_AS_BEFORE, audited, clean_frame, context

N = 20
RAW = TABLES["raw/records"]
WHOLE_SUITE = SUITES[RAW.path]


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The outcome of one check of the source's contract."""

    def outcome(name: str, received: ReceivedDescription | None = SAME_AS_BEFORE, **changed: Any) -> CheckOutcome:
        monkeypatch.setitem(SUITES, RAW.path, tuple(check for check in WHOLE_SUITE if check.name == name))
        circumstances = context(RAW.path, N, description=replace(received, **changed) if received else None)
        (found,) = audited(RAW.path, clean_frame(RAW.path, N), circumstances)
        return found

    return outcome


@pytest.mark.parametrize("source", ["vocabulary_known", "vocabulary_change", "description_change"])
def test_each_warns_and_never_blocks(source: str, found: Any) -> None:
    assert found(source).status == "passed"
    unknown = found(source, received=None)
    assert (unknown.status, unknown.severity, unknown.blocks) == ("errored", "WARN", False)


def test_a_label_that_the_codebook_lacks_is_named(found: Any) -> None:
    labels = LABELS | {"disposition": LABELS["disposition"] | {"TELEHEALTH VISIT"}, "precinct": frozenset({"HARBOR"})}
    outcome = found("vocabulary_known", labels=labels, labels_before=labels)
    assert (outcome.status, outcome.severity) == ("failed", "WARN")
    assert outcome.message.endswith(" disposition: TELEHEALTH VISIT; precinct: HARBOR.")
    assert found("vocabulary_change", labels=labels, labels_before=labels).status == "passed"


def test_a_family_that_a_pattern_knows_is_known(found: Any) -> None:
    labels = LABELS | {"initial_call_type": frozenset({"WELFARE CHECK OF A NEW KIND"})}
    assert found("vocabulary_known", labels=labels).status == "passed"
    labels = LABELS | {"disposition": frozenset({"WELFARE CHECK OF A NEW KIND"})}
    assert found("vocabulary_known", labels=labels).status == "failed"


def test_labels_that_came_and_vanished_are_distinguished(found: Any) -> None:
    labels = LABELS | {"sector": frozenset({"QUEEN"})}
    outcome = found("vocabulary_change", labels=labels)
    assert (outcome.status, outcome.severity) == ("failed", "WARN")
    assert outcome.message.endswith(" - sector: KING; + sector: QUEEN.")
    assert outcome.numbers["unexpected_count"] == 2
    assert found("vocabulary_known", labels=labels).status == "passed"


def test_before_the_first_snapshot_nothing_changed(found: Any) -> None:
    assert found("vocabulary_change", labels_before=None).status == "passed"
    assert found("description_change", description_before=None).status == "passed"


def test_many_differences_are_cut(found: Any) -> None:
    labels = LABELS | {"disposition": frozenset(f"LABEL {chr(65 + n % 26)}{n // 26}X {'Y' * 500}" for n in range(99))}
    outcome = found("vocabulary_known", labels=labels)
    assert "and 79 more" in outcome.message
    assert len(outcome.message) < 2500
    assert len(outcome.offending) == 20


@pytest.mark.parametrize(
    "private",
    [
        "7615",
        "1980-01-02",
        "SUICIDAL PERSON BORN IN SPRING",
        "BADGE GIVEN",
        "SGT. DOE",
        "MS DOE",
        "OFFICER JANE DOE 7615",
        "SEEN ON 1/2/80",
    ],
)
def test_a_label_like_a_number_a_date_or_a_person_blocks_and_is_not_named(private: str, found: Any) -> None:
    labels = LABELS | {"disposition": LABELS["disposition"] | {private}}
    outcome = found("labels_impersonal", labels=labels)
    assert (outcome.status, outcome.severity, outcome.blocks) == ("failed", "ERROR", True)
    assert "disposition: (" in outcome.message
    for name in ("labels_impersonal", "vocabulary_known", "vocabulary_change"):
        assert private not in found(name, labels=labels).message


@pytest.mark.parametrize(
    "new", ["OFFICER ASSIST", "DETECTIVE FOLLOW UP", "CARE TEAM 88", "MENTAL HEALTH, ADULT", "DR VISIT", "BRIDGE"]
)
def test_a_new_kind_of_call_or_ending_does_not_block(new: str, found: Any) -> None:
    labels = LABELS | {name: LABELS[name] | {new} for name in ("disposition", "initial_call_type")}
    assert found("labels_impersonal", labels=labels).status == "passed"


def test_no_label_of_the_codebook_blocks(found: Any) -> None:
    known = vocabulary_of("seattle").labels
    assert found("labels_impersonal", labels={name: known[name] for name in LABELS}).status == "passed"


@pytest.mark.parametrize("stray", ["7497", "1982-12-31T00:00:00", "7497 / 7498"])
def test_a_number_that_strayed_into_a_coded_field_is_not_repeated(stray: str, found: Any) -> None:
    outcome = found("vocabulary_known", labels=LABELS | {"officer_gender": frozenset({"M", stray})})
    assert outcome.status == "failed"
    assert "officer_gender: (a number, withheld)" in outcome.message
    assert stray not in repr(outcome)


def test_a_changed_description_shows_both_sides_without_what_they_share(found: Any) -> None:
    words = "Crisis contacts made by officers. "
    outcome = found(
        "description_change",
        description={"licence": "Public Domain", "description": words + "No longer updated. " + "See below. " * 50},
        description_before={"licence": "Public Domain", "description": words + "Updated daily. " + "See below. " * 50},
    )
    assert (outcome.status, outcome.severity) == ("failed", "WARN")
    assert "description: - “… Updated daily. …” + “… No longer updated. …”." in outcome.message
    assert outcome.offending == ("description",)


def test_items_that_came_vanished_or_are_long_are_said(found: Any) -> None:
    outcome = found("description_change", description={"description": "x" * 5000, "row label": "A contact"})
    assert "licence: - “Public Domain” + nothing" in outcome.message
    assert "row label: - nothing + “A contact”" in outcome.message
    assert f"{'x' * 150}" in outcome.message
    assert len(outcome.message) < 1000


def test_a_portal_that_stops_describing_is_said_and_a_file_is_not(found: Any) -> None:
    assert "the portal gives none any more" in found("description_change", description=None).message
    assert found("description_change", description=None).status == "failed"
    file = found("description_change", description=None, description_before=None)
    assert file.status == "passed"
    assert file.message.endswith(" no description.")
