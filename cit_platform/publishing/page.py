"""The page: the reports of the topics put together in the order of the contents, with everything escaped.

What a topic says is none of its business; no number is computed here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from cit_platform.codebook.agency import agency_of
from cit_platform.publishing.contents import SECTIONS, order_of_findings, topic_names
from cit_platform.publishing.figure_page import chart_block
from cit_platform.publishing.front import FirstScreen, badge, first_screen
from cit_platform.publishing.linked_data import dataset
from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.canvas import without_head
from cit_platform.publishing.parts.changes import Difference
from cit_platform.publishing.parts.checks import accepted_sentence, flow_of_tables, warning_sentences
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.finding import Finding
from cit_platform.publishing.parts.provenance import Download, EditionFacts, source_words
from cit_platform.publishing.parts.terms import FirstUse, terms
from cit_platform.publishing.parts.topic import Report
from cit_platform.publishing.templating import environment, json_for_script
from cit_platform.studies.protocol import protocol

Reports = Mapping[str, Report]
Block = dict[str, Any]
NO_EDITION_BEFORE = Difference()
# What is offered for download under a name, as (format, path inside the edition).
Files = Mapping[str, Sequence[tuple[str, str]]]


def render_page(
    reports: Reports,
    provenance: FigureProvenance,
    facts: EditionFacts,
    checks: Sequence[Mapping[str, Any]],
    downloads: Sequence[Download],
    changes: Difference = NO_EDITION_BEFORE,
) -> str:
    """The whole page as HTML, the same text for the same inputs.

    Args:
        reports: What each topic says, by its name.
        provenance: Snapshot and demonstration flag.
        facts: What the edition says about itself.
        checks: Results of the quality checks (`name, table, passed, severity`, and `message` if any).
        downloads: Files offered.
        changes: What changed since the edition before.
    """
    agency = agency_of(facts.agency)
    by_key = {finding.key: finding for finding in ordered_findings(reports)}
    files = {download.words: download.files for download in downloads}
    return (
        environment()
        .get_template("page.html")
        .render(
            title=f"Crisis contacts and CIT certification: {agency.display_name}",
            agency=agency.display_name,
            police_department=agency.police_department,
            provenance=provenance,
            facts=facts,
            source_of=source_words(facts),
            badge=badge(provenance.demonstration, facts.annual),
            first=_first(first_screen(by_key, reports), files),
            sections=_sections(reports, by_key, files),
            terms=terms(),
            tables=flow_of_tables(facts.n_rows, checks),
            warnings=warning_sentences(checks),
            accepted=accepted_sentence(facts.origin.accepted),
            downloads=downloads,
            changes=changes,
            protocol=protocol(),
            dataset=json_for_script(dataset(facts, provenance, downloads)),
        )
    )


def ordered_findings(reports: Reports) -> list[Finding]:
    """Every finding: under one heading together, where the first of them stands."""
    found = [finding for name in order_of_findings() for finding in reports[name].findings]
    headings = list(dict.fromkeys(finding.about for finding in found))
    return sorted(found, key=lambda finding: headings.index(finding.about))


def _first(screen: FirstScreen, files: Files) -> dict[str, Any]:
    sentences = [
        (words, _row(None if found.row is None else asdict(found.row), files)) for words, found in screen.sentences
    ]
    return {"sentences": sentences, "picture": screen.picture}


def _sections(reports: Reports, by_key: Mapping[str, Finding], files: Files) -> list[dict[str, Any]]:
    """Sections with their blocks as the templates read them; each heading has an anchor, each term its definition."""
    placed, first_use = _placed(reports), FirstUse()
    return [
        {
            "anchor": section.anchor,
            "heading": section.heading,
            "parts": [
                _finished(block, section.anchor, by_key, files, first_use)
                for name in section.parts
                for block in _parts(name, reports, placed)
            ],
        }
        for section in SECTIONS
        if section.parts
    ]


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


def _finished(block: Block, anchor: str, by_key: Mapping[str, Finding], files: Files, first_use: FirstUse) -> Block:
    if block["kind"] == "heading":
        return block | {"anchor": f"{anchor}-{_slug(block['text'])}"}
    if block["kind"] == "prose":
        words = first_use.marked(wording.no_break(block["text"]))
        return block | {"html": words, "row": _row(block.get("row"), files), "finding": False}
    if block["kind"] == "sentence":
        finding = by_key[block["key"]]
        words = first_use.marked(wording.no_break(finding.sentence))
        row = _row(None if finding.row is None else asdict(finding.row), files)
        return {"kind": "prose", "lead": block.get("lead", ""), "html": words, "row": row, "finding": True}
    if block["kind"] == "choosing":
        return block | {"json": json_for_script(_choices(block, files))}
    if block["kind"] == "chart":
        chart = block["figure"]["layout"]["meta"]["chart"]
        return {"kind": "chart", **chart_block(block, without_head(block["figure"]), files.get(f"figure {chart}", ()))}
    return block


def _choices(block: Block, files: Files) -> dict[str, Any]:
    """What a script needs of a sentence that holds choices."""
    ways = [
        each | {name: wording.no_break(each[name]) for name in ("answer", "numbers")} | {"row": _key_text(each["row"])}
        for each in block["ways"]
    ]
    asked = [{name: question[name] for name in ("name", "label", "options")} for question in block["questions"]]
    return {"questions": asked, "ways": ways, "spoken": block["spoken"]}


def _row(row: Mapping[str, Any] | None, files: Files) -> dict[str, str] | None:
    """The table row that a sentence was made from: its key for `data-row`, in words, and the file that holds it."""
    if row is None:
        return None
    name = row["table"].partition("/")[2]
    key = ", ".join(f"{column} {value}" for column, value in row["key"].items() if value != "")
    return {
        "key": _key_text(row),
        "words": f"Row of the table {name}: {key}",
        "file": next((path for _, path in files.get(name, ())), ""),
    }


def _key_text(row: Mapping[str, Any]) -> str:
    return json.dumps({"table": row["table"], "key": dict(row["key"])}, ensure_ascii=False, sort_keys=True)


def _slug(words: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")
