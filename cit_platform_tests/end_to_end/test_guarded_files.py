"""Files that are not what they were: refused or blocked by name with all as it was, warned of, or let through once."""

import csv
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow.parquet as pq
import pytest

from cit_platform.definitions import defs
from cit_platform.sources.columns import FIELDS
from cit_platform.sources.demo.source import DemoSource
from cit_platform.storage.archive import Archive
from cit_platform.storage.lake import Lake

pytestmark = pytest.mark.pipeline

AS_OF = date(2026, 3, 1)
RECORDS, EXCLUSIONS, CLEAN = "raw/records", "clean/exclusions", "clean/records"
ALL = (RECORDS, "raw/revisions", "raw/comparisons", EXCLUSIONS, CLEAN)
Row = dict[str, str | None]
Rows = list[Row]


@dataclass
class Home:
    """A home of the file source whose assets run in this process."""

    folder: Path
    patch: pytest.MonkeyPatch
    checks: dict[str, dg.AssetCheckEvaluation] = field(default_factory=dict)

    def write(self, rows: Rows) -> None:
        with (self.folder / "records.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)

    def refresh(self, *paths: str, accept: tuple[str, ...] = (), file: Path | None = None) -> str:
        """Materialise the tables; the reason of the first one that failed, empty if none did."""
        settings = {
            "CIT_HOME": self.folder / "home",
            "CIT_SOURCE": "file",
            "CIT_SOURCE_PATH": file or self.folder / "records.csv",
            "CIT_AS_OF": AS_OF,
        }
        for name, value in settings.items():
            self.patch.setenv(name, str(value))
        with dg.DagsterInstance.ephemeral() as instance:
            done = defs.resolve_job_def("refresh").execute_in_process(
                instance=instance,
                asset_selection=[dg.AssetKey(path.split("/")) for path in paths or ALL],
                run_config={"resources": {"home": {"config": {"accept": list(accept)}}}},
                raise_on_error=False,
            )
        self.checks = {each.check_name: each for each in done.get_asset_check_evaluations()}
        if done.success:
            return ""
        failures: list[Any] = [event.step_failure_data for event in done.get_step_failure_events()]
        return str(failures[0].user_failure_data.description)

    def publish(self) -> None:
        """Make what raw/records holds the edition in force, as far as the next refresh looks at it."""
        held = self.lake.version(RECORDS).provenance
        editions = self.folder / "home" / "published" / "editions"
        edition = editions / f"edition-{held.sequence}"
        edition.mkdir(parents=True)
        manifest = {
            "edition": edition.name,
            "snapshot": held.snapshot,
            "rows_received": held.rows_received,
            "fingerprint": "",
            "source": {"retrieved_at": held.retrieved_at},
            "volatile": {"built_at": f"2026-11-26T00:00:{held.sequence:02}"},
        }
        (edition / "manifest.json").write_text(json.dumps(manifest))
        latest = editions.parent / "latest"
        latest.unlink(missing_ok=True)
        latest.symlink_to(edition)

    @property
    def lake(self) -> Lake:
        return Lake(self.folder / "home")

    def state(self, *paths: str) -> dict[str, object]:
        """The versions of tables, the retrievals and the edition."""
        versions = {path: self.lake.version(path).number for path in paths or ALL}
        archive = Archive(self.folder / "home" / "archive")
        retrievals = {"archive": len(archive.list())} if not paths else {}
        return {**versions, **retrievals, "latest": (self.folder / "home" / "published" / "latest").resolve()}

    def warned(self, name: str) -> str:
        """What a check that failed without blocking says."""
        found = self.checks[name]
        assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.WARN)
        return str(found.description)


@pytest.fixture(scope="module")
def city_rows(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    snapshot = DemoSource(seed=20150515, rows=1_500, as_of=AS_OF).fetch(tmp_path_factory.mktemp("city"))
    rows: Rows = pq.read_table(snapshot.records, columns=list(FIELDS)).to_pylist()
    return rows


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    return Home(tmp_path, monkeypatch)


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory, city_rows: Rows) -> Path:
    """The folder of a home with an edition."""
    with pytest.MonkeyPatch.context() as patch:
        home = Home(tmp_path_factory.mktemp("edition"), patch)
        home.write(city_rows)
        assert home.refresh() == ""
        home.publish()
        return home.folder


@pytest.fixture
def home(edition: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home with an edition, of the test's own."""
    shutil.copytree(edition, tmp_path / "city", symlinks=True)
    copied = Home(tmp_path / "city", monkeypatch)
    latest = copied.folder / "home" / "published" / "latest"
    target = latest.parent / "editions" / latest.readlink().name
    latest.unlink()
    latest.symlink_to(target)
    return copied


def changed(rows: Rows, every: int, column: str, value: Callable[[str], str]) -> Rows:
    """Another value in all rows but every so many-th."""
    return [row if n % every == 0 else row | {column: value(row[column] or "")} for n, row in enumerate(rows)]


def scientific(number: str) -> str:
    return f"{float(number):.4E}" if number.isdecimal() else number


SPOILED: dict[str, tuple[Callable[[Rows], Rows], str]] = {
    "ids in scientific notation": (
        lambda rows: changed(rows, 50, "template_id", scientific),
        r"template_id_shape .*template_id: `9.9999E\+99: ids in scientific notation, as a spreadsheet writes them` \(",
    ),
    "NA": (
        lambda rows: changed(rows, 2, "cit_certified_indicator", lambda _: "NA"),
        r"cit_certified_indicator_values .*cit_certified_indicator: `NA` \([\d,]+\)",
    ),
    "report days without a year": (
        lambda rows: changed(rows, 2, "reported_date", lambda _: "5 May"),
        r"reported_date_parsable .*reported_date: `5 May` \([\d,]+\)",
    ),
    "4 % of the rows": (lambda rows: rows[::25], r" \d+ rows, 96% fewer than the .*`cit refresh --accept rows`"),
    "another template twice": (
        lambda rows: [row | {"template_id": rows[n // 2]["template_id"]} for n, row in enumerate(rows)],
        r"crisis templates, \d\d% fewer .*`cit refresh --accept rows`",
    ),
}


@pytest.mark.parametrize("fault", SPOILED)
def test_a_spoiled_file_is_refused_by_name_and_all_stays(fault: str, home: Home, city_rows: Rows) -> None:
    spoil, words = SPOILED[fault]
    before = home.state()
    home.write(spoil(city_rows))
    message = home.refresh()
    assert re.search(words, message), message
    assert "Take the portal's own CSV again" in message
    assert not any(str(row["template_id"]) in message for row in city_rows)
    assert home.state() == before


def test_a_fall_of_rows_is_let_through_once(home: Home, city_rows: Rows) -> None:
    home.write(city_rows[::2])
    assert "--accept rows" in home.refresh(RECORDS)
    assert "--accept rows" in home.refresh(RECORDS, accept=("columns", "exclusions"))
    assert home.refresh(RECORDS, accept=("rows",)) == ""
    assert home.lake.version(RECORDS).n_rows == len(city_rows[::2])
    home.publish()
    home.write(city_rows[::8])
    assert "--accept rows" in home.refresh(RECORDS)


EXCLUDED: dict[str, tuple[Callable[[Rows], Rows], str]] = {
    "every row twice": (lambda rows: rows + rows, r"exact_duplicate takes \d+ records by template_id[;.]"),
    "98 % without a date": (
        lambda rows: changed(
            changed(rows, 50, "reported_date", lambda _: "1900-01-01"), 50, "occured_date_time", lambda _: "1900-01-01"
        ),
        r"date_missing takes \d+ records by reported_date `1900-01-01` \(\d+\)",
    ),
}


@pytest.mark.parametrize("fault", EXCLUDED)
def test_a_jump_of_the_share_excluded_blocks_and_the_right_file_mends_it(
    fault: str, home: Home, city_rows: Rows
) -> None:
    spoil, words = EXCLUDED[fault]
    clean = (EXCLUSIONS, CLEAN)
    before = home.state(*clean)
    home.write(spoil(city_rows))
    message = home.refresh(RECORDS, EXCLUSIONS, CLEAN)
    assert re.search(f"clean/exclusions keeps its last version.* excluded_share .*{words}", message), message
    assert "Take the portal's own CSV again" in message
    assert "`cit refresh --accept exclusions`" in message
    assert home.state(*clean) == before
    # What raw/records holds now is no measure of the next file: it never became an edition.
    home.write(city_rows[1:])
    assert home.refresh(RECORDS, EXCLUSIONS, CLEAN) == ""
    assert home.lake.version(CLEAN).number > before[CLEAN]  # type: ignore[operator]


def test_a_jump_of_the_share_excluded_is_let_through_once(home: Home, city_rows: Rows) -> None:
    home.write(EXCLUDED["98 % without a date"][0](city_rows))
    assert "--accept exclusions" in home.refresh(RECORDS, EXCLUSIONS, accept=("rows",))
    assert home.refresh(EXCLUSIONS, accept=("exclusions",)) == ""
    assert "date_missing takes" in home.warned("excluded_share")
    assert home.refresh(EXCLUSIONS) == ""


def test_experience_that_is_printed_otherwise_blocks_and_is_let_through_once(home: Home, city_rows: Rows) -> None:
    home.write(changed(city_rows, 50, "officer_years_of_experience", lambda _: "77"))
    message = home.refresh(RECORDS, EXCLUSIONS, CLEAN)
    assert re.search("clean/records keeps its last version.* experience_mostly_possible ", message), message
    assert "Take the portal's own CSV again" in message
    assert home.refresh(CLEAN, accept=("exclusions",)) == ""


def test_where_clean_is_empty_the_rule_is_named(empty: Home, city_rows: Rows) -> None:
    empty.write(changed(city_rows[:60], 61, "use_of_force_indicator", lambda _: "Unknown")[1:])
    message = empty.refresh()
    assert "clean/exclusions" in message
    assert re.search(r"records_remain .*indicator_missing takes 5\d records", message), message
    assert "`Unknown` (" in message
    assert "row_count" not in message
    assert not empty.lake.exists(CLEAN)


def test_an_unknown_column_and_the_size_of_a_page_warn(empty: Home, city_rows: Rows) -> None:
    empty.write([row | {"shoe_size": "44", "": "7"} for row in city_rows[:1_000]])
    assert empty.refresh(RECORDS) == ""
    assert empty.warned("columns_known").endswith(" shoe_size; a column without a name (an index).")
    assert "exactly 1000 records" in empty.warned("not_one_page")


def test_a_slip_in_an_answer_warns(empty: Home, city_rows: Rows) -> None:
    slip = city_rows[0] | {"use_of_force_indicator": "perhaps"}
    empty.write([slip, *city_rows[1:]])
    assert empty.refresh(RECORDS) == ""
    assert "use_of_force_indicator: `PERHAPS` (1)." in empty.warned("use_of_force_indicator_values")
    assert "use_of_force_indicator: `perhaps` (1 records)" in empty.warned("values_read")


# --- The cases from the field ---

BLOCKED = {
    "scientific_ids.csv": "template_id_shape .*`9.99999E\\+99: ids in scientific notation, as a spreadsheet writes "
    "them` \\(42\\)",
    "na_strings.csv": "cit_certified_indicator_values .*cit_certified_indicator: `NA` \\(\\d+\\)",
}
WARNED = {
    "without_requested.csv": ("fields_have_values", "cit_officer_requested."),
    "clock_of_12_hours.csv": ("hours_known", "reported_time."),
    "pandas_index.csv": ("columns_known", "a column without a name (an index)."),
}
READ = ("thousands.csv", "excel_resaved.csv", "experience_as_float.csv")


@pytest.mark.parametrize("name", BLOCKED)
def test_a_case_from_the_field_is_blocked_by_name(name: str, field_cases: Path, empty: Home) -> None:
    message = empty.refresh(RECORDS, file=field_cases / "small" / name)
    assert re.search(BLOCKED[name], message), message
    assert "Take the portal's own CSV again" in message
    assert not empty.lake.exists(RECORDS)


@pytest.mark.parametrize("name", WARNED)
def test_a_case_from_the_field_is_warned_of_by_name(name: str, field_cases: Path, empty: Home) -> None:
    check, words = WARNED[name]
    assert empty.refresh(RECORDS, file=field_cases / "small" / name) == ""
    assert empty.warned(check).endswith(f" {words}")


@pytest.mark.parametrize("name", READ)
def test_a_case_from_the_field_is_read(name: str, field_cases: Path, empty: Home) -> None:
    assert empty.refresh(RECORDS, EXCLUSIONS, CLEAN, file=field_cases / "small" / name) == ""
    assert empty.lake.version(CLEAN).n_rows > 40
