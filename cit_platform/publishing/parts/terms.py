"""Terms of the page: each is defined in `terms.csv`, marked where it is first used, and listed once with the others."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from markupsafe import Markup, escape

from cit_platform.codebook import codebook_files, codebook_rows
from cit_platform.settings import chosen_agency


@dataclass(frozen=True)
class Term:
    """A term, the spellings under which a text uses it, and what it means in plain words."""

    name: str
    spellings: tuple[str, ...]
    meaning: str

    @property
    def anchor(self) -> str:
        """Where its definition stands on the page."""
        return "term-" + re.sub(r"[^a-z0-9]+", "-", self.name.lower())


@cache
def terms() -> tuple[Term, ...]:
    """The terms in the order of their list."""
    rows = codebook_rows(codebook_files(chosen_agency())["terms"])
    return tuple(Term(row["term"], tuple(row["spellings"].split("|")), row["meaning"]) for row in rows)


class FirstUse:
    """Marks every term once: where the texts of a page, given in their order, use it first."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def marked(self, text: str) -> Markup:
        """A text, escaped, with a link to the definition at the first use of each term."""
        return Markup(_pattern().sub(self._mark, str(escape(text))))

    def _mark(self, match: re.Match[str]) -> str:
        term = _by_spelling()[_plain(match.group(0))]
        if term.name in self._seen:
            return match.group(0)
        self._seen.add(term.name)
        return f'<a class="term" href="#{term.anchor}" title="{escape(term.meaning)}">{match.group(0)}</a>'


@cache
def _by_spelling() -> dict[str, Term]:
    return {str(escape(spelling)).lower(): term for term in terms() for spelling in term.spellings}


@cache
def _pattern() -> re.Pattern[str]:
    """Any spelling as whole words, the longest first; a space may be one that does not break."""
    longest_first = sorted(_by_spelling(), key=len, reverse=True)
    either = "|".join(re.escape(spelling).replace(r"\ ", "[ \N{NO-BREAK SPACE}]") for spelling in longest_first)
    return re.compile(rf"(?<![\w&-])(?:{either})(?![\w-])", re.IGNORECASE)


def _plain(found: str) -> str:
    return found.replace("\N{NO-BREAK SPACE}", " ").lower()
