"""What may change in the source without stopping it: its labels, and what the portal says of it."""

from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING

from cit_platform.checks import expectations as expect
from cit_platform.checks.check import WARN, Check, Relation
from cit_platform.checks.context import AuditContext
from cit_platform.codebook.vocabulary import vocabulary_of

if TYPE_CHECKING:
    import pyarrow as pa

LONGEST_SIDE = 160
FLAGS = ("unknown", "changed")


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
            sign = "" if label in labels & before[field] else "+ " if label in labels else "- "
            rows.append((words, int(is_unknown), words if is_unknown else "", int(sign != ""), sign and sign + words))
    return {"session.labels": _table(("label", "unknown", "unknown_label", "changed", "change"), rows)}


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

    types = {"position": pa.int64(), **{name: pa.int64() if name in FLAGS else pa.string() for name in names}}
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
)
