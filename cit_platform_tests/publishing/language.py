"""Words that a sentence about an association must not use: the reviewed list `words_to_avoid.csv`, with why."""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path

LIST = Path(__file__).with_name("words_to_avoid.csv")
# The claim's published name and the sampling term are proper names; everything else is read.
_NAMES = re.compile(r"[“\"][Tt]he interventionist effect[”\"]|[Dd]esign effects?")
# In prose about the project a verb of cause is ordinary English, but not where certification is its subject.
CLAIM = re.compile(
    r"\b(certification|certified officers|(the )?training|the course)\s+"
    r"((also|really|then|thus|clearly)\s+)?"
    r"(caus(es?|ed)|lead(s)? to|led to|reduc(es?|ed)|increas(es?|ed)|lower(s|ed)?|rais(es?|ed)|prevent(s|ed)?|"
    r"improv(es?|ed)|protect(s|ed)?|affect(s|ed)?|drives?)\b",
    re.IGNORECASE,
)


def listed_words() -> list[dict[str, str]]:
    """The rows of the list."""
    with LIST.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def _pattern(*scopes: str) -> re.Pattern[str]:
    patterns = "|".join(f"(?:{row['pattern']})" for row in listed_words() if row["scope"] in scopes)
    return re.compile(rf"\b(?:{patterns})\b", re.IGNORECASE)


def banned_words(text: str) -> list[str]:
    """What a published text must not say: causal words, "likely" for odds, exclamations."""
    return [match.group(0) for match in _pattern("page", "everywhere").finditer(_NAMES.sub("", text))]


def banned_in_prose(text: str) -> list[str]:
    """What README and documents must not say: words banned everywhere, and claims that certification does something."""
    plain = re.sub(r"`[^`]*`|```.*?```", "", _NAMES.sub("", text), flags=re.DOTALL)
    found = [*_pattern("everywhere").finditer(plain), *CLAIM.finditer(plain)]
    return [" ".join(match.group(0).split()) for match in found]
