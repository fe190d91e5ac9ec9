"""The fields of the source as their codebook has them: kinds, types, placeholders, and which a headline needs."""

from cit_platform.codebook.fields import ANSWERS, source_fields
from cit_platform_tests.transforms.engine import in_canonical_text

FIELDS = source_fields("seattle")
KINDS = {
    *("identifier", "date", "time", "timestamp", "officer", "birth", "integer"),
    *("indicator", "label", "text"),
}


def test_placeholders_are_canonical_text_in_capitals() -> None:
    listed = [(field.name, text) for field in FIELDS for text in field.placeholders]
    found = in_canonical_text([{name: text} for name, text in listed])
    assert [(name, row[name]) for (name, _), row in zip(listed, found, strict=True)] == listed
    assert all(text == text.upper() and "|" not in text for _, text in listed)


def test_every_field_has_a_kind_and_types_that_are_read() -> None:
    assert {field.kind for field in FIELDS} == KINDS
    types = {kind for field in FIELDS for kind in field.portal_types}
    assert types == {"text", "number", "calendar_date", "checkbox"}
    assert next(field for field in FIELDS if field.name == "reported_date").portal_types == ("text", "calendar_date")


def test_names_and_headers_are_distinguished_by_their_letters() -> None:
    keys = [{_letters(field.name), _letters(field.display_name)} for field in FIELDS]
    assert len(set().union(*keys)) == sum(map(len, keys))


def _letters(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def test_the_results_need_what_defines_a_contact_its_outcome_and_its_predictors() -> None:
    needed = {field.name for field in FIELDS if field.is_needed}
    assert {"template_id", "reported_date", "use_of_force_indicator", "cit_certified_indicator"} <= needed
    assert not needed & {"cit_officer_requested", "reported_time", "officer_year_of_birth", "final_call_type"}


def test_ids_and_births_are_private() -> None:
    private = {field.name for field in FIELDS if field.is_private}
    assert private == {"template_id", "officer_id", "officer_year_of_birth"}


def test_answers_are_yes_no_and_unknown() -> None:
    assert set(ANSWERS.values()) == {1, 0, None}
    assert all(word == word.upper() for word in ANSWERS)
