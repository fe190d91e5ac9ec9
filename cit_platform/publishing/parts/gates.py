"""Gates before words: an estimate of the protocol that a diagnostic does not let pass reaches no topic."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from cit_platform.contracts import TABLES
from cit_platform.inference.verdict import Kind, Verdict, codes, facts_json
from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.rows import Row, plain_rows

if TYPE_CHECKING:
    import pandas as pd

DIAGNOSTICS = "models/diagnostics"
Estimate = tuple[str, str, str]
STANDARDISED = "standardised"
NONE: Estimate = ("", "", "")
FORCE: Estimate = ("force", "primary", "force")


def _primary(outcome: str) -> Estimate:
    """The primary estimate of an outcome: of force, or of any such disposition of the contact."""
    return FORCE if outcome == "force" else ("disposition", "any_of", outcome)


def _of_unmeasured(row: Row) -> Estimate:
    return ("disposition", "primary", row["outcome"]) if row["outcome"] != "force" else FORCE


# Whose estimate a row is that says neither model nor variant, or is made from.
OF_ANOTHER: Mapping[str, Callable[[Row], Estimate]] = {
    "models/interventionist_effect": lambda row: ("disposition", "primary", row["outcome"]),
    "models/dependence": lambda row: _primary(row["outcome"]),
    "models/unmeasured": _of_unmeasured,
    # Every way of asking stands or falls with the one that speaks: one choice made otherwise tells its number.
    "models/choices": lambda _: FORCE,
    "models/multiverse": lambda _: FORCE,
    "models/multiverse_summary": lambda _: FORCE,
    "models/permutation_reference": lambda _: FORCE,
    "models/interference": lambda row: NONE if row["measure"].startswith("presence") else FORCE,
    "models/negative_controls": lambda row: _primary(row["control"]) if row["kind"] == "answer" else NONE,
}
# Numbers that are no estimate.
KEPT = ("margin", "published_p_value", "published_odds_ratio")
VERDICTS = {"part": "cannot_be_estimated", "verdict": "cannot_be_estimated", "size": ""}


def gates_failed(diagnostics: pd.DataFrame) -> dict[Estimate, list[str]]:
    """By model, variant and outcome, which gates are failed and by how much, in words."""
    found: dict[Estimate, list[str]] = {}
    for row in plain_rows(diagnostics):
        if row["gate"] and row["passes"] is False:
            found.setdefault((row["model"], row["variant"], row["outcome"]), []).append(gate_words(row))
    return found


def gate_words(row: Row) -> str:
    """A diagnostic with its value and threshold, as a reason lists it."""
    what = wording.known_words("diagnostic").get(row["diagnostic"], row["diagnostic"])
    return f"{what} {diagnostic_number(row)}, {threshold_words(row)} is asked for"


def threshold_words(row: Row) -> str:
    """What a diagnostic is held against."""
    return f"{wording.known_words('bound')[row['bound']]} {row['threshold']:g}"


def diagnostic_number(row: Row) -> str:
    """The value of a diagnostic: whole from a hundred on, else with two digits."""
    value = row["value"]
    if value is None:
        return "none"
    return wording.count(round(value)) if abs(value) >= 100 else wording.two_digits(value)


def without_estimates_beyond_gates(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Tables of models without the numbers of estimates that do not pass, the reason in their place.

    The diagnostics themselves stay, and so does what the protocol does not lay down.
    """
    failed = gates_failed(tables[DIAGNOSTICS]) if DIAGNOSTICS in tables else {}
    if not failed:
        return dict(tables)
    return {path: frame if path == DIAGNOSTICS else _gated(path, frame, failed) for path, frame in tables.items()}


def _gated(path: str, frame: pd.DataFrame, failed: Mapping[Estimate, list[str]]) -> pd.DataFrame:
    if "reason" not in frame.columns or not (path in OF_ANOTHER or "outcome" in frame.columns):
        return frame
    beyond = [failed.get(estimate) for estimate in _estimates(path, frame)]
    hidden = [gates is not None for gates in beyond]
    if not any(hidden):
        return frame
    kept = frame.copy()
    numbers = [c.name for c in TABLES[path].columns if c.type == "double" and c.name not in KEPT]
    kept.loc[hidden, [name for name in numbers if name in frame.columns]] = None
    if "converged" in frame.columns:
        kept.loc[hidden, "converged"] = False
    for name in VERDICTS.keys() & set(frame.columns):
        kept.loc[hidden, name] = VERDICTS[name]
    for place, gates in enumerate(beyond):
        if gates is not None:
            verdict = Verdict(Kind.BEYOND_A_GATE, {"gates": gates})
            why = (f"cannot be estimated: {verdict}", codes([verdict]), facts_json([verdict]))
            for name, words in zip(("note", "reason", "reason_facts"), why, strict=True):
                kept.loc[frame.index[place], name] = words
    return kept


def _estimates(path: str, frame: pd.DataFrame) -> list[Estimate]:
    """Whose estimate each row is."""
    if path in OF_ANOTHER:
        return [OF_ANOTHER[path](row) for row in plain_rows(frame)]
    if not {"model", "variant"} <= set(frame.columns):
        return [("", "", outcome) for outcome in frame["outcome"]]
    variants = frame["variant"].replace(STANDARDISED, "primary")
    return list(zip(frame["model"], variants, frame["outcome"], strict=True))
