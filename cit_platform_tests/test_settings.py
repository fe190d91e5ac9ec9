"""Settings and homes: what is accepted, what is refused, and in which words."""

import os
import stat
from datetime import date
from pathlib import Path

import pytest

from cit_platform.settings import REPOSITORY, SettingsError, load_settings
from cit_platform.storage.home_folder import prepare_home
from cit_platform.storage.pseudonym_key import establish_key, pseudonym_key


@pytest.fixture(autouse=True)
def no_cit_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("CIT_"):
            monkeypatch.delenv(name)


def test_the_default_is_the_demo_in_a_home_of_its_own() -> None:
    settings = load_settings()
    assert settings.source == "demo"
    assert settings.home == REPOSITORY / ".cit" / "demo"


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("CIT_SOURCE", "oracle", ["CIT_SOURCE=oracle", "'demo'", "'file'"]),
        ("CIT_AS_OF", "yesterday", ["CIT_AS_OF=yesterday", "date"]),
        ("CIT_AS_OF", "2014-01-01", ["CIT_AS_OF", "2015-05-15"]),
        ("CIT_AS_OF", "9999-12-31", ["CIT_AS_OF=9999-12-31", "no record can be of that day yet"]),
        ("CIT_THREADS", "100000", ["CIT_THREADS=100000", "cores"]),
        ("CIT_MEMORY_LIMIT", "0GB", ["CIT_MEMORY_LIMIT=0GB", "256MB or more"]),
        ("CIT_MEMORY_LIMIT", "255.9 MB", ["256MB or more"]),
        ("CIT_MEMORY_LIMIT", "99999999999999TB", ["not more than 100TB"]),
        ("CIT_HOME", "/tmp/a\nb", ["CIT_HOME=/tmp/a\\nb", "line breaks"]),
        ("CIT_HOME", "/tmp/a\x1b[31mb", ["CIT_HOME"]),
        ("CIT_RETENTION", "0", ["CIT_RETENTION is not a setting", "is CIT_RETENTION_ARCHIVE_DAYS or "]),
        ("CIT_THREADS", "0", ["CIT_THREADS=0", "greater than or equal to 1"]),
        ("CIT_MEMORY_LIMIT", "much", ["CIT_MEMORY_LIMIT=much"]),
        ("CIT_RETENTION_ARCHIVE_DAYS", "0", ["CIT_RETENTION_ARCHIVE_DAYS=0", "greater than or equal to 1"]),
        ("CIT_HOME", "/tmp/a[b]", ["CIT_HOME=/tmp/a[b]", "[ ]"]),
        ("CIT_HOME", "/tmp/a#b", ["CIT_HOME", "#"]),
        ("CIT_SOURCE", "file", ["CIT_SOURCE_PATH"]),
        ("CIT_SOURCE_FILE", "records.csv", ["CIT_SOURCE_FILE", "CIT_SOURCE_PATH"]),
        ("CIT_QUARTERLY", "1", ["CIT_QUARTERLY is not a setting", "CIT_SOURCE_PATH"]),
        ("CIT_ENGINE", "flink", ["CIT_ENGINE=flink", "'duckdb' or 'spark'"]),
        ("CIT_AGENCY", "atlantis", ["CIT_AGENCY=atlantis", "one for: seattle"]),
    ],
)
def test_a_wrong_value_is_one_line_that_names_it(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, words: list[str]
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    message = str(refused.value)
    assert message.isprintable()
    for word in words:
        assert word in message


def test_a_home_belongs_to_one_source(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CIT_HOME", str(tmp_path / "home"))
    prepare_home(load_settings())
    monkeypatch.setenv("CIT_SOURCE", "file")
    monkeypatch.setenv("CIT_SOURCE_PATH", "records.json")
    with pytest.raises(SettingsError, match=r"holds the tables of the source 'demo'.*CIT_SOURCE=file CIT_HOME="):
        prepare_home(load_settings())


def test_preparing_a_home_links_the_instance_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CIT_HOME", str(tmp_path / "höme"))
    settings = load_settings()
    prepare_home(settings)
    prepare_home(settings)
    assert (settings.dagster_home / "dagster.yaml").resolve() == REPOSITORY / "dagster.yaml"
    assert os.environ["DAGSTER_HOME"] == str(settings.dagster_home)


OWN = "telemetry:\n  enabled: false\n"


@pytest.fixture
def instance(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder of the instance of an empty home."""
    monkeypatch.setenv("CIT_HOME", str(tmp_path / "home"))
    folder = tmp_path / "home" / "dagster"
    folder.mkdir(parents=True)
    return folder


def test_an_operators_own_configuration_is_kept(instance: Path) -> None:
    (instance / "dagster.yaml").write_text(OWN)
    prepare_home(load_settings())
    assert not (instance / "dagster.yaml").is_symlink()
    assert (instance / "dagster.yaml").read_text() == OWN


def test_an_operators_own_link_is_kept(instance: Path, tmp_path: Path) -> None:
    (tmp_path / "production.yaml").write_text(OWN)
    (instance / "dagster.yaml").symlink_to(tmp_path / "production.yaml")
    prepare_home(load_settings())
    assert (instance / "dagster.yaml").readlink() == tmp_path / "production.yaml"


def test_a_link_that_leads_nowhere_is_refused_with_a_way_out_that_works(instance: Path, tmp_path: Path) -> None:
    (instance / "dagster.yaml").symlink_to(tmp_path / "lost.yaml")
    with pytest.raises(SettingsError, match=r"lost\.yaml, which is not there.*remove the link"):
        prepare_home(load_settings())
    (instance / "dagster.yaml").unlink()
    prepare_home(load_settings())
    assert (instance / "dagster.yaml").resolve() == REPOSITORY / "dagster.yaml"


def test_a_dagster_home_that_is_set_is_the_instances_place(
    instance: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "srv" / "dagster"
    monkeypatch.setenv("DAGSTER_HOME", str(elsewhere))
    prepare_home(load_settings())
    assert os.environ["DAGSTER_HOME"] == str(elsewhere)
    assert (elsewhere / "dagster.yaml").exists()
    assert list(instance.iterdir()) == []


def test_a_dagster_home_that_cannot_be_written_is_said_plainly(
    instance: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "file" / "dagster"))
    with pytest.raises(SettingsError, match=r"DAGSTER_HOME=.*choose one that can be written"):
        prepare_home(load_settings())


def test_a_home_that_cannot_be_written_is_said_plainly(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CIT_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(SettingsError, match=r"CIT_HOME=.*choose a directory"):
        prepare_home(load_settings())


def test_a_damaged_home_file_is_said_plainly(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CIT_HOME", str(tmp_path))
    (tmp_path / "home.json").write_text("")
    with pytest.raises(SettingsError, match=r"home\.json is damaged"):
        prepare_home(load_settings())


def test_what_holds_personal_data_is_for_its_owner_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CIT_HOME", str(tmp_path))
    prepare_home(load_settings())
    for folder in ("lake/raw", "archive", "quality", "spill"):
        assert stat.S_IMODE((tmp_path / folder).stat().st_mode) == 0o700, folder


def test_an_empty_home_gets_a_pseudonym_key_that_only_its_owner_reads(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CIT_HOME", str(tmp_path))
    settings = load_settings()
    prepare_home(settings)
    establish_key(settings)
    key = pseudonym_key(settings)
    assert len(key) == 64
    establish_key(settings)
    assert pseudonym_key(settings) == key
    assert stat.S_IMODE((tmp_path / "pseudonym.key").stat().st_mode) == 0o600


def test_a_given_key_is_used_and_never_printed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CIT_HOME", str(tmp_path))
    monkeypatch.setenv("CIT_PSEUDONYM_KEY", "s3cret" * 6)
    settings = load_settings()
    assert pseudonym_key(settings) == b"s3cret" * 6
    assert "s3cret" not in repr(settings)


@pytest.mark.parametrize(("key", "words"), [("", "is empty"), ("s3cret", "32 characters"), (" " * 40, "32 characters")])
def test_a_short_key_is_refused_and_never_printed(monkeypatch: pytest.MonkeyPatch, key: str, words: str) -> None:
    monkeypatch.setenv("CIT_PSEUDONYM_KEY", key)
    with pytest.raises(SettingsError, match=f"CIT_PSEUDONYM_KEY.*{words}") as refused:
        load_settings()
    assert "s3cret" not in str(refused.value)


def test_the_as_of_date_can_be_fixed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CIT_AS_OF", "2026-11-01")
    assert load_settings().today() == date(2026, 11, 1)
