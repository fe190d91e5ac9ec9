"""The words of page and documents: none of the reviewed list, and no harder than the tenth school year."""

import re

import pytest

from cit_platform.codebook.words import words_of
from cit_platform.publishing.parts.terms import terms
from cit_platform_tests.conftest import REPOSITORY
from cit_platform_tests.publishing.conftest import TRUTHS, reports, tables_under
from cit_platform_tests.publishing.language import banned_in_prose, banned_words, listed_words
from cit_platform_tests.publishing.reading_grade import grade, syllables
from cit_platform_tests.publishing.test_front import top

DOCUMENTS = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
TEMPLATES = sorted((REPOSITORY / "cit_platform" / "publishing" / "templates").glob("*.html"))
# Ninth to tenth school year.
HARDEST = 10.0


@pytest.mark.parametrize("row", listed_words(), ids=lambda row: row["pattern"])
def test_every_word_of_the_list_has_a_reason_and_another_word(row: dict[str, str]) -> None:
    assert row["why"]
    assert row["instead"]
    assert row["scope"] in ("page", "everywhere")
    assert not re.fullmatch(row["pattern"], row["instead"])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_no_document_says_that_certification_does_something(document: object) -> None:
    assert banned_in_prose(document.read_text(encoding="utf-8")) == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_standing_texts_use_no_word_of_the_list(template: object) -> None:
    text = re.sub(r"<[^>]*>|\{[%{].*?[%}]\}", " ", template.read_text(encoding="utf-8"))  # type: ignore[attr-defined]
    assert banned_words(text) == []


def test_words_and_terms_of_the_codebook_use_no_word_of_the_list() -> None:
    words = [text for kind in words_of("seattle").values() for text in kind.values()]
    assert {text for text in [*words, *(term.meaning for term in terms())] if banned_words(text)} == set()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Certification lowers force.", ["Certification lowers"]),
        ("The training also\nreduced arrests.", ["The training also reduced"]),
        ("Certified officers are less likely to arrest.", ["less likely"]),
        ("What lowers the night's load raises no alert; `certification lowers force` is a name.", []),
        ("Certification is associated with fewer arrests.", []),
    ],
)
def test_the_reader_of_documents_can_fail(text: str, found: list[str]) -> None:
    assert banned_in_prose(text) == found


@pytest.mark.parametrize("truth", TRUTHS)
def test_the_first_screen_is_read_in_the_tenth_school_year(truth: str) -> None:
    assert grade(" ".join(words for words, _ in top(truth).sentences)) <= HARDEST


@pytest.mark.parametrize("truth", TRUTHS)
def test_every_answer_is_read_in_the_tenth_school_year(truth: str) -> None:
    grades = {
        finding.key: grade(finding.sentence)
        for found in reports(tables_under(truth)).values()
        for finding in found.findings
    }
    assert {key: round(found, 1) for key, found in grades.items() if found > HARDEST} == {}


def test_the_grade_is_that_of_the_formula() -> None:
    # 0.39 x 6 words in 1 sentence + 11.8 x 6 syllables in 6 words - 15.59.
    assert grade("The cat sat on the mat.") == pytest.approx(0.39 * 6 + 11.8 - 15.59)
    counted = {
        "reports": 2,
        "arrest": 2,
        "used": 1,
        "people": 2,
        "little": 2,
        "involved": 2,
        "recorded": 3,
        "police": 2,
    }
    assert {word: syllables(word) for word in counted} == counted
    assert grade("Notwithstanding multidimensional operationalisation, heterogeneity predominates.") > HARDEST
