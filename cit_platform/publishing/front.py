"""The first screen: the answer in plain sentences, the picture of 1,000 contacts, and what kind of numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cit_platform.publishing.parts.finding import Finding
from cit_platform.publishing.parts.topic import Report
from cit_platform.publishing.topics import absolute_risk, situation


@dataclass(frozen=True)
class FirstScreen:
    """What stands above the fold: the findings that answer, of situation and certification, and a picture if any."""

    answers: tuple[Finding, Finding]
    picture: Mapping[str, Any] | None

    @property
    def sentences(self) -> list[tuple[str, Finding]]:
        """The answers without symbols, each with its finding; one that has no number says why."""
        return [(finding.plain or _why_not(finding), finding) for finding in self.answers]


def first_screen(found: Mapping[str, Finding], reports: Mapping[str, Report]) -> FirstScreen:
    """The first screen, from all findings by key."""
    answers = (found[situation.FORCE], found[absolute_risk.FORCE_DIFFERENCE])
    return FirstScreen(answers, reports["absolute_risk"].picture)


def badge(demonstration: bool, annual: bool) -> str:
    """What kind of numbers: a demonstration's, the result of a year, or those of one night among many."""
    if demonstration:
        return "demonstration"
    return "annual result" if annual else "monitoring"


def _why_not(finding: Finding) -> str:
    return f"{finding.what}: {finding.words}."
