"""The contract with the source: what the portal's own description must name, and what of it is kept to be compared."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from typing import Any

from cit_platform.codebook.fields import source_fields
from cit_platform.printable import listed, shown
from cit_platform.settings import chosen_agency
from cit_platform.sources.change import let_through
from cit_platform.sources.columns import check_columns, compared_columns, field_named
from cit_platform.sources.refused import SourceChangedError, SourceError

LONGEST_TEXT = 4000
# The newer interfaces' name for the same type.
_SAME_TYPE = {"floating_timestamp": "calendar_date"}


def check_metadata(metadata: Any, location: str, accept: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Compare the portal's description of the dataset with the fields.

    Args:
        metadata: the answer of `/api/views/<id>.json`.
        location: what to call the dataset in messages.
        accept: codes of changes that are let through.

    Returns:
        The codes of those that were.

    Raises:
        SourceChangedError: A column that a headline needs is missing or renamed, or one has a type whose values cannot
            be read; each is named.
        SourceError: The description names no columns, or one twice.
    """
    types = _types(metadata, location)
    accepted = check_columns((name for name, _ in types), location, accept)
    unread = unread_types(types)
    if not unread:
        return accepted
    faults = "; ".join(f"`{shown(name)}` is {shown(kind)}, not {' or '.join(_types_of(name))}" for name, kind in unread)
    change = SourceChangedError(
        "types",
        f"{location} has columns of another type: {faults}. Nothing was read. The last snapshot stays. Look at "
        "what the column holds now: if its values are printed as before, add the type to portal_types of the "
        "codebook's fields.csv; to see what becomes of them, let it through",
    )
    return accepted + let_through([change], accept)


def what_changed(metadata: Any, location: str) -> list[str]:
    """Sentences on what is read although it is not as it once was: absent fields, and types that others replaced."""
    types = _types(metadata, location)
    absent = compared_columns(name for name, _ in types).absent
    changed = [f"{location} has no {listed(absent)}: null in every record; no headline needs it"] if absent else []
    return changed + [
        f"{location} gives `{shown(name)}` as {shown(kind)}, not as {_types_of(name)[0]}: its values are read"
        for name, kind in types
        if kind in _types_of(name)[1:]
    ]


def _types_of(name: str) -> tuple[str, ...]:
    """The types, the first one first, in which a column's values can be read."""
    return next((field.portal_types for field in source_fields(chosen_agency()) if field.name == field_named(name)), ())


def unread_types(columns: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The columns, of names and types, that are fields and have a type whose values cannot be read."""
    return [(name, kind) for name, kind in columns if kind not in (_types_of(name) or (kind,))]


def check_header(header: str, location: str, accept: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Compare the first line of a CSV page with the fields, where there is no description; see `check_metadata`."""
    return check_columns(next(csv.reader([header]), []), location, accept)


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


def unknown_columns(described: dict[str, str]) -> tuple[str, ...]:
    """The columns that are no field, in what the portal says of them."""
    named = (re.fullmatch(r"column (.*) type", item) for item in described)
    return compared_columns(found[1] for found in named if found).unknown


def _object(container: dict[str, Any], name: str) -> dict[str, Any]:
    inner = container.get(name)
    return inner if isinstance(inner, dict) else {}


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
