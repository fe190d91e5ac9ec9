"""The order of the page: its sections, and the topics and standing texts in each.

A new topic is one line in `SECTIONS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module

from cit_platform.publishing.parts.topic import Topic


@dataclass(frozen=True)
class Section:
    """A section of the page: anchor, heading, and its parts: names of topics, and templates (`….html`)."""

    anchor: str
    heading: str
    parts: tuple[str, ...]


# A section without parts is not shown: a place that is kept for topics to come.
SECTIONS = (
    Section("records", "What these records are", ("the_records",)),
    Section("situation", "Which contacts involve force", ("situation",)),
    Section("force", "Certification and force", ("force",)),
    Section("instead", "What officers do instead", ("absolute_risk", "dispositions")),
    Section("claim", "“The interventionist effect”", ("interventionist_effect",)),
    Section("primary-outcomes", "Four outcomes named beforehand, judged together", ("primary_outcomes",)),
    Section("trust", "How far to trust it", ("ladder", "design_effect", "ladder_dispositions", "other_ways")),
    # The objections, each as a question, its answer in a sentence, a chart, and what would change the answer.
    Section("right-resource", "Does the right resource arrive?", ("response", "response_endings")),
    Section("feasibility", "What these data can answer", ("feasibility",)),
    Section("diagnostics", "Can these estimates be shown?", ("diagnostics",)),
    Section("dispatch-balance", "Do certified officers write up harder calls?", ("dispatch_balance",)),
    Section("certification-change", "The same officers, before and after", ("recording", "certification_change")),
    Section("calls", "Does it depend on the call?", ("call_detail",)),
    Section("alike", "How much alike are reports of one officer, squad or incident?", ("dependence",)),
    Section("what-else", "What else could it be?", ("unmeasured", "bounds", "interference", "negative_controls")),
    Section("not-estimated", "What cannot be estimated, and why", ("not_estimated",)),
    Section("time", "Over time", ("trends", "trends_by_precinct", "era")),
    Section("choose", "Choose for yourself", ("choices",)),
    Section("every-choice", "Does the answer hang on our choices?", ("multiverse_summary", "permutation_reference")),
    Section("since", "Reported since the questions were laid down", ("prospective",)),
    Section("replication", "Beside the published result", ("replication", "evidence")),
    Section("quality", "The data: flow and quality", ("flow", "quality", "checks.html")),
    Section("city-revisions", "The city’s record changes after publication", ("revisions",)),  # noqa: RUF001
    Section("changes", "What changed since the last edition", ("changes.html",)),
    Section("reading", "How to read these numbers", ("reading.html",)),
    Section("limits", "Limits", ("limits.html",)),
    Section("provenance", "Cite, origin and downloads", ("provenance.html",)),
    Section("help", "If you or someone you know is in crisis", ("help.html",)),
)
# Findings of these come first, in this order; those of other topics follow in the order of the page.
FIRST = ("situation", "absolute_risk", "force", "dispositions", "interventionist_effect", "replication", "ladder")


def topic_names() -> tuple[str, ...]:
    """Every topic of the page, in its order."""
    return tuple(part for section in SECTIONS for part in section.parts if not part.endswith(".html"))


def topics() -> tuple[Topic, ...]:
    """Every topic of the page, in its order."""
    return tuple(_topic(name) for name in topic_names())


def order_of_findings() -> tuple[str, ...]:
    """Topics in the order of their findings."""
    return (*FIRST, *(name for name in topic_names() if name not in FIRST))


@cache
def _topic(name: str) -> Topic:
    found: Topic = getattr(import_module(f"cit_platform.publishing.topics.{name}"), name)
    return found
