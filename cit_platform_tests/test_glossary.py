"""One thing has one word: the words that the glossary says to avoid stand nowhere."""

import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from cit_platform.contracts import TABLES
from cit_platform.publishing.parts.terms import terms
from cit_platform.settings import REPOSITORY

GLOSSARY = REPOSITORY / "docs" / "glossary.md"
KINDS = ("*.py", "*.sql", "*.csv", "*.toml", "*.html", "*.css", "*.js")
# The words of the page's standing texts and of the codebook are words of the project; those of the source are not.
SOURCE_LABELS = (
    "calibration.csv",
    "call_types.csv",
    "dispositions.csv",
    "source_labels.csv",
    "call_types_reviewed.csv",
)
READ = [
    path
    for folder in ("cit_platform", "cit_platform_tests", "benchmarks")
    for kind in KINDS
    for path in sorted((REPOSITORY / folder).rglob(kind))
    if path.name not in SOURCE_LABELS and path != Path(__file__)
]
PAGES = [*sorted((REPOSITORY / "docs").glob("*.md")), REPOSITORY / "README.md", REPOSITORY / "Makefile"]
# Names that others rely on stay.
PUBLISHED = {column.name for table in TABLES.values() for column in table.columns}


def entries(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each word of the glossary with those to avoid for it."""
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and len(cells) == 3 and cells[0] != "word":
            yield cells[0], [word.strip() for word in cells[2].split(",") if word.strip()]


def phrase_pattern(avoided: str) -> re.Pattern[str]:
    """A phrase in running text or snake case, whatever its capitals; its last word may be plural."""
    return re.compile(rf"(?<![A-Za-z]){'[ _]'.join(map(re.escape, avoided.split()))}s?(?![A-Za-z])", re.IGNORECASE)


@cache
def name_pattern(avoided: str) -> re.Pattern[str]:
    """Words as a part of a name in snake case or camel case."""
    words = re.split("[ _]", avoided)
    camel = "".join(word.capitalize() for word in words)
    return re.compile(rf"(?<![A-Za-z])(?i:{'_'.join(words)})s?(?![A-Za-z])|(?<![A-Z]){camel}s?(?![a-z])")


def is_in_name(avoided: str, name: str) -> bool:
    """Whether a name holds a word to avoid, other than in a published name within it."""
    pattern = name_pattern(avoided)
    if not pattern.search(name):
        return False
    for published in filter(pattern.search, PUBLISHED):
        name = name.replace(published, "")
    return bool(pattern.search(name))


@cache
def names_in(path: Path) -> tuple[str, ...]:
    """The names in a Python file, without its comments and prose; in a page what is set as code."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        return tuple(set(re.findall(r"[A-Za-z_0-9]+", " ".join(re.findall(r"`([^`\n]+)`", text)))))
    if path.suffix != ".py":
        return ()
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return tuple({token.string for token in tokens if token.type == tokenize.NAME})


@cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def places(avoided: str) -> dict[str, list[str]]:
    """Where a word to avoid stands; one in backticks is to be avoided as a name only."""
    word, paths = avoided.strip("`"), [path for path in (*READ, *PAGES) if path != GLOSSARY]
    names = {path: [name for name in names_in(path) if is_in_name(word, name)] for path in paths}
    phrases = {} if avoided.startswith("`") else {path: phrase_pattern(word).findall(text_of(path)) for path in paths}
    found = {path: [*names[path], *phrases.get(path, [])] for path in paths}
    return {str(path.relative_to(REPOSITORY)): found[path] for path in paths if found[path]}


ENTRIES = list(entries(GLOSSARY.read_text(encoding="utf-8")))
AVOIDED = [(word, avoided) for word, found in ENTRIES for avoided in found]


@pytest.mark.parametrize(("word", "avoided"), AVOIDED, ids=[avoided for _, avoided in AVOIDED])
def test_a_word_to_avoid_stands_nowhere(word: str, avoided: str) -> None:
    assert places(avoided) == {}, f"say {word!r} for {avoided!r}"


def test_the_glossary_is_read() -> None:
    assert len(ENTRIES) > 30
    assert len(AVOIDED) > 15
    assert len({word for word, _ in ENTRIES}) == len(ENTRIES)


def test_the_words_of_the_page_are_those_of_its_list() -> None:
    listed = [f"| {term.name} | {term.meaning} |" for term in terms()]
    _, table = GLOSSARY.read_text(encoding="utf-8").split("| on the page | in plain words |\n|---|---|\n")
    assert table.splitlines() == listed


def test_no_word_is_to_be_said_and_to_be_avoided() -> None:
    said = {word.strip() for words, _ in ENTRIES for word in words.split(",")}
    assert said & {avoided for _, avoided in AVOIDED} == set()


@pytest.mark.parametrize("text", ["a sighting", "Sightings,", "last_sighting", "class Sighting", "SIGHTINGS = 1"])
def test_a_word_is_found_in_text_and_in_names(text: str) -> None:
    assert phrase_pattern("sighting").search(text), text


@pytest.mark.parametrize("text", ["a computing part", "computing_parts"])
def test_a_phrase_is_found_whole(text: str) -> None:
    assert phrase_pattern("computing part").search(text)
    assert not phrase_pattern("computing part").search("the part that is computing")


@pytest.mark.parametrize("text", ["oversighting", "insight", "the sight of it"])
def test_a_word_within_another_is_not_found(text: str) -> None:
    assert not phrase_pattern("sighting").search(text)
    assert not name_pattern("sighting").search(text)


@pytest.mark.parametrize(
    ("name", "is_found"),
    [("_told", True), ("told_plainly", True), ("TOLD", True), ("ToldTwice", True), ("isTold", True), ("untold", False)],
)
def test_a_word_is_found_as_a_part_of_a_name(name: str, is_found: bool) -> None:
    assert bool(name_pattern("told").search(name)) == is_found


def test_published_names_stay() -> None:
    assert not is_in_name("subject", "subject_veteran_indicator_values")
    assert is_in_name("subject", "subject_of_a_check")


def test_prose_and_comments_of_code_hold_no_names(tmp_path: Path) -> None:
    file = tmp_path / "module.py"
    file.write_text('''"""The person is told."""\n# Told twice.\ntold_twice = "told"\n''')
    assert names_in(file) == ("told_twice",)
