"""Text that others wrote, made fit for a terminal, a message or a page; what it means is nobody's business here."""

from __future__ import annotations

from collections.abc import Iterable


def printable(text: str) -> str:
    """Text in which nothing acts: each control, format, direction, line or unassigned character becomes a blank.

    A terminal obeys escape sequences, and a page turns round what follows a bidirectional override.
    """
    return text if text.isprintable() else "".join(letter if letter.isprintable() else " " for letter in text)


def shown(text: str, length: int = 60) -> str:
    """Text for one line of a message: printable, its blanks folded, cut to a length."""
    return " ".join(printable(text).split())[:length]


def listed(names: Iterable[str], most: int = 25, quote: str = "`") -> str:
    """Names for a message, in quotes, the first ones only: a wrong file can have thousands of columns."""
    quoted = [f"{quote}{shown(name, 100)}{quote}" for name in names]
    return ", ".join(quoted[:most]) + (f" and {len(quoted) - most} more" if len(quoted) > most else "")
