"""The labels that the coded fields of the source are expected to hold, and how the source's spellings are folded."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cit_platform.codebook import codebook_files, codebook_rows
from cit_platform.codebook.fields import source_fields
from cit_platform.printable import printable

# In the order of the source's fields; officer numbers, birth dates, units and free labels are none of them.
CODED_FIELDS = (
    *("call_type", "initial_call_type", "disposition"),
    *("use_of_force_indicator", "subject_veteran_indicator"),
    *("cit_officer_requested", "cit_officer_dispatched", "cit_officer_arrived"),
    *("officer_gender", "officer_race", "cit_certified_indicator", "precinct", "sector"),
)
# Fields whose labels a codebook file of their own gives a meaning; those of the others stand in source_labels.csv.
LABEL_FILES = {
    "initial_call_type": "call_types",
    "disposition": "dispositions",
    "officer_gender": "officer_genders",
    "officer_race": "officer_races",
    "precinct": "precincts",
}
# The blanks of canonical text.
BLANKS = "[ \t\r\n\u00a0]+"
WITHHELD = "(a number, withheld)"
PRIVATE = "(text like a date or a person, withheld)"
# A day; a title before a name; an officer's number; words of a personal file. Never what a call is about.
_PRIVATE = re.compile(
    r"\b\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\b|\b(ofc|sgt|lt|mr|mrs|ms)\b\.? [^\W\d_]{2,}|\b(badge|serial|dob|born)\b"
    r"|\b(officer|sergeant|detective|lieutenant)\b.*\d{3}",
    re.IGNORECASE,
)
LONGEST_LABEL = 80


@dataclass(frozen=True)
class Vocabulary:
    """What the codebook of an agency knows of the coded fields.

    Attributes:
        labels: by field, the labels in folded spelling.
        patterns: anchored patterns of initial call types, which match families of labels.
        placeholders: by field of the source, the texts in capitals that mean a missing value.
        prefixes: by field of the source, patterns of what may stand before a label without changing its meaning.
    """

    labels: Mapping[str, frozenset[str]]
    patterns: tuple[re.Pattern[str], ...]
    placeholders: Mapping[str, tuple[str, ...]]
    prefixes: Mapping[str, tuple[re.Pattern[str], ...]]

    def given(self, field: str, text: str | None) -> str | None:
        """A value in capitals, its blanks folded; None where it means a missing value."""
        folded = re.sub(BLANKS, " ", text or "").strip(" ").upper()
        return None if folded in ("", *self.placeholders[field]) else folded

    def folded(self, field: str, text: str | None) -> str | None:
        """A label in capitals, its blanks folded, none round `/`; None where it means a missing value."""
        given = self.given(field, text)
        return None if given is None else given.replace(" /", "/").replace("/ ", "/")

    def folded_all(self, field: str, texts: Iterable[str | None]) -> frozenset[str]:
        """The distinct labels among values, missing ones left out."""
        return frozenset(label for text in texts if (label := self.folded(field, text)) is not None)

    def bare(self, field: str, label: str) -> str:
        """A folded label without the prefixes that say nothing of its meaning."""
        for prefix in self.prefixes.get(field, ()):
            label = prefix.sub("", label)
        return label

    def knows(self, field: str, label: str) -> bool:
        """Whether the codebook holds a folded label, itself or by a pattern, behind a prefix or not."""
        bare = self.bare(field, label)
        return bare in self.labels.get(field, ()) or (
            field == "initial_call_type" and any(pattern.search(bare) for pattern in self.patterns)
        )

    def unknown(self, field: str, labels: Iterable[str]) -> tuple[str, ...]:
        """The folded labels that the codebook does not hold, sorted."""
        return tuple(sorted(label for label in labels if not self.knows(field, label)))

    def printable_label(self, field: str, text: str) -> str:
        """A label fit for a message: short, printable, and no number, date or person that strayed into the column."""
        known = self.knows(field, self.folded(field, text) or "")
        if not known and re.search(r"\d", text) and len(re.findall(r"[^\W\d_]", text)) < 2:
            return WITHHELD
        label = printable(text)
        if not known and _PRIVATE.search(label):
            return PRIVATE
        return label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1]}…"

    def is_private(self, field: str, text: str) -> bool:
        """Whether a label that the codebook does not hold looks like a number, a date or a person."""
        return self.printable_label(field, text) in (WITHHELD, PRIVATE)


def vocabulary_of(agency: str) -> Vocabulary:
    """The vocabulary of an agency's codebook.

    Raises:
        CodebookError: There is no codebook for the agency, or a file of it cannot be read.
    """
    files = codebook_files(agency)
    call_types = codebook_rows(files["call_types"])
    others = codebook_rows(files["source_labels"])
    labels = {
        field: [row["label"] for row in codebook_rows(files[LABEL_FILES[field]]) if row.get("kind") != "pattern"]
        if field in LABEL_FILES
        else [text for row in others if row["field"] == field for text in _spellings(row)]
        for field in CODED_FIELDS
    }
    return Vocabulary(
        labels={field: frozenset(known) for field, known in labels.items()},
        patterns=tuple(re.compile(row["label"]) for row in call_types if row["kind"] == "pattern"),
        placeholders=placeholders(agency),
        prefixes=_prefixes(codebook_rows(files["label_prefixes"])),
    )


def _spellings(row: dict[str, str]) -> tuple[str, ...]:
    """A label as the source prints it and, of an agency's own word for an answer, as raw/records does."""
    return row["label"], row.get("means") or row["label"]


def _prefixes(rows: list[dict[str, str]]) -> dict[str, tuple[re.Pattern[str], ...]]:
    fields = dict.fromkeys(row["field"] for row in rows)
    return {field: tuple(re.compile(row["pattern"]) for row in rows if row["field"] == field) for field in fields}


def placeholders(agency: str) -> dict[str, tuple[str, ...]]:
    """By source field, the texts in capitals that mean a missing value.

    Raises:
        CodebookError: There is no codebook for the agency, or the file cannot be read.
    """
    return {field.name: field.placeholders for field in source_fields(agency)}


def coded_labels(files: Sequence[str | Path], vocabulary: Vocabulary) -> dict[str, frozenset[str]]:
    """By coded field, the distinct labels in Parquet files of raw/records, folded."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    # A column at a time: all of them at once are the better part of the snapshot in memory.
    return {
        field: vocabulary.folded_all(
            field, pc.unique(pq.read_table([str(file) for file in files], columns=[field]).column(field)).to_pylist()
        )
        for field in CODED_FIELDS
    }
