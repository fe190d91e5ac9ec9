"""What differs between a snapshot and what was expected of it, in words short enough for a message."""

from collections.abc import Collection, Mapping
from itertools import takewhile

MOST_TOLD = 20
LONGEST_SIDE = 160


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


def listed(differences: Collection[str]) -> str:
    """The first differences, and how many more there are."""
    shown = "; ".join(list(differences)[:MOST_TOLD])
    more = len(differences) - MOST_TOLD
    return f"{shown}; and {more} more" if more > 0 else shown


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
