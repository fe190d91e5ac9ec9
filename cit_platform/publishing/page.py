"""The page: the reports of the topics put together in the order of the contents, with everything escaped.

What a topic says is none of its business; no number is computed here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from cit_platform.codebook.agency import agency_of
from cit_platform.publishing.contents import SECTIONS, Section, order_of_findings, topic_names
from cit_platform.publishing.front import headline, in_brief, leading, tiles
from cit_platform.publishing.linked_data import dataset
from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.checks import accepted_sentence, flow_of_tables, warning_sentences
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.finding import Finding
from cit_platform.publishing.parts.provenance import Download, EditionFacts
from cit_platform.publishing.parts.topic import Report
from cit_platform.studies.protocol import protocol

Reports = Mapping[str, Report]


def render_page(
    reports: Reports,
    provenance: FigureProvenance,
    facts: EditionFacts,
    checks: Sequence[Mapping[str, Any]],
    downloads: Sequence[Download],
) -> str:
    """The whole page as HTML, the same text for the same inputs.

    Args:
        reports: What each topic says, by its name.
        provenance: Snapshot and demonstration flag.
        facts: What the edition says about itself.
        checks: Results of the quality checks (`name, table, passed, severity`, and `message` if any).
        downloads: Files offered.
    """
    agency = agency_of(facts.agency)
    by_key = {finding.key: finding for finding in ordered_findings(reports)}
    top = headline(by_key)
    return (
        environment()
        .get_template("page.html")
        .render(
            title=f"Crisis contacts and CIT certification: {agency.display_name}",
            agency=agency.display_name,
            police_department=agency.police_department,
            provenance=provenance,
            facts=facts,
            sections=[_section(section, reports) for section in SECTIONS],
            by_key=by_key,
            headline=leading(top),
            brief=in_brief(top),
            key_figures=tiles(top),
            listed=listed_findings(reports),
            tables=flow_of_tables(facts.n_rows, checks),
            warnings=warning_sentences(checks),
            accepted=accepted_sentence(facts.origin.accepted),
            downloads=downloads,
            protocol=protocol(),
            dataset=_json_for_script(dataset(facts, provenance, downloads)),
        )
    )


def render_figure(report: Report, provenance: FigureProvenance) -> str:
    """The chart of a topic as a standalone page in `figures/`, with its table, reading `../assets/plotly.min.js`."""
    assert report.chart is not None
    chart = _chart(report.chart)
    title = report.chart["figure"]["layout"]["meta"]["title"]
    return environment().get_template("figure.html").render(title=title, provenance=provenance, figure=chart)


def ordered_findings(reports: Reports) -> list[Finding]:
    """Every finding: under one heading together, where the first of them stands; last those that sections print."""
    found = [finding for name in order_of_findings() for finding in reports[name].findings]
    headings, placed = list(dict.fromkeys(finding.about for finding in found)), _placed(reports)
    listed = sorted((f for f in found if f.key not in placed), key=lambda finding: headings.index(finding.about))
    return listed + sorted((f for f in found if f.key in placed), key=lambda finding: placed.index(finding.key))


def listed_findings(reports: Reports) -> list[tuple[str, list[str]]]:
    """Findings without a place of their own as heading and sentences."""
    found = ordered_findings(reports)
    top = {finding.key for finding in leading(headline({f.key: f for f in found}))}
    listed = [finding for finding in found if finding.key not in (*top, *_placed(reports))]
    return [
        (heading, [finding.sentence for finding in group])
        for heading, group in groupby(listed, key=lambda finding: finding.about)
    ]


def _placed(reports: Reports) -> list[str]:
    """Keys of the findings that sections print, in the order of the page."""
    blocks = (block for name in topic_names() for block in reports[name].blocks)
    return [block["key"] for block in blocks if block["kind"] == "sentence"]


def _section(section: Section, reports: Reports) -> dict[str, Any]:
    parts = [part for name in section.parts for part in _parts(name, reports)]
    return {"anchor": section.anchor, "heading": section.heading, "parts": parts}


def _parts(name: str, reports: Reports) -> Iterator[dict[str, Any]]:
    if name.endswith(".html"):
        yield {"kind": "template", "name": name}
        return
    for block in reports[name].blocks:
        yield {"kind": "chart", **_chart(block)} if block["kind"] == "chart" else block


def _chart(block: Mapping[str, Any]) -> dict[str, Any]:
    layout = block["figure"]["layout"]
    return {
        "chart": layout["meta"]["chart"],
        "json": _json_for_script(block["figure"]),
        "height": round(layout["height"]),
        "caption": block["caption"],
        "alternative": block["alternative"],
        "table": block["table"],
    }


@cache
def environment() -> Environment:
    """The templates of the page and of what stands beside it; all text is escaped."""
    templates = Path(__file__).with_name("templates")
    templated = Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    templated.filters["count"] = wording.count
    templated.filters["no_break"] = wording.no_break
    return templated


def _json_for_script(value: Any) -> Markup:
    """JSON that is safe inside a script element: no character that could end it."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)
