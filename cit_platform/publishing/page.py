"""The page: the reports of the topics put together in the order of the contents, with everything escaped.

What a topic says is none of its business; no number is computed here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from cit_platform.codebook.agency import agency_of
from cit_platform.publishing.contents import SECTIONS, Section, order_of_findings, topic_names
from cit_platform.publishing.front import badge, first_screen
from cit_platform.publishing.linked_data import dataset
from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.canvas import mark_words, without_head
from cit_platform.publishing.parts.checks import accepted_sentence, flow_of_tables, warning_sentences
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.finding import Finding
from cit_platform.publishing.parts.provenance import Download, EditionFacts
from cit_platform.publishing.parts.topic import Report

Reports = Mapping[str, Report]
Block = dict[str, Any]


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
    files = {download.words: download.files for download in downloads}
    return (
        _environment()
        .get_template("page.html")
        .render(
            title=f"Crisis contacts and CIT certification: {agency.display_name}",
            agency=agency.display_name,
            police_department=agency.police_department,
            provenance=provenance,
            facts=facts,
            badge=badge(provenance.demonstration, facts.annual),
            first=first_screen(by_key, reports),
            sections=[_section(section, reports, by_key, files) for section in SECTIONS if section.parts],
            tables=flow_of_tables(facts.n_rows, checks),
            warnings=warning_sentences(checks),
            accepted=accepted_sentence(facts.origin.accepted),
            downloads=downloads,
            dataset=_json_for_script(dataset(facts, provenance, downloads)),
        )
    )


def render_figure(report: Report, provenance: FigureProvenance) -> str:
    """The chart of a topic as a standalone page in `figures/`, with its table, reading `../assets/plotly.min.js`."""
    assert report.chart is not None
    chart = _chart(report.chart, report.chart["figure"], ())
    return _environment().get_template("figure.html").render(provenance=provenance, figure=chart)


def ordered_findings(reports: Reports) -> list[Finding]:
    """Every finding: under one heading together, where the first of them stands."""
    found = [finding for name in order_of_findings() for finding in reports[name].findings]
    headings = list(dict.fromkeys(finding.about for finding in found))
    return sorted(found, key=lambda finding: headings.index(finding.about))


def _section(
    section: Section, reports: Reports, by_key: Mapping[str, Finding], files: Mapping[str, tuple[tuple[str, str], ...]]
) -> dict[str, Any]:
    """A section with its blocks as the templates read them; each of its headings has an anchor of its own."""
    placed = _placed(reports)
    parts = []
    for name in section.parts:
        for block in _parts(name, reports, placed):
            parts.append(_finished(block, section.anchor, by_key, files))
    return {"anchor": section.anchor, "heading": section.heading, "parts": parts}


def _placed(reports: Reports) -> frozenset[str]:
    """Keys of the findings whose sentence a topic has put in its place."""
    blocks = (block for name in topic_names() for block in reports[name].blocks)
    return frozenset(block["key"] for block in blocks if block["kind"] == "sentence")


def _parts(name: str, reports: Reports, placed: frozenset[str]) -> Iterator[Block]:
    """The blocks of a part; findings without a place follow a topic's first heading, or head it themselves."""
    if name.endswith(".html"):
        yield {"kind": "template", "name": name}
        return
    report = reports[name]
    blocks = list(report.blocks)
    waiting = [finding for finding in report.findings if finding.key not in placed]
    headed = bool(blocks) and blocks[0]["kind"] == "heading"
    if headed:
        yield blocks.pop(0)
    several = len({finding.about for finding in waiting}) > 1
    for finding in waiting:
        if not headed and not several and finding is waiting[0]:
            yield {"kind": "heading", "text": finding.about}
        yield {"kind": "sentence", "key": finding.key, "lead": f"{finding.about}." if several else ""}
    yield from blocks


def _finished(
    block: Block, anchor: str, by_key: Mapping[str, Finding], files: Mapping[str, tuple[tuple[str, str], ...]]
) -> Block:
    if block["kind"] == "heading":
        return block | {"anchor": f"{anchor}-{_slug(block['text'])}"}
    if block["kind"] == "sentence":
        return {"lead": ""} | block | {"finding": by_key[block["key"]]}
    if block["kind"] == "chart":
        chart = block["figure"]["layout"]["meta"]["chart"]
        return {"kind": "chart", **_chart(block, without_head(block["figure"]), files.get(f"figure {chart}", ()))}
    return block


def _chart(block: Mapping[str, Any], figure: Mapping[str, Any], files: Sequence[tuple[str, str]]) -> Block:
    layout = figure["layout"]
    return {
        "chart": layout["meta"]["chart"],
        "title": layout["meta"]["title"],
        "key": layout["meta"]["key"],
        "notes": layout["meta"]["notes"],
        "json": _json_for_script(figure),
        "height": round(layout["height"]),
        "caption": block["caption"],
        "alternative": f"{block['alternative']} {mark_words(figure)}".strip(),
        "table": block["table"],
        "files": files,
    }


def _slug(words: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")


@cache
def _environment() -> Environment:
    templates = Path(__file__).with_name("templates")
    environment = Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["count"] = wording.count
    environment.filters["no_break"] = wording.no_break
    environment.filters["row"] = _row
    environment.filters["drawn"] = Markup
    return environment


def _row(row: Any) -> str:
    """The key of the table row that a sentence was made from, for `data-row`; empty without one."""
    if row is None:
        return ""
    table, key = (row["table"], row["key"]) if isinstance(row, dict) else (row.table, row.key)
    return json.dumps({"table": table, "key": dict(key)}, ensure_ascii=False, sort_keys=True)


def _json_for_script(value: Any) -> Markup:
    """JSON that is safe inside a script element: no character that could end it."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)
