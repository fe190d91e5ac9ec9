"""Descriptions of an edition for machines: Frictionless data package, citation file, checksums."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cit_platform.codebook.agency import agency_of
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.provenance import EditionFacts
from cit_platform.storage.checksums import sha256

_WITHHELD = (
    "Numbers about officers' race, gender and experience stand in monthly editions alone, and not in each of them. "
    "Text that a spreadsheet would take for a formula begins with an apostrophe."
)


SCHEMAS = "schemas"


@dataclass(frozen=True)
class Resource:
    """One CSV of an edition; `parquet` where the same table lies beside it as Parquet."""

    name: str
    path: str
    description: str
    fields: tuple[dict[str, str], ...]
    key: tuple[str, ...] = ()
    parquet: bool = False


def json_text(value: Any) -> str:
    """JSON for people: indented, keys in the order given, UTF-8, no NaN."""
    return json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def data_package(
    edition: Path, facts: EditionFacts, provenance: FigureProvenance, resources: Sequence[Resource]
) -> dict[str, Any]:
    """The edition's tables as a Frictionless tabular data package (specs.frictionlessdata.io, version 1)."""
    banner = f"{provenance.banner} " if provenance.banner else ""
    return {
        "profile": "tabular-data-package",
        "name": f"cit-{facts.agency}",
        "title": f"CIT certification and crisis contacts, {agency_of(facts.agency).display_name}",
        "description": f"{banner}Estimates of what CIT certification is associated with in police crisis contacts. "
        f"{_WITHHELD}",
        "version": facts.edition,
        "sources": [{"title": facts.origin.location}],
        "resources": [_resource(edition, resource) for resource in resources],
    }


def citation(facts: EditionFacts, provenance: FigureProvenance, released: str) -> str:
    """The text of `CITATION.cff` (Citation File Format 1.2.0); JSON strings are YAML strings."""
    banner = f"{provenance.banner} " if provenance.banner else ""
    origin = f"Snapshot {provenance.snapshot}, from {facts.origin.location}. Source licence: {facts.origin.licence}."
    lines = {
        "cff-version": "1.2.0",
        "message": f"{banner}Please cite the edition and its snapshot.",
        "type": "dataset",
        "title": f"CIT certification and crisis contacts, {agency_of(facts.agency).display_name}",
        "version": facts.edition,
        "date-released": released,
        "abstract": banner + origin,
    }
    head = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in lines.items()]
    return "\n".join([*head, "authors:", f"  - name: {json.dumps(facts.publisher, ensure_ascii=False)}"]) + "\n"


def schema_file(resource: Resource) -> str:
    """Where the schema of a table stands: beside the package, for it is the same in every edition."""
    return f"{SCHEMAS}/{resource.name}.json"


def table_schema(resource: Resource) -> dict[str, Any]:
    """The fields of a table and its key (Table Schema, version 1)."""
    key = {"primaryKey": list(resource.key)} if resource.key else {}
    return {"fields": list(resource.fields), **key}


def _resource(edition: Path, resource: Resource) -> dict[str, Any]:
    file = edition / resource.path
    packed = {"compression": "gz"} if file.suffix == ".gz" else {}
    return {
        "profile": "tabular-data-resource",
        "name": resource.name,
        "path": resource.path,
        "description": resource.description,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        **packed,
        "bytes": file.stat().st_size,
        "hash": f"sha256:{sha256(file)}",
        "schema": schema_file(resource),
    }
