"""The contract with the source: what the portal's own description must name, and what of it is kept to be compared."""

from __future__ import annotations

import csv
from typing import Any

from cit_platform.printable import shown
from cit_platform.sources.snapshot import ALIASES, FIELDS, SourceError, check_columns

# As the portal described the dataset in 2019. The type of the later `reported_hour` is not known to anyone outside.
EXPECTED_TYPES: dict[str, tuple[str, ...]] = {
    **{field: ("text",) for field in FIELDS},
    "template_id": ("number",),
    "occured_date_time": ("calendar_date",),
    "reported_hour": ("text", "number"),
}
LONGEST_TEXT = 4000
# The newer interfaces' name for the same type.
_SAME_TYPE = {"floating_timestamp": "calendar_date"}


def check_metadata(metadata: Any, location: str) -> None:
    """Compare the portal's description of the dataset with the 25 fields.

    Args:
        metadata: the answer of `/api/views/<id>.json`.
        location: what to call the dataset in messages.

    Raises:
        SourceError: A column is missing, renamed, unknown or double, or has another type; each is named.
    """
    types = _types(metadata, location)
    check_columns((ALIASES.get(name, name) for name, _ in types), location)
    changed = [
        f"`{name}` is {shown(kind)}, not {' or '.join(EXPECTED_TYPES[name])}"
        for name, kind in types
        if kind not in EXPECTED_TYPES[name]
    ]
    if changed:
        raise SourceError(
            f"The portal changed the type of columns of {location}: {'; '.join(changed)}. Nothing was read. Look at "
            "what the column holds now, and review the contract raw/records before the next fetch."
        )


def described(metadata: dict[str, Any]) -> dict[str, str]:
    """What the portal says of the dataset and its columns, text by item, without what changes from day to day.

    Args:
        metadata: a description that `check_metadata` has let pass.
    """
    custom = _object(_object(metadata, "metadata"), "custom_fields")
    dataset = {
        "name": metadata.get("name"),
        "description": metadata.get("description"),
        "attribution": metadata.get("attribution"),
        "licence": _object(metadata, "license").get("name"),
        "row label": _object(metadata, "metadata").get("rowLabel"),
        "refresh frequency": _object(custom, "Refresh Frequency").get("Frequency"),
    }
    columns = {
        f"column {column['fieldName']} {item}": column.get(item)
        for column in metadata["columns"]
        for item in ("name", "description")
        if not str(column["fieldName"]).startswith(":")
    }
    types = {f"column {name} type": kind for name, kind in _types(metadata, "")}
    return {
        item: shown(str(text), LONGEST_TEXT)
        for item, text in {**dataset, **columns, **types}.items()
        if text is not None
    }


def _object(container: dict[str, Any], name: str) -> dict[str, Any]:
    inner = container.get(name)
    return inner if isinstance(inner, dict) else {}


def check_header(header: str, location: str) -> None:
    """Compare the first line of a CSV page with the 25 fields, where there is no description.

    Raises:
        SourceError: A column is missing, renamed, unknown or double; each is named.
    """
    names = next(csv.reader([header]), [])
    check_columns((ALIASES.get(name, name) for name in names if not name.startswith(":")), location)


def column_types(metadata: Any) -> list[tuple[str, str]] | None:
    """Names and types of the columns in a description, the portal's own left out; None where it names none."""
    columns = metadata.get("columns") if isinstance(metadata, dict) else None
    if not isinstance(columns, list) or not all(isinstance(column, dict) for column in columns):
        return None
    named = [(str(column.get("fieldName")), str(column.get("dataTypeName"))) for column in columns]
    return [(name, _SAME_TYPE.get(kind, kind)) for name, kind in named if not name.startswith(":")]


def _types(metadata: Any, location: str) -> list[tuple[str, str]]:
    types = column_types(metadata)
    if types is None:
        raise SourceError(
            f"The portal's description of {location} names no columns. Check CIT_SOCRATA_DATASET: it has to be a "
            "table, not a map, a chart or a file."
        )
    return types
