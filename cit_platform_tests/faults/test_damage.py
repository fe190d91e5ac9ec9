"""Tables that were lost or altered behind the platform's back: named, and mended as the message says."""

import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from click.testing import Result
from typer.testing import CliRunner

from cit_platform.cli import app
from cit_platform.contracts import TABLES
from cit_platform.storage.archive import Archive
from cit_platform.storage.checksums import edition_damage
from cit_platform_tests.conftest import Cit

pytestmark = pytest.mark.pipeline


@pytest.fixture
def city(small_city: Cit, monkeypatch: pytest.MonkeyPatch) -> Cit:
    """A refreshed small city that this process's environment names."""
    monkeypatch.setenv("DAGSTER_HOME", str(small_city.home / "dagster"))
    for name, value in small_city.environment().items():
        if name.startswith("CIT_"):
            monkeypatch.setenv(name, value)
    return small_city


def say(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def file_of(city: Cit, path: str) -> Path:
    [file] = city.lake.version(path).files
    return Path(file)


def last_entry(city: Cit, path: str) -> Path:
    return max((city.lake.folder(path) / "_delta_log").glob("*.json"))


def lose_file(city: Cit, path: str) -> None:
    file_of(city, path).unlink()


def alter_file(city: Cit, path: str) -> None:
    size = file_of(city, path).stat().st_size
    file_of(city, path).write_bytes(b"PAR1" + b"x" * (size - 8) + b"PAR1")


def cut_log(city: Cit, path: str) -> None:
    last_entry(city, path).write_bytes(last_entry(city, path).read_bytes()[:-40])


def empty_log(city: Cit, path: str) -> None:
    last_entry(city, path).write_text("")


def archived(city: Cit) -> list[str]:
    return [entry.content_hash for entry in Archive(city.home / "archive").list()]


DAMAGES = {
    "raw/records": lose_file,
    "raw/comparisons": lose_file,
    "clean/exclusions": alter_file,
    "clean/records": cut_log,
    "features/contacts": empty_log,
    "models/force": cut_log,
    "quality/flow": lose_file,
}


# When a table was made; and the retrieval, since without its manifest nobody knows which one the lost edition was of.
OF_THE_RUN = ("computed_at", "seconds", "sequence", "seen_at")


def test_what_can_be_computed_anew_is_mended_by_the_next_refresh_and_the_rest_as_the_message_says(city: Cit) -> None:
    before = {path: city.lake.frame(path) for path in TABLES}
    edition, snapshots = city.latest.resolve(), archived(city)
    for path, damage in DAMAGES.items():
        damage(city, path)
    (city.latest / "manifest.json").write_text('{"edition": ')
    refused = say("refresh")
    assert refused.exit_code == 1
    assert "Skipped" not in refused.output
    assert "raw/comparisons is damaged: its file part-" in refused.output
    assert "defect" not in refused.output
    # The way out, to the letter.
    [folder] = re.findall(r"Restore (\S+) from a backup; or move it away and run cit refresh", refused.output)
    shutil.move(folder, city.home.parent / "moved away")
    city.refreshed()
    for path, frame in before.items():
        after = city.lake.frame(path)
        kept = [name for name in frame.columns if name not in OF_THE_RUN]
        pd.testing.assert_frame_equal(after[kept], frame[kept], obj=path)
    assert city.latest.resolve() != edition
    assert edition_damage(city.latest) == ()
    assert archived(city) == snapshots
    assert "nothing new" in say("doctor").output


@pytest.mark.parametrize("damage", [lose_file, alter_file, cut_log, empty_log])
def test_a_damaged_table_is_named_and_stops_no_other(city: Cit, damage: object) -> None:
    damage(city, "models/force")  # type: ignore[operator]
    for asked in ("show", "models/force"), ("sql", "select * from models.force"):
        refused = say(*asked)
        assert refused.exit_code == 1
        assert "The table models/force is damaged" in refused.output
        assert "cit refresh" in refused.output
    for asked in (
        ("show", "raw/records"),
        ("sql", "select count(*) from clean.records"),
        ("sql", "select table_name from information_schema.tables"),
        ("editions", "list"),
    ):
        done = say(*asked)
        assert done.exit_code == 0, done.output
    doctor = say("doctor").output
    assert "damaged       The table models/force is damaged" in doctor
    assert "would run: models/force is damaged" in doctor


def test_a_damaged_edition_is_named_and_hides_no_other(city: Cit) -> None:
    shutil.copytree(city.latest, city.home / "published" / "editions" / "older")
    (city.latest / "index.html").unlink()
    (city.latest / "manifest.json").write_text("{}")
    doctor = say("doctor").output
    assert "damaged       edition: index.html is missing" in doctor
    assert "damaged       edition: manifest.json was altered" in doctor
    assert re.search(r"would run: edition \S+ is damaged: index.html is missing and 1 more of its files", doctor)
    listed = say("editions", "list")
    assert listed.exit_code == 0
    assert f"{city.latest.resolve()} is not listed: its manifest is missing or damaged." in listed.stderr
    assert len(listed.stdout.splitlines()) == 2


def test_a_stage_that_reads_a_damaged_table_names_it(city: Cit) -> None:
    alter_file(city, "clean/records")
    refused = say("refresh", "--select", 'key:"features/records"')
    assert refused.exit_code == 1
    assert "The table clean/records is damaged" in refused.output
    assert "cit refresh computes it anew" in refused.output
