"""What tests share: the command `cit` in a home of its own, and the real sample beside the project."""

import csv
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pytest

from cit_platform.contracts import TABLES
from cit_platform.contracts.raw import SOURCE_FIELDS
from cit_platform.engine.duckdb import plain_engine
from cit_platform.engine.query import Query
from cit_platform.storage.lake import Lake
from cit_platform_tests.alerts.receivers import MailServer, WebhookServer, mail_server, webhook_server
from cit_platform_tests.loaded import Running, run_loaded, start_loaded

REPOSITORY = Path(__file__).resolve().parents[1]
SAMPLE = REPOSITORY.parent / "shared" / "spd-sample" / "soda_2020-11-14.json"
FIELD_CASES = REPOSITORY.parent / "shared" / "field-cases"


@dataclass
class Cit:
    """The command line of the platform, as a person uses it: a process, an environment, a home."""

    home: Path
    env: dict[str, str] = field(default_factory=dict)
    package: Path = REPOSITORY

    def environment(self, **more: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("CIT_", "DAGSTER_"))}
        return {
            **kept,
            "PYTHONPATH": str(self.package),
            "COLUMNS": "200",
            "CIT_HOME": str(self.home),
            **self.env,
            **more,
        }

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-c", "from cit_platform.cli import main; main()", *arguments]

    def __call__(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        environment = self.environment(**more)
        if self.package == REPOSITORY and "DAGSTER_HOME" not in self.env:
            return run_loaded([*arguments], environment, self.home.parent, seconds=280)
        # Of another checkout or instance nothing may be loaded yet.
        return subprocess.run(
            self.command(*arguments),
            env=environment,
            capture_output=True,
            text=True,
            timeout=280,
            cwd=self.home.parent,
        )

    def start(self, *arguments: str, **more: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*arguments),
            env=self.environment(**more),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=self.home.parent,
        )

    def begin(self, *arguments: str, **more: str) -> Running:
        """Start a command that has the libraries loaded, to be watched or killed."""
        scratch = Path(tempfile.mkdtemp(dir=self.home.parent))
        return start_loaded([*arguments], self.environment(**more), self.home.parent, scratch)

    def refreshed(self, *arguments: str, **more: str) -> str:
        """Refresh, demand success, give what was printed."""
        done = self("refresh", *arguments, **more)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def refused(self, *arguments: str, **more: str) -> str:
        """Run a command that must end with a message and no traceback; give the message."""
        done = self(*arguments, **more)
        assert done.returncode != 0, done.stdout
        assert "Traceback" not in done.stdout + done.stderr
        return done.stderr

    @property
    def lake(self) -> Lake:
        return Lake(self.home)

    @property
    def latest(self) -> Path:
        return self.home / "published" / "latest"

    def published(self, table: str) -> pd.DataFrame:
        return pd.read_csv(self.latest / "tables" / f"{table}.csv")

    def lose_a_row(self, path: str) -> None:
        """Commit a version of a table without its last row, as if it had been computed otherwise."""
        version, table = self.lake.version(path), TABLES[path]
        key = ", ".join(table.key)
        rows = Query(
            f"select * from {table.relation} order by {key} limit {version.n_rows - 1}", {table.relation: version.files}
        )
        with tempfile.TemporaryDirectory() as spill:
            staged = plain_engine("1GB", 1, Path(spill)).write(rows, table, self.lake.folder(path))
        self.lake.commit(staged, version.provenance)

    def state(self) -> dict[str, object]:
        """Everything that must stay as it was when something is refused."""
        tables = {path: (version.number, tuple(version.files)) for path, version in self.lake.versions().items()}
        return {**tables, "latest": self.latest.resolve() if self.latest.exists() else None}


@pytest.fixture(autouse=True)
def _instance_of_no_other_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """Preparing a home sets DAGSTER_HOME for its process, which the next test would be led by."""
    monkeypatch.setenv("DAGSTER_HOME", "")


SMALL_CITY = {"CIT_DEMO_ROWS": "4000", "CIT_AS_OF": "2026-03-01"}


@pytest.fixture
def cit(tmp_path: Path) -> Cit:
    """An empty home for a small demonstration city."""
    return Cit(tmp_path / "home", dict(SMALL_CITY))


def made_once(name: str, make: Callable[[Path], object], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the first process of the session makes which asks for it; the others wait."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, unfinished = shared / name, shared / f"unfinished {name}"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir()
            make(unfinished)
            unfinished.rename(folder)
    return folder


@pytest.fixture(scope="session")
def small_city_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small demonstration city, refreshed once; tests copy it."""

    def refresh(folder: Path) -> None:
        Cit(folder / "home", dict(SMALL_CITY)).refreshed()

    return made_once("small city", refresh, tmp_path_factory) / "home"


@pytest.fixture
def small_city(small_city_home: Path, tmp_path: Path) -> Cit:
    """A refreshed small city of the test's own."""
    home = tmp_path / "home"
    shutil.copytree(small_city_home, home, symlinks=True)
    return Cit(home, dict(SMALL_CITY))


@pytest.fixture(scope="session")
def file_city_home(small_city_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small city's rows as a file with the portal's names, refreshed once; tests copy folder and home."""

    def refresh(folder: Path) -> None:
        rows = Lake(small_city_home).frame("raw/records", [field.name for field in SOURCE_FIELDS])
        rows.to_csv(folder / "records.csv", index=False, quoting=csv.QUOTE_NONNUMERIC)
        file_source(folder).refreshed()

    return made_once("file city", refresh, tmp_path_factory)


@pytest.fixture
def file_city(file_city_home: Path, tmp_path: Path) -> Cit:
    """A refreshed home of the file source, of the test's own."""
    shutil.copytree(file_city_home, tmp_path / "city", symlinks=True)
    return file_source(tmp_path / "city")


def file_source(folder: Path) -> Cit:
    file = str(folder / "records.csv")
    return Cit(folder / "home", {"CIT_SOURCE": "file", "CIT_SOURCE_PATH": file, "CIT_AS_OF": SMALL_CITY["CIT_AS_OF"]})


@pytest.fixture
def mails() -> Iterator[MailServer]:
    """A mail server that keeps what it receives."""
    with mail_server() as server:
        yield server


@pytest.fixture
def hook() -> Iterator[WebhookServer]:
    """A receiver of webhooks that keeps what it receives."""
    with webhook_server() as server:
        yield server


def missing(reason: str) -> None:
    """Skip where something outside the project is missing; in CI that is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI must provide it: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def sample() -> Path:
    """1,000 real rows, kept beside the project and never in it."""
    if not SAMPLE.is_file():
        missing(f"the real sample is not at {SAMPLE}")
    return SAMPLE


@pytest.fixture(scope="session")
def field_cases() -> Path:
    """Inputs of people who work with the dataset, kept beside the project and never in it."""
    if not FIELD_CASES.is_dir():
        missing(f"the cases from the field are not at {FIELD_CASES}")
    return FIELD_CASES
