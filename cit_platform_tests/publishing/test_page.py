"""The page: banner first, everything escaped, every number in a table, in order for a screen reader."""

import dataclasses
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cit_platform.publishing.contents import SECTIONS
from cit_platform.publishing.edition import build_edition
from cit_platform.publishing.parts.figure_provenance import BANNER
from cit_platform_tests.publishing import frames
from cit_platform_tests.publishing.conftest import TRUTHS, Built, Prepare
from cit_platform_tests.publishing.language import banned_words

HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)>'


class Outline(HTMLParser):
    """Headings, visible text, tags with their attributes, and scripts of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.headings: list[int] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self._raw: list[str] = []
        self._silent = 0
        self.feed(page)

    @property
    def running(self) -> str:
        """All visible text as it runs, links and emphasis within sentences included."""
        return " ".join("".join(self._raw).split()).replace("\N{NO-BREAK SPACE}", " ")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        self._silent += tag in ("script", "style", "title")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("script", "style", "title")

    def handle_data(self, data: str) -> None:
        self._raw.append("" if self._silent else data)
        if not self._silent and data.strip():
            self.text.append(" ".join(data.split()))


def page_of(edition: Path) -> str:
    return (edition / "index.html").read_text(encoding="utf-8")


def test_banner_is_the_first_line(built: Built) -> None:
    assert Outline(page_of(built())).text[0] == BANNER


@pytest.mark.parametrize("truth", TRUTHS)
def test_no_causal_word_on_the_page(built: Built, truth: str) -> None:
    text = " ".join(Outline(page_of(built(truth))).text)
    assert banned_words(text) == []
    assert "associated with" in text


def test_what_the_page_must_say(built: Built) -> None:
    text = " ".join(Outline(page_of(built())).text).replace("\N{NO-BREAK SPACE}", " ")
    for words in (
        "comparisons with the published numbers mean nothing here",
        "Not affiliated with the Seattle Police Department",
        "988",
        "What these records are",
        "Whether the training is the reason, these records cannot tell",
        "monthly edition",
        frames.SNAPSHOT,
        "Officer attributes shared by fewer than 10 officers",
        "labels_covered",
        "Published by",
        "Asked ever more strictly",
        "demonstration",
        "year and records system are held constant",
    ):
        assert words in text, words


def cells(edition: Path, caption: str) -> list[list[str]]:
    """Rows of the table with that caption, the header first."""
    page = page_of(edition)
    [table] = [part for part in page.split("<table")[1:] if f"<caption><span>{caption}" in part]
    # The end of a cell or row need not be said.
    rows = re.sub(r"</(?:t[hdr]|thead|tbody)>|<tbody>", "", table.split("</table>")[0]).split("<tr>")[1:]
    return [[cell.strip() for cell in re.split(r"<t[hd][^>]*>", row)[1:]] for row in rows]


@pytest.mark.parametrize(
    "caption",
    [
        "Odds ratios of force<",
        "Odds ratios of certification for each",
        "Adjusted risks",
        "Odds ratios of certification, compared",
        "Force and certification, compared",
    ],
)
def test_tables_say_what_could_have_been_detected(built: Built, caption: str) -> None:
    header, *rows = cells(built("unclear"), caption)
    at = header.index("Smallest detectable")
    assert all(re.fullmatch(r"0\.\d+ or [1-9]\d*\.\d+|± [\d.]+", row[at]) for row in rows if "not estimated" not in row)
    reasons = cells(built("cannot", "file"), caption)
    assert {row[at] for row in reasons[1:] if "not estimated" in row} == {""}
    assert {len(row) for row in (*rows, *reasons)} == {len(header)}


def test_every_finding_is_printed_once(built: Built) -> None:
    edition = built()
    text = Outline(page_of(edition)).running
    printed = {
        found["key"]: text.count(found["sentence"]) for found in json.loads((edition / "findings.json").read_text())
    }
    assert set(printed.values()) == {1}, printed


@pytest.mark.parametrize("truth", TRUTHS)
def test_every_finding_names_the_row_that_it_was_made_from(built: Built, truth: str) -> None:
    edition = built(truth)
    named = [json.loads(tag["data-row"] or "") for _, tag in Outline(page_of(edition)).tags if "data-row" in tag]
    found = json.loads((edition / "findings.json").read_text())
    assert [finding["key"] for finding in found if finding["row"] and finding["row"] not in named] == []
    links = [tag for _, tag in Outline(page_of(edition)).tags if tag.get("class") == "row"]
    assert len(links) == len(named)
    assert all((edition / (tag["href"] or "")).is_file() for tag in links)


def test_a_term_is_defined_where_it_is_first_used_and_only_there(built: Built) -> None:
    page = page_of(built())
    used = re.findall(r'<a class="term" href="#(term-[a-z0-9-]+)" title="[^"]+">', page)
    assert {"term-odds-ratio", "term-95-interval", "term-contact", "term-design-effect"} <= set(used)
    assert len(used) == len(set(used))
    assert all(page.count(f'<dt id="{anchor}">') == 1 for anchor in used)
    first = page.index('href="#term-design-effect"')
    assert "design effect" not in page[page.index("<main>") : first]


def test_every_heading_has_a_link_and_every_section_stands_in_the_contents(built: Built) -> None:
    page = page_of(built())
    anchors = re.findall(r'<h[23]><span id="([^"]+)">', page)
    assert len(anchors) == len(re.findall("<h[23]", page)) > 20
    assert all(page.count(f'class="anchor" href="#{anchor}"') == 1 for anchor in anchors)
    listed = re.findall(r'<li><a href="#([^"]+)">', page)
    assert listed == [section.anchor for section in SECTIONS if section.parts]


def test_what_a_chart_shows_is_said_in_numbers(built: Built) -> None:
    said = [tag["aria-label"] or "" for _, tag in Outline(page_of(built())).tags if tag.get("class") == "plot"]
    assert len(said) > 5
    assert all(len(re.findall(r"\d", words)) > 10 for words in said), said


def test_reasons_stand_on_the_page(built: Built) -> None:
    text = " ".join(Outline(page_of(built("cannot", "file"))).text)
    assert "How often reports by certified officers mention force, compared with others, cannot be estimated: " in text


def test_headings_in_order_and_landmarks(built: Built) -> None:
    outline = Outline(page_of(built()))
    assert outline.headings[0] == 1
    assert outline.headings.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(outline.headings, outline.headings[1:], strict=False))
    tags = [tag for tag, _ in outline.tags]
    assert {"header", "main", "footer", "caption", "figcaption", "noscript"} <= set(tags)
    ids = [attributes["id"] for _, attributes in outline.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    referred = [
        attributes[name] for _, attributes in outline.tags for name in ("aria-labelledby",) if name in attributes
    ]
    assert set(referred) <= set(ids)
    assert all(
        attributes.get("aria-label") for tag, attributes in outline.tags if attributes.get("role") in ("img", "region")
    )


def test_nothing_is_loaded_from_elsewhere(built: Built) -> None:
    outline = Outline(page_of(built()))
    loaded = [attributes[name] for _, attributes in outline.tags for name in ("src",) if name in attributes]
    assert loaded == ["assets/plotly.min.js"]


def test_every_download_exists(built: Built) -> None:
    edition = built()
    outline = Outline((edition / "index.html").read_text(encoding="utf-8"))
    links = [attributes["href"] or "" for tag, attributes in outline.tags if tag == "a"]
    inner = {link[1:] for link in links if link.startswith("#")}
    assert inner <= {attributes["id"] for _, attributes in outline.tags if "id" in attributes}
    local = [link for link in links if not link.startswith(("#", "tel:"))]
    assert len(local) > 20
    assert all((edition / link.partition("#")[0]).exists() for link in local)


def test_hostile_text_is_escaped_everywhere(tmp_path: Path, prepare: Prepare) -> None:
    inputs = prepare(tmp_path, "cannot", source="file", location=HOSTILE)
    for frame in inputs.tables.values():
        if "note" in frame.columns:
            frame["note"] = HOSTILE
            frame["reason"], frame["reason_facts"] = "missing_values", json.dumps([{"term": HOSTILE, "n_rows": 2}])
    labels = inputs.tables["quality/labels"]
    labels.loc[labels["grouping"] == "unmapped", "label"] = HOSTILE
    inputs.checks[1]["name"] = HOSTILE  # type: ignore[index]
    edition = build_edition(tmp_path, inputs)
    for file in (edition / "index.html", *(edition / "figures").glob("*.html")):
        page = file.read_text(encoding="utf-8")
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert [attributes for tag, attributes in Outline(page).tags if "onerror" in attributes] == []
    assert "&lt;script&gt;alert" in (edition / "index.html").read_text(encoding="utf-8")


def test_a_warning_stands_on_the_page_with_what_it_found(prepare: Prepare, tmp_path: Path) -> None:
    found = {"table": "raw/records", "severity": "WARN", "status": "failed", "passed": False}
    checks = [
        {**found, "name": "fields_have_values", "message": "1 of 25 fields break the rule. cit_officer_requested."},
        {**found, "name": "hours_known", "message": "1 of 25 fields break the rule. reported_time\u202e\x1b[31m."},
        {**found, "name": "newly_invented", "message": "Something."},
        {**found, "name": "values_read", "passed": True, "message": "As expected, and not listed."},
    ]
    edition = build_edition(tmp_path, dataclasses.replace(prepare(tmp_path), checks=checks))
    text = " ".join(Outline(page_of(edition)).text)
    assert "and that no headline number needs 1 of 25 fields break the rule. cit_officer_requested." in text
    assert "so that the hour is not known 1 of 25 fields break the rule. reported_time [31m." in text
    assert "raw/records, newly invented Something." in text
    assert "not listed" not in text


def test_every_table_on_the_way_stands_with_its_rows_and_checks(prepare: Prepare, tmp_path: Path) -> None:
    inputs = prepare(tmp_path)
    page = page_of(build_edition(tmp_path, inputs))
    text = " ".join(Outline(page).text)
    way = "raw/records 110,000 1 1 none clean/records 108,664 1 0 labels_covered features/contacts 240 0 0 none"
    assert f"Tables and checks Table Rows Checks Passed Warnings {way}" in text
    assert f"all of snapshot {inputs.origin.snapshot[:8]} as of {inputs.origin.as_of}." in text
    assert page == page_of(build_edition(tmp_path / "again", prepare(tmp_path / "again")))


def test_without_a_warning_nothing_is_warned_of(prepare: Prepare, tmp_path: Path) -> None:
    edition = build_edition(tmp_path, dataclasses.replace(prepare(tmp_path), checks=[]))
    assert "What the checks warn of" not in page_of(edition)


@pytest.mark.parametrize(
    ("accepted", "words"),
    [
        (("rows",), "refused otherwise: far more or far fewer records than in the snapshot before."),
        (("columns", "types"), "missing, renamed or empty and a field is printed in a type whose values are not read."),
    ],
)
def test_what_an_operator_let_through_is_one_sentence(
    prepare: Prepare, tmp_path: Path, accepted: tuple[str, ...], words: str
) -> None:
    inputs = prepare(tmp_path)
    origin = dataclasses.replace(inputs.origin, accepted=accepted)
    edition = build_edition(tmp_path, dataclasses.replace(inputs, origin=origin))
    text = " ".join(Outline(page_of(edition)).text)
    assert text.count("A change let through.") == 1
    assert words in text
    assert banned_words(text) == []


def test_where_nothing_was_let_through_nothing_is_said_of_it(built: Built) -> None:
    assert "A change let through" not in page_of(built())


def test_the_page_is_light_and_sets_every_column_of_numbers_right(built: Built) -> None:
    page = page_of(built())
    assert len(page.encode()) <= 600_000
    # A column that the style sheet does not know would stand left.
    set_right = set(re.findall(r"\.(n\d+) :nth-child", page))
    columns = {name for found in re.findall(r'<table[^>]* class="([^"]*)"', page) for name in found.split()}
    assert {"n2", "n3"} < columns <= set_right
    for name in set_right:
        assert f".{name} :nth-child({name[1:]})" in page
