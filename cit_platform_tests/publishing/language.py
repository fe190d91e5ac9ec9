"""Words that a sentence about an association must not use."""

from __future__ import annotations

import re

# The claim's published name and the sampling term are proper names; everything else is read.
_NAMES = re.compile(r"[“\"][Tt]he interventionist effect[”\"]|[Dd]esign effects?")
_BANNED = re.compile(
    r"\b(caus\w*|effects? of|effects?|leads? to|leading to|reduc\w*|increas\w*|decreas\w*|lowers|raises|(un)?likely|"
    r"prevent\w*|improv\w*|impact\w*|due to|because of|thanks to|results? in|makes?|drives?|protect\w*|influenc\w*)\b",
    re.IGNORECASE,
)


def banned_words(text: str) -> list[str]:
    """Causal words, and "likely" for odds, in a text."""
    return [match.group(0) for match in _BANNED.finditer(_NAMES.sub("", text))]
