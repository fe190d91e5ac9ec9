"""Small cells: the numbers of officer attributes that too few contacts have are withheld."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from cit_platform.contracts import TABLES
from cit_platform.inference.verdict import Kind, Verdict

if TYPE_CHECKING:
    import pandas as pd

LEVELS = "quality/levels"
WITHHELD = str(Verdict(Kind.WITHHELD))
_NUMBERS = (
    "estimate",
    "std_error",
    "statistic",
    "p_value",
    "odds_ratio",
    "conf_low",
    "conf_high",
    "smallest_detectable",
    "design_effect",
)

Level = tuple[str, str]


def small_levels(levels: pd.DataFrame) -> frozenset[Level]:
    """Levels (term, level) that are not shown.

    Args:
        levels: `quality/levels`.
    """
    listed = zip(levels["term"], levels["level"], levels["shown"], strict=True)
    return frozenset((term, level) for term, level, shown in listed if not shown)


def fit_to_show(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Tables without the numbers of small levels, rows by key, so that nothing depends on the order they came in.

    Args:
        tables: Frames by path, `quality/levels` among them if any is a table of models.
    """
    small = small_levels(tables[LEVELS]) if LEVELS in tables else frozenset()
    return {path: withhold_small_levels(_ordered(path, frame), small) for path, frame in tables.items()}


def withhold_small_levels(frame: pd.DataFrame, small: frozenset[Level]) -> pd.DataFrame:
    """A table of models without the numbers of small levels.

    In a tidy table their rows stay, with the reason in `note`; in every table, what other notes count about them goes.
    A table without notes comes back as it is.
    """
    if not small or "note" not in frame.columns:
        return frame
    kept = frame.copy()
    kept["note"] = [_uncounted(note, small) if isinstance(note, str) else note for note in frame["note"]]
    if {"term", "level"} <= set(frame.columns):
        hit = [(term, level) in small for term, level in zip(frame["term"], frame["level"], strict=True)]
        kept.loc[hit, [name for name in _NUMBERS if name in frame.columns]] = None
        kept.loc[hit, "note"] = WITHHELD
        kept.loc[hit, "reason"], kept.loc[hit, "reason_facts"] = Kind.WITHHELD.value, "[{}]"
    kept["reason_facts"] = [_without_counts(facts, small) for facts in kept["reason_facts"]]
    return kept


def _ordered(path: str, frame: pd.DataFrame) -> pd.DataFrame:
    key = [name for name in TABLES[path].key if name in frame.columns]
    return frame.sort_values(key, kind="stable", ignore_index=True)


def _without_counts(facts: str | None, small: frozenset[Level]) -> str | None:
    """Facts of reasons whose lists of levels do not count small ones."""
    if not facts or '"levels"' not in facts:
        return facts
    names, verdicts = {f"{term} {level}" for term, level in small}, json.loads(facts)
    for level in (level for found in verdicts for level in found.get("levels", ())):
        if level["column"] in names:
            level |= {"absent": [], "n_rows": None}
    return json.dumps(verdicts, ensure_ascii=False)


def _uncounted(note: str, small: frozenset[Level]) -> str:
    """A note whose parts about a small level ("officer_race X: … in its 6 rows") say only that it is withheld."""
    for term, level in sorted(small):
        note = re.sub(rf"{re.escape(f'{term} {level}')}: [^;]*", f"{term} {level}: {WITHHELD}", note)
    return note
