"""The edition as linked data, for search engines: a schema.org Dataset."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cit_platform.codebook.agency import agency_of
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.provenance import Download, EditionFacts


def dataset(facts: EditionFacts, provenance: FigureProvenance, downloads: Iterable[Download]) -> dict[str, Any]:
    """The edition as a schema.org Dataset."""
    banner = f"{provenance.banner} " if provenance.banner else ""
    agency = agency_of(facts.agency).display_name
    return {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": f"CIT certification and crisis contacts, {agency}, edition {facts.edition}",
        "description": f"{banner}Estimates of what CIT certification is associated with in police crisis contacts.",
        "identifier": facts.edition,
        "version": facts.edition,
        "isBasedOn": facts.origin.location,
        "license": facts.origin.licence,
        "creator": {"@type": "Organization", "name": facts.publisher},
        "distribution": [
            {"@type": "DataDownload", "contentUrl": path, "name": download.words, "encodingFormat": form}
            for download in downloads
            for form, path in download.files
        ],
    }
