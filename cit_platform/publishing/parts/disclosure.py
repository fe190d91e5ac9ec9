"""Officer attributes: merged before any fit, withheld where few officers give them still, and never on the page.

Labels pass here too, by the rule of `labels`; what two editions tell by subtraction, `between_editions` says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cit_platform.contracts import TABLES
from cit_platform.inference.verdict import Kind, Verdict
from cit_platform.publishing.parts.labels import LABELS, published_labels

if TYPE_CHECKING:
    import pandas as pd

LEVELS, REPLICATION = "quality/levels", "replication"
WITHHELD = str(Verdict(Kind.WITHHELD))
OFFICER_ATTRIBUTES = ("officer_race", "officer_gender")
_NUMBERS = (
    "estimate",
    "std_error",
    "std_error_cr1",
    "statistic",
    "p_value",
    "odds_ratio",
    "conf_low",
    "conf_high",
    "smallest_detectable",
    "smallest_detectable_below",
    "design_effect",
    "effective_clusters",
)
# A level in a note, and what is counted of it: of one fit, whose rows of that level may be those of a single officer.
_LEVEL = re.compile(rf"\b({'|'.join(OFFICER_ATTRIBUTES)})\b(?! is )( [^:;,(]+)?(:[^;]*)?")

Level = tuple[str, str]


def small_levels(levels: pd.DataFrame) -> frozenset[Level]:
    """Levels (term, level) that are not shown.

    Args:
        levels: `quality/levels`.
    """
    listed = zip(levels["term"], levels["level"], levels["shown"], strict=True)
    return frozenset((term, level) for term, level, shown in listed if not shown)


def without_officer_attributes(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """What a topic may see: as published, but without the rows of officer attributes, which are controls alone."""
    return {path: _without_attributes(frame) for path, frame in without_few_officers(tables).items()}


def without_few_officers(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Tables without what tells of few officers or may be private text, rows by key whatever order they came in.

    Args:
        tables: Frames by path, `quality/levels` among them if any is a table of models.
    """
    small = small_levels(tables[LEVELS]) if LEVELS in tables else frozenset()
    shown = {path: _withheld(_ordered(path, frame), small) for path, frame in tables.items()}
    return shown | ({LABELS: published_labels(shown[LABELS])} if LABELS in shown else {})


def _withheld(frame: pd.DataFrame, small: frozenset[Level]) -> pd.DataFrame:
    """A table of models without numbers of small levels, and without a count of any officer attribute in a reason.

    In a tidy table the rows of small levels stay, with the reason in `note`. A table without notes comes back as it is.
    """
    if "note" not in frame.columns:
        return frame
    kept = frame.copy()
    # Of thousands of rows a few dozen texts.
    kept["note"] = frame["note"].map({note: _uncounted(note) for note in frame["note"].unique()})
    kept["reason_facts"] = frame["reason_facts"].map(
        {facts: _facts_uncounted(facts) for facts in frame["reason_facts"].unique()}
    )
    if {"term", "level", "converged"} <= set(frame.columns):
        levels = zip(frame["model"], frame["term"], frame["level"], strict=True)
        # The windows of a replication are shorter than those whose levels were judged.
        few = [
            (term, level) in small or (model == REPLICATION and term in OFFICER_ATTRIBUTES)
            for model, term, level in levels
        ]
        rows = zip(few, frame["term"], frame["converged"], strict=True)
        silent = [hidden or (term in OFFICER_ATTRIBUTES and not known) for hidden, term, known in rows]
        kept.loc[few, [name for name in _NUMBERS if name in frame.columns]] = None
        kept.loc[silent, "note"] = WITHHELD
        kept.loc[silent, "reason"], kept.loc[silent, "reason_facts"] = Kind.WITHHELD.value, "[{}]"
    return kept


def _without_attributes(frame: pd.DataFrame) -> pd.DataFrame:
    if "term" not in frame.columns:
        return frame
    return frame[~frame["term"].isin(OFFICER_ATTRIBUTES)].reset_index(drop=True)


def _ordered(path: str, frame: pd.DataFrame) -> pd.DataFrame:
    key = [name for name in TABLES[path].key if name in frame.columns]
    return frame.sort_values(key, kind="stable", ignore_index=True)


def _uncounted(note: str | None) -> str | None:
    """A note that says of officer attributes only that something is withheld."""
    return _LEVEL.sub(rf"\1: {WITHHELD}", note) if isinstance(note, str) else note


def _facts_uncounted(facts: str | None) -> str | None:
    """Facts of reasons that neither name nor count levels of officer attributes."""
    if not isinstance(facts, str) or not any(name in facts for name in OFFICER_ATTRIBUTES):
        return facts
    return json.dumps(_unnamed(json.loads(facts)), ensure_ascii=False)


def _unnamed(value: Any) -> Any:
    if isinstance(value, dict):
        plain = {name: _unnamed(item) for name, item in value.items()}
        return plain | {"absent": [], "n_rows": None} if plain.get("column") in OFFICER_ATTRIBUTES else plain
    if isinstance(value, list):
        return [_unnamed(item) for item in value]
    attribute = value.split(" ")[0] if isinstance(value, str) else ""
    return attribute if attribute in OFFICER_ATTRIBUTES else value
