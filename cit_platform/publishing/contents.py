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


SECTIONS = (
    Section("records", "What these records are", ("the_records",)),
    Section("answer", "In short", ("answer.html",)),
    Section("findings", "What officers do instead", ("findings.html", "absolute_risk")),
    Section("force", "Force", ("force", "situation")),
    Section("ladder-steps", "Asked ever more strictly", ("ladder", "design_effect")),
    Section("other-ways", "Asked in other ways", ("ladder_dispositions", "other_ways")),
    Section("dispositions", "What happened in the end", ("dispositions",)),
    Section("right-resource", "Does the right resource arrive?", ("response", "response_endings")),
    Section("over-time", "Over time", ("trends", "trends_by_precinct")),
    Section("claim", "“The interventionist effect”", ("interventionist_effect",)),
    Section("replication", "Beside the published result", ("replication", "evidence")),
    Section("not-estimated", "What cannot be estimated, and why", ("not_estimated",)),
    Section("reading", "How to read these numbers", ("reading.html",)),
    Section("limits", "Limits", ("limits.html",)),
    Section("quality", "The data: flow and quality", ("flow", "quality", "checks.html")),
    Section("city-revisions", "The city’s record changes after publication", ("revisions",)),  # noqa: RUF001
    Section("provenance", "Where the numbers come from", ("provenance.html",)),
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
