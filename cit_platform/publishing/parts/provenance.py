"""What page, citation and data package say about an edition's origin, and what the page offers for download."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Provenance:
    """What the page says about its origin; every value is printed as it is."""

    edition: str
    confirmatory: bool
    source: str
    location: str
    retrieved_at: str
    licence: str
    rows_received: int
    rows_clean: int
    rows_excluded: int
    code_version: str
    agency: str
    publisher: str


@dataclass(frozen=True)
class Download:
    """What the page offers for download: words, and the files as (format, path inside the edition)."""

    words: str
    files: tuple[tuple[str, str], ...]
