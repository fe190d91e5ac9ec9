"""The top of the page: the answer in two sentences, and the tiles with the numbers that it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.finding import Finding, printed_estimate, printed_interval, printed_n
from cit_platform.publishing.topics import absolute_risk, force, situation


@dataclass(frozen=True)
class Headline:
    """The findings that the top of the page tells, in this order."""

    strongest: Finding
    difference: Finding
    odds_ratio: Finding


def headline(found: Mapping[str, Finding]) -> Headline:
    """The findings of the top of the page, from all findings by key."""
    return Headline(
        strongest=found[situation.STRONGEST],
        difference=found[absolute_risk.FORCE_DIFFERENCE],
        odds_ratio=found[force.ODDS_RATIO],
    )


def in_brief(top: Headline) -> str:
    """The answer in two sentences without numbers: the situation first, then certification."""
    if top.strongest.direction == "cannot be estimated":
        first = "What force goes together with most cannot be estimated from these data."
    else:
        first = f"Force goes together most with {situation.in_sentence(top.strongest.words)}."
    second = {
        "lower": "Officer certification is associated with lower odds of force.",
        "higher": "Officer certification is associated with higher odds of force.",
        "no clear association": "Officer certification shows no clear association with force.",
    }.get(
        top.odds_ratio.direction,
        "How officer certification is associated with force cannot be estimated from these data.",
    )
    return f"{first} {second}"


def tiles(top: Headline) -> list[tuple[str, str, str]]:
    """Tiles of the page: number, what it is, and the small print."""
    sizes, unit = top.odds_ratio.sizes, " per 1,000"
    officers = "" if sizes.n_officers is None else f"by {wording.count(sizes.n_officers)} reporting officers"
    against = "every officer certified compared with none, adjusted"
    difference = printed_estimate(top.difference).removesuffix(unit)
    return [
        (wording.count(sizes.n), "contacts analysed for force", officers),
        (wording.count(sizes.n_events), "of them with reportable force", ""),
        (difference, f"contacts with force{unit}", _small_print(top.difference, against)),
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
