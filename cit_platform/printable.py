"""Text that others wrote, made fit for a terminal, a message or a page; what it means is nobody's business here."""

from __future__ import annotations

import re
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


# Of Markdown: code as it stands, and words that GitHub's dialect makes a link even where their letters are escaped.
CODE_OR_ADDRESS = re.compile(r"(?P<code>(?<!`)`[^`]+`(?!`))|\S*(?:://|www\.|@)\S*", re.IGNORECASE)
# Images, links and footnotes begin with a bracket, HTML with an angle.
ACTIVE = re.compile(r"[\\`*\[<~|]|&(?=[#\w]+;)|(?<![^\W_])_|_(?![^\W_])")


def inert(text: str) -> str:
    """One line of text as Markdown that shows it and nothing more: no image, no link, no markup but `code`.

    A cell of a table can hold it too: its `|` are escaped.
    """
    found, end = [], 0
    for match in CODE_OR_ADDRESS.finditer(line := printable(text)):
        code = match["code"] or f"`{match[0].replace('`', chr(39))}`"
        # A table looks for its cells before anything else, and takes `\\|` for a backslash and a border.
        found += [ACTIVE.sub(r"\\\g<0>", line[end : match.start()]), re.sub(r"(\\*)\|", r"\1\1\\|", code)]
        end = match.end()
    return "".join([*found, ACTIVE.sub(r"\\\g<0>", line[end:])])
