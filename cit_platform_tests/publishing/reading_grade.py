"""The school year that a text needs, by the formula of Flesch and Kincaid.

J. P. Kincaid, R. P. Fishburne, R. L. Rogers and B. S. Chissom (1975), Derivation of new readability formulas for Navy
enlisted personnel, Research Branch Report 8-75, page 14: 0.39 words per sentence + 11.8 syllables per word - 15.59.
"""

from __future__ import annotations

import re

_BRACKETS = re.compile(r"\s*\([^()]*\)")
_NUMBER = re.compile(r"\N{MINUS SIGN}?\d[\d.,]*")
_WORD = re.compile(r"[A-Za-z]+(?:[\N{RIGHT SINGLE QUOTATION MARK}'-][A-Za-z]+)*|#")
# Flesch counts what a colon or semicolon ends as a sentence of its own.
_ENDS = re.compile(r"[.!?:;](?:\s|$)")


def syllables(word: str) -> int:
    """Groups of vowels, less a silent e; at least one."""
    plain = word.lower()
    plain = re.sub(r"(?<=[^aeiouyl])e$|(?<=[aeiouy])le$|(?<=[^aeiouytd])ed$", "", plain)
    return max(1, len(re.findall(r"[aeiouy]+", plain)))


def grade(text: str) -> float:
    """Grade of a running text; brackets are read over, and a number is one short word."""
    plain = _NUMBER.sub("#", _BRACKETS.sub("", text.replace("\N{NO-BREAK SPACE}", " ")))
    words = _WORD.findall(plain)
    sentences = max(1, len(_ENDS.findall(plain)))
    return 0.39 * len(words) / sentences + 11.8 * sum(map(syllables, words)) / len(words) - 15.59
