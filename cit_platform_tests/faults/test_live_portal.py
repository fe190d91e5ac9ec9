"""The whole pipeline on a bad night of the portal: recovered, or refused with nothing lost, torn, changed or leaked."""

import hashlib
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import product
from pathlib import Path

import dagster as dg
import pyarrow as pa
import pytest
from click.testing import Result
from typer.testing import CliRunner

from cit_platform.cli import app
from cit_platform.contracts import OPERATIONS
from cit_platform.settings import Settings
from cit_platform.sources.socrata import source as socrata
from cit_platform.sources.socrata.limits import Limits
from cit_platform.storage.archive import Archive
from cit_platform.storage.lake import Lake
from cit_platform_tests.portal.dataset import Dataset
from cit_platform_tests.portal.server import DATASET_ID, FakePortal
from cit_platform_tests.sources.socrata.test_faults import WAITING, closed_port, full_backlog

pytestmark = pytest.mark.pipeline

TOKEN = "secret-App-Token-42"
FETCH = ("--select", 'key:"raw/records"')
ROWS = 4000
WEEK = timedelta(days=7)
YESTERDAY, TODAY = date(2026, 3, 1), date(2026, 3, 2)
PAGE_ROWS = 2000
PATIENT = Limits(
    page_rows=PAGE_ROWS, max_bytes=20_000_000, silent_seconds=60.0, first_wait_seconds=0.01, longest_wait_seconds=0.02
)
# Time-outs end only when the client's patience does; what else happens must not depend on the machine's speed.
SHORT_OF_PATIENCE: dict[str, float] = {"silent_seconds": 2.0}


@dataclass
class Night:
    """A home that was refreshed yesterday, in this process; the portal serves today's records, or a fault."""

    home: Path
    yesterday: Dataset
    portal: FakePortal
    monkeypatch: pytest.MonkeyPatch
    caplog: pytest.LogCaptureFixture

    def limited(self, limits: Mapping[str, float]) -> None:
        """Turn down the client's limits: those of production wait for minutes."""
        chosen = replace(PATIENT, **limits)  # type: ignore[arg-type]
        self.monkeypatch.setattr(socrata, "Limits", lambda: chosen)

    def cit(self, *arguments: str) -> Result:
        """Run the command line here, and hold that it wrote no token, wherever it writes."""
        done = CliRunner().invoke(app, list(arguments))
        assert "Traceback" not in done.output
        assert TOKEN not in done.output + self.caplog.text
        assert files_with(TOKEN.encode(), self.home) == []
        return done

    def recovered(self) -> None:
        """Fetch today's records through the faults: all of them, once, and nothing half."""
        before = Archive(self.home / "archive").list()
        done = self.cit("refresh", *FETCH)
        assert done.exit_code == 0, done.output
        current = Lake(self.home).version("raw/records")
        entries = Archive(self.home / "archive").list()
        assert [entry.content_hash for entry in entries] == [before[0].content_hash, current.provenance.snapshot]
        assert current.n_rows == current.provenance.rows_received == self.portal.dataset.n_rows
        entries[-1].verify()
        assert nothing_half(self.home)

    def refused(self, *arguments: str) -> str:
        """Refresh, demand a refusal in one paragraph that leaves everything as it was; give the paragraph."""
        before = state(self.home)
        done = self.cit("refresh", *arguments)
        assert done.exit_code == 1, done.output
        [message] = [line for line in done.stderr.splitlines() if line]
        assert message.startswith("Error: ")
        assert state(self.home) == before
        assert nothing_half(self.home)
        return message


def state(home: Path) -> dict[str, str]:
    """Every file of archive, lake and editions with its hash, and which edition is the latest.

    What the platform notes of its own work is left out: that the portal was silent stands there.
    """
    kept = [path for part in ("archive", "lake", "published/editions") for path in (home / part).rglob("*")]
    hashes = {
        path.relative_to(home).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in kept
        if path.is_file() and not any(home / "lake" / table in path.parents for table in OPERATIONS)
    }
    return {**hashes, "latest": latest(home).name}


def latest(home: Path) -> Path:
    return (home / "published" / "latest").resolve()


def nothing_half(home: Path) -> bool:
    """No download, no half-written snapshot, and no file in a table's folder that no version of it names."""
    orphans = set((home / "lake" / "raw" / "records").glob("*.parquet")) - set(
        map(Path, Lake(home).version("raw/records").files)
    )
    partial = [*(home / "archive").glob(".*"), *(home / "spill").glob("fetched/*")]
    return not partial and len(orphans) <= 1  # the version before, kept for a day


def files_with(needle: bytes, home: Path) -> list[Path]:
    """The files of a home that hold some bytes: event log and compute logs of Dagster included."""
    return [path for path in home.rglob("*") if path.is_file() and needle in path.read_bytes()]


@pytest.fixture(scope="module")
def days() -> tuple[Dataset, Dataset]:
    """The dataset of yesterday and, fully replaced, of today."""
    yesterday, today = (Dataset.of_city(day, ROWS) for day in (YESTERDAY, TODAY))
    return yesterday, yesterday.replaced(today.table)


def environment(monkeypatch: pytest.MonkeyPatch, home: Path, url: str) -> None:
    chosen = {
        "CIT_HOME": str(home),
        "CIT_SOURCE": "socrata",
        "CIT_SOCRATA_URL": url,
        "CIT_SOCRATA_DATASET": DATASET_ID,
        "DAGSTER_HOME": str(home / "dagster"),
        "SOCRATA_APP_TOKEN": TOKEN,
    }
    for name, value in chosen.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("CIT_AS_OF", raising=False)
    it_is(TODAY, monkeypatch)


def it_is(day: date, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the clock: an as-of date in the settings would be a setting that changes each night."""
    monkeypatch.setattr(Settings, "today", lambda _: day)


@pytest.fixture(scope="module")
def refreshed_home(days: tuple[Dataset, Dataset], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of the live source with yesterday's edition, in spite of faults at every question; tests copy it."""
    home = tmp_path_factory.mktemp("live") / "home"
    with pytest.MonkeyPatch.context() as monkeypatch, FakePortal(days[0], tokens=(TOKEN,)) as portal:
        environment(monkeypatch, home, portal.url)
        monkeypatch.setattr(socrata, "Limits", lambda: PATIENT)
        questions = ("metadata", "count", "group", "page")
        for question, fault in product(questions, ("503", "reset")):
            portal.misbehave(fault, on=question)
        done = CliRunner().invoke(app, ["refresh"])
        assert done.exit_code == 0, done.output
        assert not any(map(portal.trouble, questions)), "a fault was never met"
    return home


@pytest.fixture
def night(
    refreshed_home: Path,
    days: tuple[Dataset, Dataset],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> Iterator[Night]:
    home = tmp_path / "home"
    shutil.copytree(refreshed_home, home, symlinks=True)
    with FakePortal(days[1], tokens=(TOKEN,)) as portal:
        environment(monkeypatch, home, portal.url)
        portal.pause = 1.0
        found = Night(home, days[0], portal, monkeypatch, caplog)
        found.limited({})
        yield found


# Faults of one kind meet one fetch, one after another; each alone is a test of the client.
PASSING = {
    "broken answers": ("reset", "truncated", "broken gzip", "html", "empty"),
    "not now": ("202", "429", "429 retry-after", "500", "502", "503"),
    "pages that do not fit": ("short page", "repeated page", "replaced"),
    "no answer in time": WAITING,
}


@pytest.mark.parametrize("kind", PASSING)
def test_faults_that_pass_are_recovered_from(kind: str, night: Night) -> None:
    faults = PASSING[kind]
    patience = SHORT_OF_PATIENCE if kind == "no answer in time" else {}
    night.limited({"attempts": len(faults) + 5, "starts": len(faults) + 2, **patience})
    for number, fault in enumerate(faults):
        # A second page is asked for again until it is whole, or everything from the first page on.
        night.portal.misbehave(fault, skip=int(number == 0 or kind == "pages that do not fit"))
    night.recovered()
    assert night.portal.trouble("page") is None, "a fault was never met"


ONCE: dict[str, float] = {"attempts": 1}
ONCE_MORE: dict[str, float] = {"attempts": 2}
BRIEFLY = {**ONCE, **SHORT_OF_PATIENCE}


@dataclass(frozen=True)
class Staying:
    """A fault of the whole night: how it is served, and what the message has to say."""

    serve: Callable[[Night], object]
    happened: str
    to_do: str = "Check the network and the portal's own page, and try again later"


def served(name: str, on: str = "page", limits: Mapping[str, float] = ONCE_MORE) -> Callable[[Night], None]:
    """A fault in every answer of a kind, with SODA 2.1 as the only endpoint."""

    def serve(night: Night) -> None:
        night.portal.ways = {"soda2", "metadata"}
        night.limited(limits)
        night.portal.misbehave(name, on=on, times=999, skip=1 if on == "page" else 0)

    return serve


def in_each_reading(name: str) -> Callable[[Night], None]:
    """A fault that no single answer shows: the second page of every reading is spoiled."""

    def serve(night: Night) -> None:
        night.portal.ways = {"soda2", "metadata"}
        for reading in range(PATIENT.starts):
            night.portal.misbehave(name, skip=2 if name == "replaced" and reading else 1)

    return serve


def changed(change: Callable[[Dataset], Dataset]) -> Callable[[Night], None]:
    def serve(night: Night) -> None:
        night.portal.dataset = change(night.portal.dataset)

    return serve


def at(url: Callable[[Night], str], limits: Mapping[str, float] = ONCE_MORE) -> Callable[[Night], None]:
    def serve(night: Night) -> None:
        night.limited(limits)
        night.monkeypatch.setenv("CIT_SOCRATA_URL", url(night))

    return serve


def without_token(night: Night) -> None:
    night.portal.tokens = ()


# What the question for the dataset's state meets: no run begins.
MET_BEFORE_A_RUN: dict[str, Staying] = {
    "refused connection": Staying(at(lambda _: f"http://127.0.0.1:{closed_port()}"), "no connection .*refused"),
    "DNS failure": Staying(at(lambda _: "https://portal.invalid", ONCE), "portal.invalid gave no connection"),
    "TLS failure": Staying(at(lambda n: n.portal.url.replace("http:", "https:")), "no trustworthy TLS"),
    "403 on a bad token": Staying(
        without_token, "refused .*with the app token given .*: …", "Correct SOCRATA_APP_TOKEN, or unset it"
    ),
    "404": Staying(served("404", on="any"), "status 404"),
    "503 everywhere": Staying(served("503", on="any"), "status 503"),
    "HTML everywhere": Staying(served("html", on="any"), "a web page instead of data .*down for maintenance"),
    "a column renamed": Staying(
        changed(lambda d: d.renamed("use_of_force_indicator", "force_used")),
        "missing: `use_of_force_indicator`; unknown: `force_used`",
        "let it through once with `cit refresh --accept columns`",
    ),
    "a type changed": Staying(
        changed(lambda d: d.retyped("template_id", "point")),
        "`template_id` is point, not number",
        "add the type to portal_types",
    ),
    "a redirect to another host": Staying(
        served("redirect", on="any"), "redirects to https://example.org/", "if the portal has moved there, add its"
    ),
}
# What only shows when rows are read.
MET_BY_THE_FETCH: dict[str, Staying] = {
    "silent": Staying(served("silent", limits=BRIEFLY), "no byte in time|no whole answer in time"),
    "time-out in the body": Staying(served("time-out", limits=BRIEFLY), "no byte in time"),
    "reset in mid-body": Staying(served("reset"), "a broken connection"),
    "one byte a second": Staying(served("drip", limits=BRIEFLY), r"only \d+ bytes in \d+ s"),
    "one byte a second from the start": Staying(served("slow head", limits=BRIEFLY), "no whole answer in time"),
    "202": Staying(served("202"), "status 202"),
    "429": Staying(served("429"), "status 429"),
    "429 for an hour": Staying(
        served("429 for an hour", limits={"total_seconds": 600.0}),
        "another attempt is due in 3600 s",
        "SOCRATA_APP_TOKEN",
    ),
    "500": Staying(served("500"), "status 500"),
    "502": Staying(served("502"), "status 502"),
    "503": Staying(served("503"), "status 503"),
    "HTML with status 200": Staying(served("html"), "a web page instead of data .*down for maintenance"),
    "truncated JSON": Staying(served("truncated"), "JSON that is cut off"),
    "a repeated page": Staying(in_each_reading("repeated page"), "repeats the row"),
    "a page short by one row": Staying(in_each_reading("short page"), "has 1,999 rows where 2,000 are due"),
    "a set replaced between two pages": Staying(in_each_reading("replaced"), "was replaced while it was read"),
    "a fall by 40 %": Staying(
        changed(lambda d: d.replaced(d.table.slice(0, d.n_rows * 6 // 10))),
        r"40% fewer than the [\d,]+ of the last snapshot; more than 20% is refused",
        "let it through once with `cit refresh --accept rows`",
    ),
    "10 times the usual size": Staying(
        changed(Dataset.tenfold), r"10\.1 times the [\d,]+ of the last snapshot", "rows uploaded twice"
    ),
    "a gzip bomb": Staying(served("gzip bomb"), "unpacks to more than the [0-9,]+ bytes", "Look at the dataset"),
}


@pytest.mark.parametrize("fault", MET_BEFORE_A_RUN)
def test_a_fault_that_stays_begins_no_run(fault: str, night: Night) -> None:
    assert_refused(MET_BEFORE_A_RUN[fault], night)


@pytest.mark.parametrize("fault", MET_BY_THE_FETCH)
def test_a_fault_that_stays_is_refused_and_everything_is_as_it_was(fault: str, night: Night) -> None:
    assert_refused(MET_BY_THE_FETCH[fault], night, *FETCH)


def assert_refused(staying: Staying, night: Night, *arguments: str) -> None:
    staying.serve(night)
    message = night.refused(*arguments)
    assert re.search(staying.happened, message), message
    assert re.search(staying.to_do, message), message


def test_a_time_out_while_connecting(night: Night) -> None:
    with full_backlog() as url:
        at(lambda _: url, {**ONCE, "connect_seconds": 0.3})(night)
        assert "no connection in time" in night.refused()


def test_a_whole_refresh_whose_fetch_is_refused_computes_nothing(night: Night) -> None:
    served("500")(night)
    message = night.refused()
    assert message.startswith("Error: raw/records: The dataset i2q9-thny could not be read")


def test_a_stalled_feed_that_does_not_change_is_skipped_with_since_when(night: Night) -> None:
    night.portal.dataset = night.yesterday
    before = state(night.home)
    for age in range(1, 9):
        it_is(YESTERDAY + timedelta(days=age), night.monkeypatch)
        done = night.cit("refresh")
        assert done.exit_code == 0, done.output
        assert "Skipped, no asset recomputed: nothing new" in done.output
        stalled = f"the feed has stalled: no report after {YESTERDAY}, {age} days ago"
        assert (stalled in done.output) == (age >= WEEK.days)
    assert state(night.home) == before


def test_a_stalled_feed_that_is_published_anew_warns_since_when_and_loses_nothing(night: Night) -> None:
    """Old records are revised, so it is read and published as ever; only the newest report stays where it was."""
    night.portal.dataset = revised(night.yesterday)
    it_is(YESTERDAY + WEEK, night.monkeypatch)
    night.recovered()
    check = dg.AssetCheckKey(dg.AssetKey(["raw", "records"]), "newest_report")
    with dg.DagsterInstance.get() as instance:
        [record] = instance.event_log_storage.get_asset_check_execution_history(check, limit=1)
    evaluation = record.evaluation
    assert evaluation is not None
    assert (evaluation.passed, evaluation.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert f"The newest report is of {YESTERDAY}" in (evaluation.description or "")


def revised(dataset: Dataset) -> Dataset:
    """The next state, in which one old record has another call type."""
    place = dataset.table.schema.get_field_index("initial_call_type")
    column = ["SUICIDE - IP/JO SUICIDAL PERSON AND ATTEMPTS", *dataset.table.column(place).to_pylist()[1:]]
    return dataset.replaced(dataset.table.set_column(place, "initial_call_type", pa.array(column, pa.string())))
