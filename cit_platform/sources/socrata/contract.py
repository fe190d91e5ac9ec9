"""The contract with the source: the columns and types that the portal's own description must name."""

from __future__ import annotations

import csv
from typing import Any

from cit_platform.sources.snapshot import ALIASES, FIELDS, SourceError, check_columns, shown

# As the portal described the dataset in 2019. The type of the later `reported_hour` is not known to anyone outside.
EXPECTED_TYPES: dict[str, tuple[str, ...]] = {
    **{field: ("text",) for field in FIELDS},
    "template_id": ("number",),
    "occured_date_time": ("calendar_date",),
    "reported_hour": ("text", "number"),
}
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


def check_header(header: str, location: str) -> None:
    """Compare the first line of a CSV page with the 25 fields, where there is no description.

    Raises:
        SourceError: A column is missing, renamed, unknown or double; each is named.
    """
    names = next(csv.reader([header]), [])
    check_columns((ALIASES.get(name, name) for name in names if not name.startswith(":")), location)


def _types(metadata: Any, location: str) -> list[tuple[str, str]]:
    columns = metadata.get("columns") if isinstance(metadata, dict) else None
    if not isinstance(columns, list) or not all(isinstance(column, dict) for column in columns):
        raise SourceError(
            f"The portal's description of {location} names no columns. Check CIT_SOCRATA_DATASET: it has to be a "
            "table, not a map, a chart or a file."
        )
    described = [(str(column.get("fieldName")), str(column.get("dataTypeName"))) for column in columns]
    return [(name, _SAME_TYPE.get(kind, kind)) for name, kind in described if not name.startswith(":")]
