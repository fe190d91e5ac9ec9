"""What every codebook has, because the code asks for it: the files, columns, fields and codes of Seattle's."""

import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from itertools import chain

from cit_platform.codebook import CodebookError, codebook_files, codebook_header, codebook_rows
from cit_platform.codebook.agency import DEFAULT_AGENCY, agency_of
from cit_platform.codebook.evidence import other_results
from cit_platform.codebook.fields import ANSWERS, letters_of, source_fields
from cit_platform.codebook.published_results import published_results
from cit_platform.codebook.thresholds import thresholds
from cit_platform.codebook.vocabulary import vocabulary_of

# By file and columns, rows that every codebook has and no others: the code names each of them.
SAME_ROWS = {
    "fields": ("field", "kind", "needed_by_headline"),
    "disposition_groups": ("grouping", "rank"),
    "exclusion_rules": ("rule", "removes_from"),
    "thresholds": ("name",),
}
# By file and column, where the codes of a column are listed.
KNOWN_CODES = {
    ("dispositions", "grouping"): ("disposition_groups", "grouping"),
    ("dispositions", "alternative"): ("disposition_groups", "grouping"),
    ("call_types", "kind"): ("call_types", "kind"),
    ("call_types", "call_risk"): ("call_types", "call_risk"),
    ("call_types", "published_call_risk"): ("call_types", "call_risk"),
    ("call_types", "call_class"): ("call_types", "call_class"),
    ("source_labels", "field"): ("fields", "field"),
    ("label_prefixes", "field"): ("fields", "field"),
}
# Files that may list nothing.
MAY_BE_EMPTY = ("label_prefixes", "published_results")
# Columns that a codebook may have besides.
OPTIONAL = {"source_labels": ("means",)}
GUIDE = "docs/adding-an-agency.md says what belongs there."


@cache
def check_codebook(agency: str) -> None:
    """Read everything of an agency's codebook once, as it will be read.

    Raises:
        CodebookError: A file, a column, a field or a code is missing or not known; file and name are in the message.
    """
    agency_of(agency)
    # One after the other: without its file a column cannot be looked for.
    for fault in chain(_files(agency), _columns(agency), _rows(agency), _codes(agency), _names(agency)):
        raise CodebookError(f"The codebook {agency} cannot be used: {fault}. {GUIDE}")
    try:
        for row in codebook_rows(codebook_files(agency)["periods"]):
            date.fromisoformat(row["start"])
        vocabulary_of(agency)
    except (ValueError, re.error) as error:
        raise CodebookError(f"The codebook {agency} cannot be used: {error}. {GUIDE}") from None
    for read in (thresholds, published_results, other_results):
        read(agency)


def _files(agency: str) -> Iterator[str]:
    theirs = codebook_files(agency)
    yield from (f"it has no file {name}.csv" for name in codebook_files(DEFAULT_AGENCY) if name not in theirs)


def _columns(agency: str) -> Iterator[str]:
    theirs = codebook_files(agency)
    for name, path in codebook_files(DEFAULT_AGENCY).items():
        due, found = codebook_header(path), codebook_header(theirs[name])
        yield from (f"{name}.csv has no column {column}" for column in due if column not in found)
        more = [column for column in found if column not in (*due, *OPTIONAL.get(name, ()))]
        yield from (f"{name}.csv has the column {column}, which is not read" for column in more)
        if name not in MAY_BE_EMPTY and not codebook_rows(theirs[name]):
            yield f"{name}.csv has no row"


def _rows(agency: str) -> Iterator[str]:
    for name, columns in SAME_ROWS.items():
        due, found = _cells(DEFAULT_AGENCY, name, columns), _cells(agency, name, columns)
        yield from (f"{name}.csv has no row {', '.join(row)}" for row in due if row not in found)
        yield from (f"{name}.csv has the row {', '.join(row)}, which is not known" for row in found if row not in due)


def _codes(agency: str) -> Iterator[str]:
    for (name, column), (listed, code) in KNOWN_CODES.items():
        known = {"", *(cell for (cell,) in _cells(DEFAULT_AGENCY, listed, (code,)))}
        found = dict.fromkeys(cell for (cell,) in _cells(agency, name, (column,)))
        yield from (f"{name}.csv has the {column} {cell!r}, which is not known" for cell in found if cell not in known)
    yield from _meanings(agency)
    kinds = {row["kind"] for row in codebook_rows(codebook_files(agency)["words"])}
    due = dict.fromkeys(row["kind"] for row in codebook_rows(codebook_files(DEFAULT_AGENCY)["words"]))
    yield from (f"words.csv has no words of the kind {kind}" for kind in due if kind not in kinds)


def _meanings(agency: str) -> Iterator[str]:
    """Words that a label is said to mean and that the code does not know: answers, and Seattle's own labels."""
    known = {*_cells(DEFAULT_AGENCY, "source_labels", ("field", "label"))}
    kinds = {field.name: field.kind for field in source_fields(DEFAULT_AGENCY)}
    for field in source_fields(agency):
        answers = ANSWERS if kinds.get(field.name) == "indicator" else ()
        unknown = [word for _, word in field.means if word not in answers and (field.name, word) not in known]
        yield from (f"source_labels.csv means {word!r} of {field.name}, which is not known" for word in unknown)


def _names(agency: str) -> Iterator[str]:
    taken: dict[str, str] = {}
    for field in source_fields(agency):
        for name in field.display_names:
            other = taken.setdefault(letters_of(name), field.name)
            if other != field.name:
                yield f"fields.csv gives the name {name!r} to {other} and to {field.name}"


def _cells(agency: str, name: str, columns: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [tuple(row[column] for column in columns) for row in codebook_rows(codebook_files(agency)[name])]
