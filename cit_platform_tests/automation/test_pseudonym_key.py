"""A pseudonym key that was lost, changed or shortened is refused in a paragraph, and the way out it names works."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest
from click.testing import Result
from typer.testing import CliRunner

from cit_platform.automation.decision import decide
from cit_platform.automation.schedules import nightly
from cit_platform.cli import app
from cit_platform.settings import SettingsError, load_settings
from cit_platform.storage.home_folder import prepare_home
from cit_platform.storage.pseudonym_key import establish_key, pseudonym_key
from cit_platform_tests.conftest import SMALL_CITY, Cit

OTHER = "another key, also long enough to be one"
READING = [
    ("doctor",),
    ("show", "models/estimates"),
    ("sql", "select count(*) from clean.typed"),
    ("editions", "list"),
    ("editions", "show"),
]


@dataclass
class City:
    """A refreshed small city that this process's environment names."""

    cit: Cit
    monkeypatch: pytest.MonkeyPatch

    @property
    def home(self) -> Path:
        return self.cit.home

    @property
    def key(self) -> Path:
        return self.home / "pseudonym.key"

    @property
    def record(self) -> Path:
        return self.home / "home.json"

    def files(self) -> dict[Path, bytes]:
        kept = (path for path in self.home.rglob("*") if path.is_file() and "dagster" not in path.parts)
        return {path: path.read_bytes() for path in kept}

    def give(self, key: str) -> None:
        self.monkeypatch.setenv("CIT_PSEUDONYM_KEY", key)

    def say(self, *arguments: str) -> Result:
        return CliRunner().invoke(app, arguments)

    def done(self, *arguments: str) -> str:
        said = self.say(*arguments)
        assert said.exit_code == 0, said.output
        return said.output


@pytest.fixture
def city(small_city: Cit, monkeypatch: pytest.MonkeyPatch) -> City:
    _name_in_environment(small_city, monkeypatch)
    return City(small_city, monkeypatch)


def _name_in_environment(cit: Cit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(cit.home / "dagster"))
    monkeypatch.delenv("CIT_PSEUDONYM_KEY", raising=False)
    for name, value in cit.environment().items():
        if name.startswith("CIT_"):
            monkeypatch.setenv(name, value)


def lost(city: City) -> None:
    city.key.unlink()


def changed(city: City) -> None:
    city.key.write_text(OTHER)


def emptied(city: City) -> None:
    city.key.write_text("")


def shortened(city: City) -> None:
    city.key.write_text(city.key.read_text()[:31])


def binary(city: City) -> None:
    city.key.write_bytes(bytes(range(128, 256)))


def given(city: City) -> None:
    city.give(OTHER)


FAULTS: dict[str, tuple[Callable[[City], None], str]] = {
    "lost": (lost, "has no pseudonym key"),
    "changed": (changed, "is not the pseudonym key of the home"),
    "emptied": (emptied, "it is empty"),
    "shortened": (shortened, "a pseudonym key of 31 characters"),
    "binary": (binary, "is not the pseudonym key of the home"),
    "another one given": (given, "CIT_PSEUDONYM_KEY is not the pseudonym key"),
}


OF_A_LOOK = ("run.lock", "source-looks.jsonl")


@pytest.mark.parametrize("has_hash", [True, False], ids=["with its hash", "of before the hash"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_home_whose_key_is_not_that_of_its_tables_is_refused_by_command_and_tick_and_nothing_is_written(
    city: City, instance: dg.DagsterInstance, fault: str, has_hash: bool
) -> None:
    spoil, words = FAULTS[fault]
    spoil(city)
    if not has_hash:
        city.record.write_text('{"source": "demo"}')
    before = city.files()
    for command in ("refresh", "doctor"):
        said = city.say(command)
        assert said.exit_code == 1
        assert words in said.output
        assert "cit key restore FILE" in said.output
        assert "cit key new" in said.output
        assert OTHER not in said.output
    with dg.build_schedule_context(instance=instance) as context:
        skipped = nightly(context)
    assert isinstance(skipped, dg.SkipReason)
    assert words in str(skipped.skip_message)
    after = city.files()
    assert {path for path in after if after[path] != before.get(path)} <= {city.home / name for name in OF_A_LOOK}
    assert before.keys() <= after.keys()


def test_the_saved_key_put_back_changes_nothing(city: City, tmp_path: Path) -> None:
    saved = city.key.rename(tmp_path / "saved key")
    said = city.done("key", "restore", str(saved))
    assert saved.read_text() not in said
    assert "nothing new" in city.done("doctor")
    assert city.key.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("has_hash", [True, False], ids=["with its hash", "of before the hash"])
def test_another_key_is_not_put_back(city: City, tmp_path: Path, has_hash: bool) -> None:
    if not has_hash:
        city.record.write_text('{"source": "demo"}')
    wrong = tmp_path / "wrong"
    wrong.write_text(OTHER)
    city.key.unlink()
    said = city.say("key", "restore", str(wrong))
    assert said.exit_code == 1
    assert "does not hold the pseudonym key of the home" in said.output
    assert OTHER not in said.output
    assert not city.key.exists()


def test_no_key_is_put_back_that_would_not_be_used(city: City, tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    saved.write_text(city.key.read_text())
    city.give(OTHER)
    assert "unset it first" in city.say("key", "restore", str(saved)).output
    city.monkeypatch.delenv("CIT_PSEUDONYM_KEY")
    assert "There is no file" in city.say("key", "restore", str(tmp_path / "none")).output


def test_a_new_key_recomputes_everything_and_gives_every_officer_another_pseudonym(city: City) -> None:
    former, before = city.key.read_text(), set(city.cit.lake.frame("clean/records")["officer_key"].dropna())
    said = city.done("key", "new")
    assert "every officer gets another pseudonym" in said.lower()
    assert not {former, city.key.read_text()} & set(said.split())
    assert (city.home / "pseudonym.key.1").read_text() == former
    decision = decide(load_settings())
    assert (decision.run, decision.reason) == (True, "a setting that changes results changed")
    city.cit.refreshed("--select", 'key:"clean/records"')
    after = set(city.cit.lake.frame("clean/records")["officer_key"].dropna())
    assert len(after) == len(before)
    assert not after & before


def test_a_lost_key_that_is_found_after_all_can_be_used_again(city: City) -> None:
    former = city.key.read_text()
    city.key.unlink()
    city.done("key", "new")
    (city.home / "found").write_text(former)
    assert "set CIT_PSEUDONYM_KEY to it" in city.say("key", "restore", str(city.home / "found")).output
    city.give(former)
    assert "CIT_PSEUDONYM_KEY is not the pseudonym key" in city.say("doctor").output
    city.done("key", "new")
    assert pseudonym_key(load_settings()) == former.encode()
    assert "key of this home already" in city.say("key", "new").output


def test_a_home_of_before_the_hash_goes_on_and_gets_it_at_the_next_refresh(city: City) -> None:
    city.record.write_text('{"source": "demo"}')
    for command in READING:
        city.done(*command)
    assert json.loads(city.record.read_text()) == {"source": "demo"}
    assert "Skipped" in city.done("refresh")
    assert json.loads(city.record.read_text())["pseudonym_key"]["generation"] == 1
    city.key.write_text(OTHER)
    with pytest.raises(SettingsError, match="is not the pseudonym key"):
        pseudonym_key(load_settings())


def test_a_lost_or_damaged_home_file_does_not_let_another_key_pass(city: City) -> None:
    city.record.write_text('{"source": ')
    assert "move it away and refresh" in city.say("doctor").output
    city.record.unlink()
    assert "Skipped" in city.done("refresh")
    city.record.unlink()
    city.key.write_text(OTHER)
    assert "is not the pseudonym key" in city.say("refresh").output


@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_who_only_reads_makes_neither_key_nor_home(
    cit: Cit, city: City, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    city.key.unlink()
    before = sorted(city.home.rglob("*"))
    city.say(*command)
    assert sorted(city.home.rglob("*")) == before
    empty = city.home.parent / "empty"
    monkeypatch.setenv("CIT_HOME", str(empty))
    city.say(*command)
    assert not empty.exists()


def test_a_tick_in_an_empty_home_asks_for_the_first_refresh_and_makes_nothing(
    tmp_path: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    _name_in_environment(Cit(tmp_path / "home", dict(SMALL_CITY)), monkeypatch)
    with dg.build_schedule_context(instance=instance) as context:
        asked = nightly(context)
    assert isinstance(asked, dg.RunRequest)
    assert not (tmp_path / "home").exists()
    prepare_home(load_settings())
    establish_key(load_settings())
    assert asked.tags["cit/fingerprint"] == str(decide(load_settings()).fingerprint)


def test_what_is_published_tells_nothing_of_the_key(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    of_this_key = decide(load_settings()).fingerprint
    noted = json.loads(city.record.read_text())["pseudonym_key"]
    for file in city.cit.latest.rglob("*.json"):
        text = file.read_text()
        assert not [value for value in (noted["hash"], noted["salt"], city.key.read_text()) if value in text]
    monkeypatch.setenv("CIT_HOME", str(city.home.parent / "of another key"))
    city.give(OTHER)
    assert decide(load_settings()).fingerprint.settings == of_this_key.settings
