"""What may change in the source without stopping it: its labels, its columns, and what the portal says of it."""

import re
from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING

from cit_platform.checks import expectations as expect
from cit_platform.checks.check import ERROR, WARN, Check, Relation
from cit_platform.checks.context import AuditContext
from cit_platform.codebook.fields import source_fields
from cit_platform.codebook.vocabulary import vocabulary_of
from cit_platform.printable import shown
from cit_platform.sources.change import LARGEST_SLIP
from cit_platform.sources.columns import NAMELESS_COLUMN
from cit_platform.sources.snapshot import Unread

if TYPE_CHECKING:
    import pyarrow as pa

LONGEST_SIDE = 160
FLAGS = ("unknown", "private", "changed", "empty", "hour_unknown", "unread")
TYPES = {**dict.fromkeys(FLAGS, "int64"), "unread_officers": "double"}
SCIENTIFIC = "ids in scientific notation, as a spreadsheet writes them"
SCIENTIFIC_SHAPE = re.compile(r"9([.,]9*)?[eE]\+?9+$")


def _labels(context: AuditContext) -> "dict[str, pa.Table]":
    """One row per label of a coded field, in this snapshot or the last: unknown to the codebook? come or vanished?"""
    known, now = vocabulary_of(context.agency), context.received_description.labels
    before = context.received_description.labels_before
    before = now if before is None else before
    rows = []
    for field, labels in now.items():
        for label in sorted(labels | before[field]):
            words = f"{field}: {known.printable_label(field, label)}"
            is_unknown = label in labels and not known.knows(field, label)
            is_private = is_unknown and known.is_private(field, label)
            sign = "" if label in labels & before[field] else "+ " if label in labels else "- "
            unknown, private = (words if each else "" for each in (is_unknown, is_private))
            flags = (int(is_unknown), unknown, int(is_private), private, int(sign != ""))
            rows.append((words, *flags, sign and sign + words))
    names = ("label", "unknown", "unknown_label", "private", "private_label", "changed", "change")
    return {"session.labels": _table(names, rows)}


LABELS = Relation("labels", "select * from session.labels", "label", ("position",), (), tables=_labels)


def _description(context: AuditContext) -> "dict[str, pa.Table]":
    """One row per item of the portal's description, now or with the last snapshot: how it changed, if it did."""
    now, before = context.received_description.description, context.received_description.description_before
    changes = description_changes(before, now)
    items = dict.fromkeys([*(before or {}), *(now or {}), *changes])
    rows = [(item, int(item in changes), f"{item}: {changes[item]}" if item in changes else "") for item in items]
    # A source without a description, such as a file, passes by saying so.
    return {
        "session.description": _table(("item", "changed", "change"), rows or [("description", 0, "no description")])
    }


DESCRIPTION = Relation("items", "select * from session.description", "item", ("position",), (), tables=_description)


def _fields(context: AuditContext) -> "dict[str, pa.Table]":
    """One row per field of the source: is it empty? are its hours unknown? which of its values could not be read?"""
    found = context.received_description
    unread = {each.field: each for each in found.unread}
    rows = [
        (
            field.name,
            int(field.name in found.empty),
            field.name if field.name in found.empty else "",
            int(field.name in found.hour_unknown),
            field.name if field.name in found.hour_unknown else "",
            int(field.name in unread),
            _in_words(unread[field.name]) if field.name in unread else "",
            unread[field.name].n_records / max(context.n_rows, 1)
            if field.kind == "officer" and field.name in unread
            else 0.0,
        )
        for field in source_fields(context.agency)
    ]
    names = (
        "field",
        "empty",
        "empty_field",
        "hour_unknown",
        "hourless_field",
        "unread",
        "unread_values",
        "unread_officers",
    )
    return {"session.fields": _table(names, rows)}


def _in_words(unread: Unread) -> str:
    examples = (f"`{each}`{f': {SCIENTIFIC}' if SCIENTIFIC_SHAPE.match(each) else ''}" for each in unread.examples)
    return f"{unread.field}: {', '.join(examples)} ({unread.n_records:,} records)"


FIELDS = Relation("fields", "select * from session.fields", "field", ("position",), (), tables=_fields)


def _columns(context: AuditContext) -> "dict[str, pa.Table]":
    """One row per column that is no field; without any, one that says so."""
    unknown = [shown(name) or NAMELESS_COLUMN for name in context.received_description.unknown_columns]
    return {"session.columns": _table(("name", "unknown"), [(name, 1) for name in unknown] or [("", 0)])}


COLUMNS = Relation("columns", "select * from session.columns", "name", ("position",), (), tables=_columns)


def description_changes(before: Mapping[str, str] | None, after: Mapping[str, str] | None) -> dict[str, str]:
    """By item of the portal's description, what changed: `- old + new`; empty where nothing did, or was known before.

    Args:
        before: items and texts as of the last snapshot; None where none were kept.
        after: those of this snapshot; None where the portal gave none.
    """
    if before is None:
        return {}
    if after is None:
        return {"description": "the portal gives none any more"}
    items = [*before, *(item for item in after if item not in before)]
    sides = {item: (before.get(item, ""), after.get(item, "")) for item in items}
    return {item: _replaced(old, new) for item, (old, new) in sides.items() if old != new}


def _replaced(old: str, new: str) -> str:
    """Both sides without the words that they begin and end with in common."""
    old_words, new_words = old.split(), new.split()
    head = _common(old_words, new_words)
    tail = _common(old_words[head:][::-1], new_words[head:][::-1])
    return f"- {_side(old_words, head, tail)} + {_side(new_words, head, tail)}"


def _common(left: list[str], right: list[str]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(left, right, strict=False)))


def _side(words: list[str], head: int, tail: int) -> str:
    changed = " ".join(words[head : len(words) - tail])
    cut = changed if len(changed) <= LONGEST_SIDE else f"{changed[: LONGEST_SIDE - 1]}…"
    return f"“{'… ' if head else ''}{cut}{' …' if tail else ''}”" if words else "nothing"


def _table(names: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> "pa.Table":
    """Rows as a table, with their position as a column."""
    import pyarrow as pa

    types = {"position": pa.int64(), **{name: TYPES.get(name, "string") for name in names}}
    columns = [dict(zip(types, (position, *row), strict=True)) for position, row in enumerate(rows)]
    return pa.Table.from_pylist(columns, pa.schema(types.items()))


SOURCE_CONTRACT = (
    Check(
        "vocabulary_known",
        WARN,
        expect.in_set("unknown", lambda _: (0,)),
        "Every label of a coded field is in the codebook; unknown ones are named. If it fails: `cit doctor "
        "--labels` writes dispositions and initial call types as lines to review; labels of other fields belong "
        "into source_labels.csv, precincts.csv, officer_races.csv or officer_genders.csv.",
        LABELS,
        "unknown_label",
    ),
    Check(
        "labels_impersonal",
        ERROR,
        expect.in_set("private", lambda _: (0,)),
        "No label that the codebook lacks looks like a number, a date or a person; the field of one is named, and not "
        "the label. If it fails: a column has strayed, or somebody typed what is nobody else's business; look at the "
        "field on the portal. A label that is none of these goes into the codebook.",
        LABELS,
        "private_label",
        judges_source=True,
        accepted_by="labels",
    ),
    Check(
        "vocabulary_change",
        WARN,
        expect.in_set("changed", lambda _: (0,)),
        "No label of a coded field came (+) or vanished (-) since the last snapshot. If it fails: a rare label "
        "that the codebook knows needs nothing; many at once mean a new coding, or records that were removed.",
        LABELS,
        "change",
    ),
    Check(
        "description_change",
        WARN,
        expect.in_set("changed", lambda _: (0,)),
        "The portal's description (name, terms, meaning, columns) is that of the last snapshot; the difference is "
        "named. If it fails: read what the publisher says now, and review the contract raw/records and the "
        "limits named on the page.",
        DESCRIPTION,
        "change",
    ),
    Check(
        "fields_have_values",
        WARN,
        expect.in_set("empty", lambda _: (0,)),
        "Every field has a value in some record; those that the source leaves out or empty are named, and no headline "
        "needs them. If it fails: what is said by that field is missing on the page; look at it on the portal.",
        FIELDS,
        "empty_field",
    ),
    Check(
        "hours_known",
        WARN,
        expect.in_set("hour_unknown", lambda _: (0,)),
        "No time of day is printed on a clock of 12 hours without AM or PM; such fields are named, and their hours are "
        "unknown. If it fails: take the portal's JSON, which has a clock of 24 hours, or ask the publisher.",
        FIELDS,
        "hourless_field",
    ),
    Check(
        "values_read",
        WARN,
        expect.in_set("unread", lambda _: (0,)),
        "Every value is in a print that is known; the most frequent others are named, of private fields their shape. "
        "If it fails: those values count as missing; a new print belongs into `sources/canonical.py`.",
        FIELDS,
        "unread_values",
    ),
    Check(
        "officer_id_shape",
        ERROR,
        expect.between("unread_officers", None, LARGEST_SLIP),
        f"officer_id is a number, or missing, but for a slip in at most {LARGEST_SLIP:.0%} of the records; the shape "
        f"of others is named, and {SCIENTIFIC}, are none. If it fails: ids were lost, or the source numbers officers "
        "in a new way; check that officers are still told apart.",
        FIELDS,
        "unread_values",
        judges_source=True,
    ),
    Check(
        "columns_known",
        WARN,
        expect.in_set("unknown", lambda _: (0,)),
        "Every column is a field of the source; others are named and stay unread. If it fails: a column that the city "
        "renamed belongs into the codebook's fields.csv; others need nothing.",
        COLUMNS,
        "name",
    ),
)
