"""What the operating system refuses and an operator can mend: a paragraph of its own, and the way out works."""

import errno
import os
import re
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from click.testing import Result
from typer.testing import CliRunner

from cit_platform.automation.tick import tick
from cit_platform.cli import app
from cit_platform.errors import UserError, mendable_errors_named, paragraph_of
from cit_platform.storage.archive import Archive
from cit_platform.storage.files import write_whole
from cit_platform.storage.free_space import LEAST_BYTES, NoRoomError, demand_free_space, needed_bytes
from cit_platform_tests.automation.conftest import _instance, instance  # noqa: F401
from cit_platform_tests.conftest import SMALL_CITY, Cit

NOBODY = 65534
SMALL_DISK = "160m"


def say(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def name_in_environment(cit: Cit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(cit.home / "dagster"))
    for name, value in cit.environment().items():
        if name.startswith("CIT_"):
            monkeypatch.setenv(name, value)


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[Path]:
    """A small disk of its own, which only root can mount."""
    folder.mkdir(exist_ok=True)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@contextmanager
def acting_as_nobody() -> Iterator[None]:
    if os.geteuid() != 0:
        pytest.skip("only root can act as another user")
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def fill(folder: Path) -> Path:
    """A file that takes what is free."""
    filler = folder / "filler"
    with filler.open("wb") as file:
        try:
            while True:
                file.write(b"x" * 2**20)
                file.flush()
        except OSError:
            pass  # full
    return filler


@pytest.mark.parametrize(
    "number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOENT, errno.EIO]
)
def test_each_refusal_says_what_where_and_what_to_do(number: int) -> None:
    with pytest.raises(UserError, match=r"^[A-Z].*: /home/lake/a table\. [A-Z].*\.$"), mendable_errors_named():
        raise OSError(number, os.strerror(number), "/home/lake/a table")


def test_what_nobody_can_mend_stays_a_defect() -> None:
    for defect in (ZeroDivisionError("no space left on device"), OSError(errno.EINVAL, "invalid"), KeyError("x")):
        assert paragraph_of(defect) is None
        with pytest.raises(type(defect)), mendable_errors_named():
            raise defect


def test_the_cause_of_an_error_is_looked_at_and_what_is_said_already_stays() -> None:
    def fails() -> None:
        try:
            raise OSError(errno.ENOSPC, "full", "/home/x")
        except OSError as error:
            raise RuntimeError("a step failed") from error

    with pytest.raises(UserError, match="The disk is full: /home/x"), mendable_errors_named():
        fails()
    with pytest.raises(UserError, match="as it was said"), mendable_errors_named():
        raise UserError("as it was said: Permission denied")


def test_a_full_disk_is_said_by_files_engine_and_history_alike(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", "size=2m") as disk:
        history = sqlite3.connect(disk / "history.db")
        history.execute("create table events (text)")
        fill(disk)
        rows = "select range as n, sha256(range::varchar) as text from range(100000)"
        full = "The disk is full.*Make room"
        with pytest.raises(UserError, match=full), mendable_errors_named():
            write_whole(disk / "text", "x" * 10**6)
        copy = f"copy ({rows}) to '{disk}/rows.parquet' (format parquet)"
        with pytest.raises(UserError, match=full), mendable_errors_named():
            duckdb.sql(copy)
        with pytest.raises(UserError, match=full), mendable_errors_named():
            history.execute("insert into events values (?)", ["x" * 10**6])
        history.close()


def test_a_missing_file_is_said_by_the_engine_too(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=rf"not there \(any more\): {tmp_path}/none\.parquet"), mendable_errors_named():
        duckdb.sql(f"select * from read_parquet('{tmp_path}/none.parquet')")


def test_too_little_room_is_said_before_anything_is_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with mounted(tmp_path / "disk", "size=20m") as disk:
        cit = Cit(disk / "home", dict(SMALL_CITY))
        name_in_environment(cit, monkeypatch)
        refused = say("refresh")
        assert refused.exit_code == 1
        assert f"A refresh needs about 100 MiB free on the disk of {cit.home}" in refused.output
        assert "defect" not in refused.output
        assert cit.lake.versions() == {}
        assert Archive(cit.home / "archive").list() == ()
        # The way out.
        subprocess.run(["mount", "-o", f"remount,size={SMALL_DISK}", str(disk)], check=True)
        demand_free_space(cit.home)


def test_the_room_needed_follows_the_tables_of_the_last_refresh(small_city: Cit, tmp_path: Path) -> None:
    assert needed_bytes(tmp_path / "new") == needed_bytes(small_city.home) == LEAST_BYTES
    [file] = small_city.lake.version("models/force").files
    entry = max((small_city.lake.folder("models/force") / "_delta_log").glob("*.json"))
    size = Path(file).stat().st_size
    while f'"size":{size}' not in entry.read_text():
        entry = entry.with_name(f"{int(entry.stem) - 1:020}.json")
    entry.write_text(entry.read_text().replace(f'"size":{size}', f'"size":{10**12}'))
    with Path(file).open("ab") as grown:
        grown.truncate(10**12)
    with pytest.raises(NoRoomError, match=r"refresh needs about 2,8\d\d,\d\d\d MiB free"):
        demand_free_space(small_city.home)


def test_a_disk_that_fills_up_during_a_refresh_is_said_and_the_refresh_goes_on_once_there_is_room(
    tmp_path: Path,
) -> None:
    with mounted(tmp_path / "disk", f"size={SMALL_DISK}") as disk:
        cit = Cit(disk / "home", {**SMALL_CITY, "TMPDIR": str(tmp_path)})
        running = cit.start("refresh", "--select", 'key:"raw/records"')
        deadline = time.monotonic() + 120
        while not (cit.home / "spill" / "fetched").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        filler = fill(disk)
        output, _ = running.communicate(timeout=120)
        assert running.returncode == 1
        assert re.search("disk is full|The disk refuses|No space left", output, re.IGNORECASE)
        assert re.search("make room|free space", output, re.IGNORECASE)
        assert "defect of the platform" not in output
        assert "Traceback" not in output
        assert cit.lake.versions() == {}
        filler.unlink()
        cit.refreshed("--select", 'key:"raw/records"')
        assert set(cit.lake.versions()) == {"raw/records"}


def test_a_read_only_home_can_be_read_and_says_why_it_cannot_be_refreshed(
    small_city: Cit, monkeypatch: pytest.MonkeyPatch
) -> None:
    name_in_environment(small_city, monkeypatch)
    bind = ["mount", "--bind", str(small_city.home), str(small_city.home)]
    if subprocess.run(bind, capture_output=True).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", str(small_city.home)], check=True)
        for command in (("doctor",), ("show", "models/force"), ("editions", "list")):
            done = say(*command)
            assert done.exit_code == 0, done.output
        for command in (("refresh",), ("key", "new")):
            refused = say(*command)
            assert refused.exit_code == 1
            assert f"The file system is read-only: {small_city.home}" in refused.output
            assert "Mount it for writing" in refused.output
    finally:
        subprocess.run(["umount", "-l", str(small_city.home)], check=True)
    assert "Skipped" in say("refresh").output


def test_a_revoked_permission_is_said_by_command_and_tick(
    small_city: Cit,
    instance: dg.DagsterInstance,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name_in_environment(small_city, monkeypatch)
    # What is imported late is imported now: another user cannot read it everywhere.
    assert say("doctor").exit_code == 0
    with acting_as_nobody():
        refused = say("doctor")
        skipped, _ = tick(instance, "schedule nightly")
    assert refused.exit_code == 1
    assert f"Permission is denied: {small_city.home}" in refused.output
    assert "chown -R" in refused.output
    assert isinstance(skipped, dg.SkipReason)
    assert "Permission is denied" in str(skipped.skip_message)
    assert say("doctor").exit_code == 0
