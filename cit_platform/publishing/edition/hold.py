"""Whether an edition waits for a person: its headlines beside those of the edition in force."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cit_platform.publishing.topics import absolute_risk, force, situation

# The findings that decide, each with its topic.
HEADLINES = {
    situation.FORCE: "situation",
    absolute_risk.FORCE_DIFFERENCE: "absolute_risk",
    force.ODDS_RATIO: "force",
}
# What says no difference; a plain risk has nothing of the kind.
NEUTRAL = {"odds ratio": 1.0, "risk difference": 0.0}

Record = Mapping[str, Any]


def reasons_to_hold(previous: Path, findings: Sequence[Record]) -> tuple[str, ...]:
    """Why an edition is not published by itself, a sentence per headline; none beside no edition or a damaged one.

    Args:
        previous: the edition in force; it need not exist.
        findings: the records of `findings.json` of the new edition.
    """
    before, after = headlines(findings_of(previous)), headlines(findings)
    found = ((after[key], _reason(before[key], after[key])) for key in HEADLINES if key in before and key in after)
    return tuple(f"{finding['what']}: {reason}." for finding, reason in found if reason)


def findings_of(edition: Path) -> list[dict[str, Any]]:
    """The findings of an edition; none where they are missing or damaged, as of a withdrawn one."""
    try:
        found = json.loads((edition / "findings.json").read_text(encoding="utf-8"))
        return [finding for finding in found if {"key", "what", "numbers"} <= finding.keys()]
    except (OSError, ValueError, TypeError, AttributeError):
        return []


def headlines(findings: Sequence[Record]) -> dict[str, Record]:
    """The headlines among findings, by key."""
    return {finding["key"]: finding for finding in findings if finding["key"] in HEADLINES}


def printed(finding: Record) -> str:
    """A finding's number with its interval."""
    return f"{finding['estimate']} ({finding['interval']})" if finding["interval"] else str(finding["estimate"])


def _reason(before: Record, after: Record) -> str | None:
    was, now = before["numbers"], after["numbers"]
    if was["estimate"] is None:
        return None
    both = f"it was {printed(before)} and is {printed(after)}"
    if now["estimate"] is None:
        return f"{both}; it can no longer be estimated"
    neutral = NEUTRAL.get(now["unit"])
    if neutral is not None and (was["estimate"] - neutral) * (now["estimate"] - neutral) < 0:
        return f"{both}; it changed its sign"
    if was["low"] is not None and not was["low"] <= now["estimate"] <= was["high"]:
        return f"{both}; it left the interval of the edition in force"
    return None
