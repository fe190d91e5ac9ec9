"""Which columns are the fields of the source, whatever they are called, and which sets of them are refused."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

from cit_platform.codebook.fields import letters_of, source_fields
from cit_platform.contracts.raw import SOURCE_FIELDS
from cit_platform.printable import listed
from cit_platform.settings import chosen_agency
from cit_platform.sources.refused import SourceChangedError, SourceError

FIELDS: tuple[str, ...] = tuple(column.name for column in SOURCE_FIELDS)
NAMELESS_COLUMN = "a column without a name (an index)"

log = logging.getLogger(__name__)


def field_named(header: str) -> str | None:
    """The field that a column's name means, None where it means none.

    Our names and the codebook's are known by their letters and digits alone, so that what programs make of them is too:
    `Occurred.Date...Time` (R), `occurred_date_time` (janitor), `CIT OFFICER REQUESTED`.
    """
    return _field_by_name(chosen_agency()).get(letters_of(header))


@cache
def _field_by_name(agency: str) -> dict[str, str]:
    """The agency's own names go before ours: what it calls `precinct` may be another field."""
    named = [field for field in source_fields(agency) if field.display_names]
    ours = {letters_of(field.name): field.name for field in named}
    return ours | {letters_of(name): field.name for field in named for name in field.display_names}


@dataclass(frozen=True)
class ComparedColumns:
    """The names of columns beside the fields.

    Attributes:
        missing: fields that a headline needs, and that are not there.
        double: fields that are there more than once.
        absent: other fields that are not there.
        unknown: columns that are no field; they stay unread.
    """

    missing: tuple[str, ...]
    double: tuple[str, ...]
    absent: tuple[str, ...]
    unknown: tuple[str, ...]


def compared_columns(names: Iterable[str], field_of: Callable[[str], str | None] = field_named) -> ComparedColumns:
    """Compare names of columns with the fields; those that begin with `:` are the portal's own and passed over."""
    named = [(name, field_of(name)) for name in names if not name.startswith(":")]
    counts = Counter(field for _, field in named if field)
    left_out = [field for field in source_fields(chosen_agency()) if field.name not in counts]
    return ComparedColumns(
        missing=tuple(field.name for field in left_out if field.is_needed),
        double=tuple(field for field, count in counts.items() if count > 1),
        absent=tuple(field.name for field in left_out if not field.is_needed),
        unknown=tuple(name for name, field in named if not field),
    )


def check_columns(
    names: Iterable[str],
    location: str,
    accept: frozenset[str] = frozenset(),
    field_of: Callable[[str], str | None] = field_named,
) -> tuple[str, ...]:
    """Refuse a set of columns that has not every field that is needed, or one twice; others than the fields are named.

    Args:
        names: names of the columns.
        location: what to call the source in messages.
        accept: codes of changes that are let through.
        field_of: the field that a name means.

    Returns:
        The codes of those that were.

    Raises:
        SourceChangedError: Needed columns are missing; each is named.
        SourceError: Columns are double; each is named.
    """
    columns = compared_columns(names, field_of)
    if columns.unknown:
        log.warning("%s has columns that are not read: %s", location, _listing(columns.unknown))
    if not columns.double and not columns.missing:
        return ()
    parts = {"more than once": columns.double, "missing": columns.missing, "unknown": columns.unknown}
    faults = "; ".join(f"{part}: {_listing(names)}" for part, names in parts.items() if names)
    refused = f"{location} does not have the columns of the crisis data; {faults}."
    if columns.double:
        raise SourceError(f"{refused} Each field may stand there once.")
    change = SourceChangedError(
        "columns",
        f"{refused} The dataset has to be whole, with no column renamed or left out. If the city itself changed it, a "
        "new name goes into the codebook's fields.csv; if the column is gone for good, let it through",
    )
    if "columns" not in accept:
        raise change
    log.warning("Accepted: %s", change)
    return ("columns",)


def _listing(names: Iterable[str]) -> str:
    return listed(name if name.strip() else NAMELESS_COLUMN for name in names)
