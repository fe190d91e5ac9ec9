"""Lines for the codebook: labels of a snapshot that it does not know, laid out for a person to complete."""

import csv
import difflib
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cit_platform.codebook import codebook_files, codebook_rows
from cit_platform.codebook.vocabulary import LABEL_FILES, Vocabulary, vocabulary_of

# The fields whose labels are levels of the models, and the column of their file that holds the level.
REVIEWED = {
    "disposition": "grouping",
    "initial_call_type": "call_risk",
    "precinct": "value",
    "officer_race": "value",
    "officer_gender": "value",
}
LEAST_LIKENESS = 0.6


@dataclass(frozen=True)
class Review:
    """What waits for review in one field.

    Attributes:
        field: the field of the source.
        file: name of the codebook's file that the lines belong into.
        lines: CSV in the layout of that file, without its header; the group is empty.
    """

    field: str
    file: str
    lines: tuple[str, ...]


def labels_to_review(agency: str, values: Mapping[str, Iterable[tuple[str | None, int]]]) -> tuple[Review, ...]:
    """The unknown labels of each reviewed field that has any, the most frequent first.

    Args:
        agency: whose codebook.
        values: for each reviewed field its distinct values as the source prints them, with their number of records.

    Raises:
        CodebookError: There is no codebook for the agency, or a file of it cannot be read.
    """
    vocabulary = vocabulary_of(agency)
    reviews = (_review(agency, vocabulary, field, values[field]) for field in REVIEWED)
    return tuple(review for review in reviews if review.lines)


def _review(agency: str, vocabulary: Vocabulary, field: str, values: Iterable[tuple[str | None, int]]) -> Review:
    path = codebook_files(agency)[LABEL_FILES[field]]
    known = codebook_rows(path)
    counts = _unknown(vocabulary, field, values)
    lines = [
        _line(
            list(known[0]),
            {"order": str(place), "kind": "exact", "label": label, "reason": _reason(field, known, label, n)},
        )
        for place, (label, n) in enumerate(counts, start=len(known) + 1)
    ]
    return Review(field, path.name, tuple(lines))


def _unknown(vocabulary: Vocabulary, field: str, values: Iterable[tuple[str | None, int]]) -> list[tuple[str, int]]:
    """Folded labels that the codebook does not know, with their records over all spellings and prefixes."""
    counts: dict[str, int] = {}
    for text, n_records in values:
        label = vocabulary.folded(field, text)
        if label is not None and not vocabulary.knows(field, label):
            bare = vocabulary.bare(field, label)
            counts[bare] = counts.get(bare, 0) + n_records
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _reason(field: str, known: list[dict[str, str]], label: str, n_records: int) -> str:
    groups = {row["label"]: row[REVIEWED[field]] for row in known if row.get("kind") != "pattern"}
    nearest = difflib.get_close_matches(label, groups, n=1, cutoff=LEAST_LIKENESS)
    hint = f" Nearest known label: {nearest[0]} ({groups[nearest[0]]})." if nearest else ""
    return f"TO REVIEW: {n_records:,} records.{hint}"


def _line(header: list[str], cells: dict[str, str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow([cells.get(column, "") for column in header])
    return text.getvalue()
