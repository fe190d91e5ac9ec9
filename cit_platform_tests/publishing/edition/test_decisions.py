"""Hold, promote, withdraw: what a person decides about editions, and what readers see meanwhile."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from cit_platform.alerts.condition import Kind
from cit_platform.alerts.home_facts import home_facts
from cit_platform.alerts.rules import judge
from cit_platform.cli import app
from cit_platform.errors import UserError
from cit_platform.publishing.edition import build_edition
from cit_platform.publishing.edition.difference import difference, since_last
from cit_platform.publishing.edition.force import promote, withdraw
from cit_platform.publishing.edition.hold import HEADLINES, reasons_to_hold
from cit_platform.publishing.edition.index import ATOM, write_index
from cit_platform.publishing.parts.changes import Difference, read_changes
from cit_platform.publishing.topics import absolute_risk, force
from cit_platform.refresh.due import reason_of_edition
from cit_platform.settings import load_settings
from cit_platform.storage.checksums import CHECKSUMS, edition_damage
from cit_platform.storage.editions import held_editions, list_editions
from cit_platform.storage.home_folder import HomeFolder
from cit_platform.storage.manifest import read_manifest
from cit_platform.storage.provenance import Fingerprint
from cit_platform_tests.publishing.conftest import Built, Prepare
from cit_platform_tests.publishing.edition.conftest import Home

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)


def record(key: str, unit: str, estimate: float | None, low: float | None, high: float | None) -> dict[str, object]:
    numbers = {"unit": unit, "estimate": estimate, "low": low, "high": high}
    return {"key": key, "what": key, "estimate": str(estimate), "interval": f"{low} to {high}", "numbers": numbers}


ODDS = (force.ODDS_RATIO, "odds ratio")


@pytest.mark.parametrize(
    ("after", "word"),
    [
        (record(*ODDS, 0.8, 0.6, 1.1), None),
        (record(*ODDS, 0.99, 0.7, 1.3), "left the interval"),
        (record(*ODDS, 1.02, 0.8, 1.3), "changed its sign"),
        (record(*ODDS, None, None, None), "can no longer be estimated"),
    ],
)
def test_a_headline_that_turns_leaves_its_interval_or_is_lost_holds_the_edition(
    tmp_path: Path, after: dict[str, object], word: str | None
) -> None:
    (tmp_path / "findings.json").write_text(json.dumps([record(*ODDS, 0.75, 0.6, 0.95)]))
    reasons = reasons_to_hold(tmp_path, [after])
    assert (word is None and reasons == ()) or word in reasons[0]


def test_nothing_is_held_beside_no_edition_a_damaged_one_or_one_without_the_number(tmp_path: Path) -> None:
    now = [record(*ODDS, 1.5, 1.2, 1.9)]
    assert reasons_to_hold(tmp_path / "none", now) == ()
    (tmp_path / "findings.json").write_text("[{")
    assert reasons_to_hold(tmp_path, now) == ()
    (tmp_path / "findings.json").write_text(json.dumps([record(*ODDS, None, None, None)]))
    assert reasons_to_hold(tmp_path, now) == ()


def test_what_is_compared_are_findings_that_every_edition_has(built: Built) -> None:
    keys = {finding["key"] for finding in json.loads((built("lower") / "findings.json").read_text())}
    assert set(HEADLINES) <= keys


def test_a_held_edition_is_seen_by_nobody_alerts_and_is_not_built_again(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = home({}, {"held": ["It changed its sign."], "fingerprint": "source.code2.settings"})
    [held] = held_editions(path)
    assert [m["edition"] for m in list_editions(path)] == ["2026-11-22T0400-5a5a5a5a"]
    for file in (path / "published").glob("**/index.html"):
        assert held["edition"] not in file.read_text() or "held" in file.parts
    current = Fingerprint("source", "code2", "settings")
    assert reason_of_edition(HomeFolder(path), current) is None
    assert "code" in str(reason_of_edition(HomeFolder(path), replace(current, code="code3")))
    monkeypatch.setenv("CIT_HOME", str(path))
    facts = home_facts(load_settings())
    [condition] = [found for found in judge(facts).holding if found.kind is Kind.HELD_EDITION]
    assert "It changed its sign." in condition.words
    assert f"cit editions promote {held['edition']}" in condition.words


def test_a_promoted_edition_is_in_force_listed_and_on_record(home: Home) -> None:
    path = home({}, {"held": ["It changed its sign."]})
    name = held_editions(path)[0]["edition"]
    assert promote(path, name).name == name
    assert HomeFolder(path).latest.resolve().name == name
    assert held_editions(path) == []
    assert edition_damage(HomeFolder(path).latest) == ()
    [entry] = json.loads((path / "published" / "editions" / "corrections.json").read_text())
    assert (entry["edition"], entry["what"], entry["why"]) == (name, "held, then promoted", "It changed its sign.")
    # What a killed promotion left is finished by another.
    assert promote(path, name).name == name


def test_an_older_edition_than_the_one_in_force_is_not_promoted(home: Home) -> None:
    path = home({"held": ["It changed its sign."]}, {})
    with pytest.raises(UserError, match="is in force and newer"):
        promote(path, held_editions(path)[0]["edition"])
    with pytest.raises(UserError, match="No edition 'nothing' is held"):
        promote(path, "nothing")


def test_a_withdrawn_edition_leaves_a_notice_and_the_one_before_is_in_force(home: Home) -> None:
    path = home({}, {"fingerprint": "source.code2.settings"})
    folder = HomeFolder(path)
    name = folder.latest.resolve().name
    left = withdraw(path, name, "The call types of <b>May</b>\nwere\x1b[31m read wrongly.", NOW)
    assert left == folder.latest.resolve() == folder.editions / "2026-11-22T0400-5a5a5a5a"
    withdrawn = folder.editions / name
    assert sorted(file.name for file in withdrawn.iterdir()) == [CHECKSUMS, "index.html", "manifest.json"]
    assert edition_damage(withdrawn) == ()
    notice = (withdrawn / "index.html").read_text()
    assert "The call types of &lt;b&gt;May&lt;/b&gt; were" in notice
    assert "\x1b" not in notice
    assert read_manifest(withdrawn)["snapshot"] in notice
    [entry] = json.loads((folder.editions / "corrections.json").read_text())
    assert (entry["edition"], entry["what"]) == (name, "withdrawn")
    # It is not built again before something differs.
    assert reason_of_edition(folder, Fingerprint("source", "code2", "settings")) is None
    # Said again, it stays as it was said first.
    withdraw(path, name, "Another reason.", NOW)
    assert [entry] == json.loads((folder.editions / "corrections.json").read_text())
    with pytest.raises(UserError, match="was withdrawn"):
        promote(path, name)


def test_without_a_reason_or_an_edition_nothing_is_withdrawn(home: Home) -> None:
    path = home({}, {"held": ["It changed its sign."]})
    with pytest.raises(UserError, match="Say why"):
        withdraw(path, "2026-11-22T0400-5a5a5a5a", " ", NOW)
    with pytest.raises(UserError, match="it is held, and no reader has seen it"):
        withdraw(path, held_editions(path)[0]["edition"], "Wrong.", NOW)
    assert edition_damage(HomeFolder(path).latest) == ()


def test_the_only_edition_withdrawn_leaves_none_in_force(home: Home) -> None:
    path = home({})
    assert withdraw(path, "2026-11-22T0400-5a5a5a5a", "Wrong.", NOW) is None
    assert not HomeFolder(path).latest.is_symlink()


def test_index_and_feed_list_every_edition_with_its_headline(home: Home) -> None:
    path = home({}, {"monthly": False}, {"monthly": False})
    withdraw(path, "2026-11-23T0400-5a5a5a5a", "Wrong & <late>.", NOW)
    folder = HomeFolder(path)
    page = (folder.editions / "index.html").read_text()
    [headline] = [
        f
        for f in json.loads((folder.latest / "findings.json").read_text())
        if f["key"] == absolute_risk.FORCE_DIFFERENCE
    ]
    assert page.count(f"{headline['estimate']} ({headline['interval']})") == 2
    assert page.count("<circle") == 2
    assert re.findall(r"<td>(monthly|nightly|withdrawn)</td>", page) == ["nightly", "withdrawn", "monthly"]
    assert "Wrong &amp; &lt;late&gt;." in page
    for where in (folder.published, folder.editions):
        links = re.findall(r'href="([^"#:]+)"', (where / "index.html").read_text())
        assert {str(link) for link in links if not (where / link).exists()} == set()
    entries = ElementTree.parse(folder.editions / "feed.xml").getroot().findall(f"{{{ATOM}}}entry")
    titles = [str(entry.findtext(f"{{{ATOM}}}title")) for entry in entries]
    assert [title.split(":")[0] for title in titles] == [
        "Edition 2026-11-24T0400-5a5a5a5a",
        "Withdrawn",
        "Edition 2026-11-22T0400-5a5a5a5a",
    ]
    assert entries[1].findtext(f"{{{ATOM}}}summary") == "Withdrawn: Wrong & <late>."
    for element in ("id", "updated"):
        assert all(entry.findtext(f"{{{ATOM}}}{element}") for entry in entries)
    assert len({entry.findtext(f"{{{ATOM}}}id") for entry in entries}) == 3
    # The same editions give the same bytes.
    before = [(folder.editions / name).read_bytes() for name in ("index.html", "feed.xml", "corrections.json")]
    write_index(path)
    assert before == [(folder.editions / name).read_bytes() for name in ("index.html", "feed.xml", "corrections.json")]


def test_the_page_leads_to_the_index_wherever_it_is_read(home: Home) -> None:
    folder = HomeFolder(home({}))
    [edition] = folder.editions.glob("2026*")
    assert 'href="../index.html"' in (edition / "index.html").read_text()
    assert (edition.parent / "index.html").is_file()
    assert (folder.latest.parent / "index.html").is_file()


def test_a_difference_is_split_over_records_and_computing(home: Home) -> None:
    code = {"fingerprint": "source.code2.settings", "move": -0.001}
    records = {**code, "snapshot": "b" * 64, "rows_received": 110_030, "move": -0.0015}
    path = home({}, code, records)
    edition = path / "published" / "editions" / "2026-11-24T0400-5a5a5a5a"
    (edition / "codebook" / "dispositions.csv").write_text("label,group\nOTHER,arrest\nNEW,other\n")
    manifest = read_manifest(edition)
    manifest["source"]["retrieved_at"] = "2026-11-24T11:00:00Z"
    (edition / "manifest.json").write_text(json.dumps(manifest))
    revisions = edition / "tables" / "revisions.csv"
    header = revisions.read_text().splitlines()[0]
    blank = dict.fromkeys(header.split(","), "")
    nights = [("2026-11-22", "added", 9), ("2026-11-24", "added", 4), ("2026-11-24", "removed", 1)]
    rows = [blank | {"night": night, "change": change, "n_records": str(n)} for night, change, n in nights]
    revisions.write_text("\n".join([header, *(",".join(row.values()) for row in rows)]) + "\n")
    found = difference(path, "2026-11-22T0400-5a5a5a5a", "latest")
    rows_by_name = {row[0]: row for row in found.rows}
    # 30 more, of which the publisher added 4 to old templates, and took one away.
    assert rows_by_name["new records"][3] == "27"
    assert rows_by_name["revised records"][3] == "4 added, 1 removed"
    assert rows_by_name["code (with the codebook)"][1:] == ("code", "code2", "differs")
    assert rows_by_name["codebook"][3] == "dispositions.csv (+2 -1 lines)"
    assert rows_by_name["settings"][3] == "none"
    changes = [row[3] for row in found.rows if row[0].startswith("headline")]
    assert changes[1] == "-1.5 per 1,000: -1 code, codebook or settings, -0.5 new and revised records"
    assert any("4 added, 1 removed" in sentence for sentence in found.sentences)


def test_the_page_says_what_changed_since_the_edition_before(prepare: Prepare, tmp_path: Path) -> None:
    first = build_edition(tmp_path, prepare(tmp_path))
    assert "There is no earlier edition to compare this one with." in (first / "index.html").read_text()
    assert read_changes(first / "changes.json") == Difference()
    inputs = prepare(tmp_path)
    night = inputs.built_at + timedelta(days=1)
    other_code = replace(inputs.origin, fingerprint=Fingerprint("source", "code2", "settings"))
    again = replace(inputs, built_at=night, origin=other_code)
    second = build_edition(tmp_path, again)
    changes = read_changes(second / "changes.json")
    assert (changes.before, changes.after) == (first.name, second.name)
    assert "Code (with the codebook): differs." in changes.sentences
    page = (second / "index.html").read_text().replace("\N{NO-BREAK SPACE}", " ")
    assert f"Beside edition {first.name}, which was in force before." in page
    assert [sentence for sentence in changes.sentences if f"<li>{escape(sentence)}</li>" not in page] == []
    # The command tells the same.
    found = difference(tmp_path, first.name, second.name)
    assert (found.sentences, found.rows) == (changes.sentences, changes.rows)


def test_an_edition_computed_again_says_what_changed_as_it_did_then(prepare: Prepare, tmp_path: Path) -> None:
    home, scratch = tmp_path / "home", tmp_path / "scratch"
    first = build_edition(home, prepare(home))
    later = replace(prepare(home), built_at=prepare(home).built_at + timedelta(days=1))
    second = build_edition(home, later)
    assert first.name != second.name
    again = replace(
        prepare(scratch),
        **{"built_at": later.built_at, "edition": second.name, "monthly": False},  # type: ignore[arg-type]
        changes=read_changes(second / "changes.json"),
    )
    rebuilt = build_edition(scratch, again)
    assert (rebuilt / "index.html").read_bytes() == (second / "index.html").read_bytes()
    assert (rebuilt / "changes.json").read_bytes() == (second / "changes.json").read_bytes()


def test_beside_a_damaged_edition_nothing_is_compared(home: Home) -> None:
    path = home({}, {})
    edition = (path / "published" / "latest").resolve()
    (edition / "manifest.json").write_text("{")
    assert since_last(edition, path / "published" / "editions" / "2026-11-22T0400-5a5a5a5a") == Difference()


def test_two_equal_editions_differ_in_nothing(home: Home) -> None:
    found = difference(home({}, {}), "2026-11-22T0400-5a5a5a5a", "2026-11-23T0400-5a5a5a5a")
    assert "Neither records nor code, codebook or settings differ." in found.sentences


def test_the_commands_say_what_became_of_it(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    path = home({}, {"held": ["It changed its sign."]})
    monkeypatch.setenv("CIT_HOME", str(path))
    run = CliRunner()

    def said(*words: str, code: int = 0) -> str:
        done = run.invoke(app, ["editions", *words])
        assert done.exit_code == code, done.output
        return done.output

    assert re.findall(r"(in force|held)\s", said("list")) == ["in force", "held"]
    assert json.loads(said("show", "2026-11-23T0400-5a5a5a5a"))["volatile"]["held"] == ["It changed its sign."]
    assert "From edition" in said("diff", "latest", "2026-11-23T0400-5a5a5a5a")
    assert "2026-11-23T0400-5a5a5a5a/index.html" in said("promote", "2026-11-23T0400-5a5a5a5a")
    withdrawn = said("withdraw", "2026-11-23T0400-5a5a5a5a", "--why", "Wrong.")
    assert "In force: 2026-11-22T0400-5a5a5a5a." in withdrawn
    assert re.findall(r"(in force|withdrawn)\s", said("list")) == ["in force", "withdrawn"]
    assert "Removed: no edition." in said("prune")
    said("show", "nothing", code=1)
