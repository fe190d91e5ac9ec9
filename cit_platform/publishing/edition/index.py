"""What stands beside the editions: the page that lists them, the feed, the log of corrections, notices of withdrawal.

All of it follows from the editions' own files, and is replaced whole.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from cit_platform.codebook.agency import agency_of
from cit_platform.publishing.edition.descriptors import json_text
from cit_platform.publishing.edition.hold import findings_of, headlines, printed
from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.history_chart import HistoryPoint, history_alternative, history_chart
from cit_platform.publishing.templating import environment
from cit_platform.publishing.topics import absolute_risk, force
from cit_platform.settings import chosen_agency
from cit_platform.storage.editions import is_withdrawn, list_editions
from cit_platform.storage.files import write_whole
from cit_platform.storage.home_folder import HomeFolder

ATOM = "http://www.w3.org/2005/Atom"
MOST_ENTRIES = 60
_NO_NUMBER = wording.NO_NUMBER


@dataclass(frozen=True)
class Listed:
    """An edition as the index shows it; `headline` and `odds_ratio` are records of `findings.json`, None without."""

    manifest: Mapping[str, Any]
    headline: Mapping[str, Any] | None
    odds_ratio: Mapping[str, Any] | None

    @property
    def name(self) -> str:
        return str(self.manifest["edition"])

    @property
    def day(self) -> str:
        return str(self.manifest["volatile"]["built_at"])[:10]

    @property
    def kind(self) -> str:
        """What it is, in words: withdrawn, monthly or nightly."""
        if is_withdrawn(dict(self.manifest)):
            return "withdrawn"
        return "monthly" if self.manifest["monthly"] else "nightly"

    @property
    def why(self) -> str:
        """Why it was withdrawn; empty of another."""
        return str(self.manifest.get("withdrawn", {}).get("why", ""))

    @property
    def printed(self) -> tuple[str, str]:
        """Risk difference and odds ratio in print; empty of a withdrawn one."""
        if self.why:
            return "", ""
        return (
            printed(self.headline) if self.headline else _NO_NUMBER,
            printed(self.odds_ratio) if self.odds_ratio else _NO_NUMBER,
        )

    @property
    def changed(self) -> str:
        """When it was published or withdrawn, as Atom wants it."""
        at = str(self.manifest["withdrawn"]["at"] if self.why else self.manifest["volatile"]["built_at"])
        return at if at[-6] in "+-" or at.endswith("Z") else f"{at}Z"


def write_index(home: Path) -> None:
    """Write index, feed and log of corrections beside the published editions, and the index once more above them."""
    folder, agency = HomeFolder(home), chosen_agency()
    listed = [_listed(folder, manifest) for manifest in list_editions(home)]
    write_whole(folder.editions / "corrections.json", json_text(corrections([each.manifest for each in listed])))
    write_whole(folder.editions / "feed.xml", feed(listed, agency))
    # A page links to ../index.html, and is read as latest/ or as editions/<id>/.
    write_whole(folder.editions / "index.html", index_page(listed, agency, "", "../latest/"))
    write_whole(folder.published / "index.html", index_page(listed, agency, "editions/", "latest/"))


def corrections(manifests: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What was taken back or let through by a person, oldest first."""
    withdrawn = [
        {"at": m["withdrawn"]["at"], "edition": m["edition"], "what": "withdrawn", "why": m["withdrawn"]["why"]}
        for m in manifests
        if is_withdrawn(dict(m))
    ]
    promoted = [
        {"at": m["volatile"]["built_at"], "edition": m["edition"], "what": "held, then promoted", "why": " ".join(why)}
        for m in manifests
        if (why := m["volatile"]["held"])
    ]
    return sorted([*withdrawn, *promoted], key=lambda entry: (entry["at"], entry["edition"]))


def index_page(listed: Sequence[Listed], agency: str, editions: str, latest: str) -> str:
    """The page of all editions; `editions` and `latest` stand before the links to them."""
    points = [point for each in listed if (point := _point(each))]
    manifests = [each.manifest for each in listed]
    demonstration = bool(manifests) and bool(manifests[-1].get("demonstration"))
    return (
        environment()
        .get_template("editions.html")
        .render(
            agency=agency_of(agency).display_name,
            banner=FigureProvenance("", demonstration).banner,
            listed=list(reversed(listed)),
            corrections=list(reversed(corrections(manifests))),
            chart=history_chart(points),
            alternative=history_alternative(points),
            editions=editions,
            latest=latest,
        )
    )


def feed(listed: Sequence[Listed], agency: str) -> str:
    """The editions as an Atom feed (RFC 4287), the newest first; links are relative to the feed."""
    root = ElementTree.Element("feed", {"xmlns": ATOM, "xml:lang": "en"})
    _add(root, "id", _urn(agency))
    _add(root, "title", f"Crisis contacts and CIT certification, {agency_of(agency).display_name}: editions")
    _add(root, "updated", max((each.changed for each in listed), default="1970-01-01T00:00:00Z"))
    ElementTree.SubElement(root, "link", {"rel": "self", "href": "feed.xml"})
    ElementTree.SubElement(root, "link", {"rel": "alternate", "href": "index.html"})
    _add(ElementTree.SubElement(root, "author"), "name", "CIT platform")
    for each in reversed(listed[-MOST_ENTRIES:]):
        entry = ElementTree.SubElement(root, "entry")
        _add(entry, "id", _urn(f"{agency}/{each.name}"))
        _add(entry, "title", f"{'Withdrawn: edition' if each.why else 'Edition'} {each.name}")
        _add(entry, "updated", each.changed)
        ElementTree.SubElement(entry, "link", {"rel": "alternate", "href": f"{each.name}/index.html"})
        said = each.headline["sentence"] if each.headline else "The headline cannot be estimated."
        banner = FigureProvenance("", bool(each.manifest.get("demonstration"))).banner
        _add(entry, "summary", f"Withdrawn: {each.why}" if each.why else f"{banner or ''} {said}".strip())
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def write_notice(edition: Path, manifest: Mapping[str, Any]) -> None:
    """Put the notice of a withdrawal in the place of an edition's page."""
    text = environment().get_template("withdrawn.html").render(manifest=manifest)
    write_whole(edition / "index.html", text)


def _listed(folder: HomeFolder, manifest: dict[str, Any]) -> Listed:
    found = headlines(findings_of(folder.editions / manifest["edition"]))
    return Listed(manifest, found.get(absolute_risk.FORCE_DIFFERENCE), found.get(force.ODDS_RATIO))


def _point(each: Listed) -> HistoryPoint | None:
    numbers = each.headline["numbers"] if each.headline else {}
    values = [numbers.get(name) for name in ("estimate", "low", "high")]
    if any(value is None for value in values):
        return None
    estimate, low, high = (1000 * float(value) for value in values if value is not None)
    return HistoryPoint(each.day, estimate, low, high, each.kind == "monthly")


def _add(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, name).text = text


def _urn(name: str) -> str:
    """A name that stays the same wherever the feed is read."""
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'cit-platform/{name}')}"
