"""The top of the page: the answer without numbers, the sentences that it rests on, and the tiles with the numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.finding import Finding, printed_estimate, printed_interval, printed_n
from cit_platform.publishing.topics import absolute_risk, force, situation


@dataclass(frozen=True)
class Headline:
    """The findings that the top of the page rests on: of the situation, of certification in contacts and in odds."""

    situation: Finding
    difference: Finding
    odds_ratio: Finding


def headline(found: Mapping[str, Finding]) -> Headline:
    """The findings of the top of the page, from all findings by key."""
    return Headline(
        situation=found[situation.FORCE],
        difference=found[absolute_risk.FORCE_DIFFERENCE],
        odds_ratio=found[force.ODDS_RATIO],
    )


def leading(top: Headline) -> tuple[Finding, ...]:
    """The findings whose sentences stand at the top of the page, in this order."""
    return (top.situation, top.difference)


def in_brief(top: Headline) -> str:
    """The answer about certification in one sentence without numbers."""
    return {
        "lower": "Reports by certified officers mention force less often than other reports of contacts like theirs.",
        "higher": "Reports by certified officers mention force more often than other reports of contacts like theirs.",
        "no clear association": "Certification shows no clear association with force in these reports.",
    }.get(
        top.difference.direction,
        "Whether reports by certified officers differ in force cannot be estimated from these data.",
    )


def tiles(top: Headline) -> list[tuple[str, str, str]]:
    """Tiles of the page: number, what it is, and the small print."""
    sizes, unit = top.odds_ratio.sizes, " per 1,000"
    officers = "" if sizes.n_officers is None else f"by {wording.count(sizes.n_officers)} reporting officers"
    against = "reports by certified officers less reports by others, adjusted"
    difference = printed_estimate(top.difference).removesuffix(unit)
    return [
        (wording.count(sizes.n), "contacts analysed for force", officers),
        (wording.count(sizes.n_events), "of them with reportable force", ""),
        (difference, "difference in contacts with force, per 1,000", _small_print(top.difference, against)),
        (
            printed_estimate(top.odds_ratio),
            "odds ratio of force",
            _small_print(top.odds_ratio, "certified compared with not certified"),
        ),
    ]


def _small_print(finding: Finding, reference: str) -> str:
    if finding.direction == "cannot be estimated":
        return finding.words
    return f"95 % interval {printed_interval(finding)}; {reference}; {printed_n(finding)}"
