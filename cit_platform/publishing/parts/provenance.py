"""What page, citation and data package say about an edition's origin, and what the page offers for download."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cit_platform.publishing.parts import wording
from cit_platform.storage.provenance import Provenance


@dataclass(frozen=True)
class EditionFacts:
    """What an edition says about itself; every value is printed as it is.

    `origin` is where its tables come from, `n_rows` how many rows each has, `annual` whether it is the one analysis of
    its year that a protocol names, `officer_attributes` whether they hold numbers of officers' own attributes, see
    `between_editions`.
    """

    edition: str
    monthly: bool
    origin: Provenance
    rows_clean: int
    rows_excluded: int
    agency: str
    publisher: str
    n_rows: Mapping[str, int] = field(default_factory=dict)
    annual: bool = False
    officer_attributes: bool = True


def source_words(facts: EditionFacts) -> str:
    """Where the numbers of a figure come from, of which day, and how many contacts they rest on."""
    contacts = facts.n_rows.get("features/contacts")
    counted = "" if contacts is None else f"; {wording.count(contacts)} contacts in all"
    return f"Source: {facts.origin.source}, snapshot {facts.origin.snapshot[:8]} of {facts.origin.as_of}{counted}."


@dataclass(frozen=True)
class Download:
    """What the page offers for download: words, and the files as (format, path inside the edition)."""

    words: str
    files: tuple[tuple[str, str], ...]
