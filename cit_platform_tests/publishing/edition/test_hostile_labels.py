"""Labels made to harm, of records enough to be published: text on the page, in every file, and nowhere else."""

import csv
import json
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest

from cit_platform.publishing.edition import build_edition
from cit_platform.publishing.parts.labels import LEAST_RECORDS
from cit_platform_tests.publishing.conftest import Prepare, write_reports

LABELS = (
    "<script>alert(`x`)</script>",
    '"><img src=x onerror=alert(/x/)>',
    "</script><svg onload=alert(/x/)>",
    'IT\'S "QUOTED" & `TICKED`',
    '=HYPERLINK("HTTP://EVIL.TEST","CLICK")',
    "@SUM(A:A)",
    "+CMD|'/C CALC'!A",
    "-A+B",
    "LONG " * 2_000,
    "{{ config }} {% raw %}",
    "RIGHT \u202eTO LEFT\u2066",
    "ZERO\u200bWIDTH\ufeff",
)
DANGEROUS = {"script", "img", "svg", "iframe", "object", "embed", "form", "base", "meta", "link"}


class Shape(HTMLParser):
    """How often each tag stands on a page, and every attribute that acts."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.counts: dict[str, int] = {}
        self.acting: list[str] = []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.counts[tag] = self.counts.get(tag, 0) + 1
        self.acting += [name for name, value in attrs if name.startswith("on") or "javascript:" in (value or "")]


@pytest.fixture(scope="module")
def edition(prepare: Prepare, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    inputs = prepare(home, source="file")
    labels = inputs.tables["quality/labels"]
    rows = [
        {"field": "disposition", "label": label, "grouping": "unmapped", "n_records": LEAST_RECORDS + number}
        for number, label in enumerate(LABELS)
    ]
    hostile = pd.concat([labels, pd.DataFrame(rows, columns=labels.columns)], ignore_index=True)
    inputs.tables["quality/labels"] = hostile  # type: ignore[index]
    write_reports(home, inputs.tables, inputs.figure_provenance)
    return build_edition(home, inputs)


def printed(label: str) -> str:
    """As the file prints it: what acts on a terminal is a blank."""
    return "".join(" " if ord(letter) in (0x202E, 0x2066, 0x200B, 0xFEFF) else letter for letter in label)


def test_they_are_text_on_the_page(edition: Path, built: object) -> None:
    shape, plain = Shape(edition / "index.html"), Shape(built(source="file") / "index.html")  # type: ignore[operator]
    assert shape.acting == []
    assert {tag: shape.counts.get(tag) for tag in DANGEROUS} == {tag: plain.counts.get(tag) for tag in DANGEROUS}
    text = (edition / "index.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;alert(`x`)&lt;/script&gt;" in text
    assert "{{ config }} {% raw %}" in text


def test_every_one_is_in_the_files_and_none_is_a_formula(edition: Path) -> None:
    with (edition / "tables" / "labels.csv").open(encoding="utf-8", newline="") as lines:
        found = [row["label"] for row in csv.DictReader(lines)]
    for label in LABELS:
        quote = "'" if label[0] in "=+-@" else ""
        assert f"{quote}{printed(label)}".strip() in {each.strip() for each in found}, label
    assert not [label for label in found if label[:1] in ("=", "+", "-", "@", "\t")]


def test_figures_feed_and_descriptions_hold_none_of_them(edition: Path) -> None:
    beside = [edition / name for name in ("findings.json", "datapackage.json", "CITATION.cff", "manifest.json")]
    feed, index = (edition.parent / name for name in ("feed.xml", "index.html"))
    for file in (*beside, feed, index, *(edition / "figures").iterdir()):
        text = file.read_text(encoding="utf-8")
        for words in ("alert(", "HYPERLINK", "@SUM", "LONG LONG", "{{ config", "ZERO"):
            assert words not in text, (file.name, words)
    ElementTree.parse(feed)
    for file in (edition / "figures").glob("*.svg"):
        ElementTree.parse(file)
    for file in (edition / "figures").glob("*.json"):
        json.loads(file.read_text(encoding="utf-8"))
