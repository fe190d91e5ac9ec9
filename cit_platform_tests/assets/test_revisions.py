"""Nights through the real assets: revisions as the generator made them, whatever was run, killed or run again."""

import json
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import dagster as dg
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cit_platform.assets.published import prune_archive
from cit_platform.contracts import TABLES
from cit_platform.definitions import defs
from cit_platform.engine.query import Query
from cit_platform.resources.home import Home
from cit_platform.sources.columns import FIELDS
from cit_platform.sources.demo.source import DemoSource
from cit_platform.storage.archive import Archive
from cit_platform.storage.lake import Lake
from cit_platform_tests.conftest import Cit, plain_engine

pytestmark = pytest.mark.pipeline

ROWS, SEED = 8_000, 20150515
FIRST, SECOND, THIRD, FOURTH = (date(2026, *day) for day in ((1, 15), (5, 1), (8, 15), (10, 1)))
RECORDS, REVISIONS, COMPARISONS = "raw/records", "raw/revisions", "raw/comparisons"
ALL = (RECORDS, REVISIONS, COMPARISONS, "quality/revisions")
CHANGE = ["template_id", "disposition", "change", "field", "old_value", "new_value"]


@dataclass(frozen=True)
class Nights:
    """A home whose assets run in this process."""

    home: Path
    patch: pytest.MonkeyPatch
    env: Mapping[str, str]

    def run(self, *paths: str, **env: str) -> dg.ExecuteInProcessResult:
        for name, value in {"CIT_HOME": str(self.home), **self.env, **env}.items():
            self.patch.setenv(name, value)
        with dg.DagsterInstance.ephemeral() as instance:
            return defs.resolve_job_def("refresh").execute_in_process(
                instance=instance,
                asset_selection=[dg.AssetKey(path.split("/")) for path in paths],
                raise_on_error=False,
            )

    def publish(self) -> None:
        """Write the manifest by which an edition names what raw/records holds."""
        held = self.lake.version(RECORDS).provenance
        edition = self.home / "published" / "editions" / f"edition-{held.sequence}"
        edition.mkdir(parents=True)
        manifest = {
            "edition": edition.name,
            "snapshot": held.snapshot,
            "source": {"retrieved_at": held.retrieved_at},
            "volatile": {"built_at": f"2026-11-26T00:00:{held.sequence:02}"},
        }
        (edition / "manifest.json").write_text(json.dumps(manifest))

    @property
    def lake(self) -> Lake:
        return Lake(self.home)

    @property
    def archive(self) -> Archive:
        return Archive(self.home / "archive")

    def lines(self) -> pd.DataFrame:
        return self.lake.frame(REVISIONS).astype(object).where(lambda frame: frame.notna(), None)


@pytest.fixture(scope="module")
def patch() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory, patch: pytest.MonkeyPatch) -> Nights:
    """Three snapshots of a city; the first two became editions."""
    home = Nights(tmp_path_factory.mktemp("nights") / "home", patch, {"CIT_DEMO_ROWS": str(ROWS)})
    for day in (FIRST, SECOND, THIRD):
        assert home.run(*ALL, CIT_AS_OF=str(day)).success
        if day != THIRD:
            home.publish()
    return home


@pytest.fixture
def copy(nights: Nights, tmp_path: Path) -> Nights:
    shutil.copytree(nights.home, tmp_path / "home", symlinks=True)
    return Nights(tmp_path / "home", nights.patch, {**nights.env, "CIT_AS_OF": str(THIRD)})


def changes(lines: pd.DataFrame) -> Counter[tuple[object, ...]]:
    rows = lines[CHANGE].itertuples(index=False, name=None)
    # Canonical text has one blank where the publisher prints two.
    return Counter(tuple(" ".join(value.split()) if isinstance(value, str) else value for value in row) for row in rows)


def test_every_two_editions_in_a_row_are_compared_exactly(nights: Nights) -> None:
    lines = nights.lines()
    for sequence, after, until in ((2, FIRST, SECOND), (3, SECOND, THIRD)):
        made = DemoSource(SEED, ROWS, until).revisions(after, until)
        found = lines[lines["sequence"] == sequence]
        assert len(made) > 3
        assert changes(found) == changes(made)
        assert {moment.date() for moment in found["seen_at"]} == {until}
        assert list(found["line"]) == list(range(1, len(made) + 1))
    hashes = [retrieval.content_hash for retrieval in nights.archive.log()]
    assert set(zip(lines["from_snapshot"], lines["to_snapshot"], strict=True)) == set(pairwise(hashes))


def test_the_first_snapshot_has_no_lines_and_begins_the_watch(nights: Nights) -> None:
    compared = nights.lake.frame(COMPARISONS)
    assert sorted(compared["sequence"].unique()) == [1, 2, 3]
    assert set(compared.loc[compared["from_snapshot"].isna(), "sequence"]) == {1}
    assert set(Counter(compared["sequence"]).values()) == {len(FIELDS)}
    assert compared["n_respelled"].sum() == 0
    counted = nights.lake.frame("quality/revisions")
    nights_counted = {(row.night, row.change) for row in counted.itertuples() if row.change in ("first", "compared")}
    assert nights_counted == {(str(FIRST), "first"), (str(SECOND), "compared"), (str(THIRD), "compared")}
    whole = counted[(counted["night"] == "all") & (counted["field"] == "")].set_index("change")["n_records"]
    lines = nights.lines()
    records = lines.drop_duplicates(["sequence", "record_id", "change"])["change"].value_counts()
    assert whole.to_dict() == records.to_dict()


def test_a_snapshot_that_never_became_an_edition_leaves_no_lines(copy: Nights) -> None:
    """The third one did not: the fourth is compared with the second."""
    lines = copy.lines()
    assert copy.run(*ALL, CIT_AS_OF=str(FOURTH)).success
    assert copy.lake.version(REVISIONS).provenance.checks
    made = DemoSource(SEED, ROWS, FOURTH).revisions(SECOND, FOURTH)
    found = copy.lines()
    pd.testing.assert_frame_equal(found[found["sequence"] == 2], lines[lines["sequence"] == 2])
    assert sorted(found["sequence"].unique()) == [2, 4]
    assert changes(found[found["sequence"] == 4]) == changes(made)
    compared = copy.lake.frame(COMPARISONS)
    assert sorted(compared["sequence"].unique()) == [1, 2, 4]
    hashes = [retrieval.content_hash for retrieval in copy.archive.log()]
    assert set(compared.loc[compared["sequence"] == 4, "from_snapshot"]) == {hashes[1]}
    counted = copy.lake.frame("quality/revisions")
    assert str(THIRD) not in set(counted["night"])


def test_lines_of_an_edition_stay_when_the_next_snapshot_comes(copy: Nights) -> None:
    copy.publish()
    lines = copy.lines()
    assert copy.run(*ALL, CIT_AS_OF=str(FOURTH)).success
    found = copy.lines()
    pd.testing.assert_frame_equal(found[found["sequence"] < 4].reset_index(drop=True), lines)
    assert changes(found[found["sequence"] == 4]) == changes(DemoSource(SEED, ROWS, FOURTH).revisions(THIRD, FOURTH))


def test_nothing_is_compared_with_a_snapshot_without_an_edition(tmp_path: Path, patch: pytest.MonkeyPatch) -> None:
    home = Nights(tmp_path / "home", patch, {"CIT_DEMO_ROWS": "600"})
    for day in (FIRST, SECOND):
        assert home.run(*ALL, CIT_AS_OF=str(day)).success
    assert home.lines().empty
    compared = home.lake.frame(COMPARISONS)
    assert set(compared["sequence"]) == {2}
    assert compared["from_snapshot"].isna().all()


def test_a_history_that_shrinks_beyond_that_is_refused(copy: Nights) -> None:
    """Lines of editions, lost from the table, are not published without them."""
    copy.publish()
    file = Path(copy.lake.version(REVISIONS).files[0])
    lines = pq.read_table(file)
    shrunk = lines.filter(pa.compute.not_equal(lines["sequence"], 2))
    assert 0 < len(shrunk) < len(lines)
    pq.write_table(shrunk, file)
    assert not copy.run(*ALL, CIT_AS_OF=str(THIRD)).success


def test_running_a_night_again_adds_nothing(copy: Nights) -> None:
    before, number = copy.lines(), copy.lake.version(REVISIONS).number
    result = copy.run(*ALL)
    assert result.success
    [records] = result.asset_materializations_for_node("raw__records")
    assert records.tags["dagster/data_version"] == copy.lake.version(RECORDS).provenance.snapshot  # type: ignore[index]
    assert copy.lake.version(REVISIONS).number > number
    # Of a snapshot that no edition names the comparison is made anew, under the number of its last retrieval.
    named = before.assign(sequence=before["sequence"].replace(3, 4)).drop(columns="seen_at")
    pd.testing.assert_frame_equal(copy.lines().drop(columns="seen_at"), named)
    assert [retrieval.sequence for retrieval in copy.archive.log()] == [1, 2, 3, 4]
    assert len(copy.archive.list()) == 3


def test_a_content_that_comes_back_is_a_revision_again(copy: Nights) -> None:
    copy.publish()
    assert copy.run(*ALL, CIT_AS_OF=str(SECOND)).success
    back = copy.lines().query("sequence == 4")
    there = copy.lines().query("sequence == 3")
    assert set(back["to_snapshot"]) == set(there["from_snapshot"])
    undone = there[there["change"] == "changed"]
    assert changes(back[back["change"] == "changed"]) == changes(
        undone.assign(old_value=undone["new_value"], new_value=undone["old_value"])
    )
    hashes = [retrieval.content_hash for retrieval in copy.archive.log()]
    assert hashes[3] == hashes[1]
    assert len(copy.archive.list()) == 3
    copy.publish()
    assert copy.run(*ALL, CIT_AS_OF=str(THIRD)).success
    assert changes(copy.lines().query("sequence == 5")) == changes(there)


def test_a_table_of_another_contract_is_computed_anew_from_the_archive(copy: Nights, tmp_path: Path) -> None:
    before = copy.lines()
    table, version = TABLES[REVISIONS], copy.lake.version(REVISIONS)
    earlier = replace(table, columns=tuple(column for column in table.columns if column.name != "record_id"))
    rows = Query(f"select {', '.join(earlier.column_names)} from {table.relation}", {table.relation: version.files})
    copy.lake.commit(
        plain_engine("1GB", 1, tmp_path).write(rows, earlier, copy.lake.folder(REVISIONS)), version.provenance
    )
    assert copy.run(REVISIONS).success
    pd.testing.assert_frame_equal(copy.lines(), before)


def test_a_lost_archive_begins_anew_and_keeps_the_lines(copy: Nights) -> None:
    before = copy.lines()
    shutil.rmtree(copy.home / "archive")
    assert copy.run(*ALL).success
    pd.testing.assert_frame_equal(copy.lines(), before)
    assert [retrieval.sequence for retrieval in copy.archive.log()] == [4]
    copy.publish()
    # A killed run noted nothing: the next difference is found all the same.
    assert copy.run(*ALL, CIT_AS_OF=str(SECOND)).success
    assert len(copy.lines()) > len(before)


def test_retention_keeps_the_last_two_and_what_is_still_to_be_compared(
    copy: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashes = [retrieval.content_hash for retrieval in copy.archive.log()]
    for name, value in {"CIT_HOME": str(copy.home), **copy.env}.items():
        monkeypatch.setenv(name, value)
    assert prune_archive(Home()) == ()
    monkeypatch.setenv("CIT_RETENTION_ARCHIVE_DAYS", "7")
    # An edition names it.
    assert prune_archive(Home()) == ()
    shutil.rmtree(copy.home / "published" / "editions" / "edition-1")
    assert prune_archive(Home()) == (hashes[0],)
    assert {entry.content_hash for entry in copy.archive.list()} == set(hashes[1:])
    assert copy.run(*ALL).success


def test_a_refused_snapshot_is_not_archived(tmp_path: Path, patch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "records.parquet"
    city = Nights(
        tmp_path / "home", patch, {"CIT_SOURCE": "file", "CIT_SOURCE_PATH": str(file), "CIT_AS_OF": str(FIRST)}
    )
    rows = DemoSource(SEED, 600, FIRST).table()
    rows = rows.cast(pa.schema([(name, pa.string()) for name in rows.column_names]))
    pq.write_table(rows, file)
    assert city.run(RECORDS).success
    log = city.archive.log()
    at = rows.column_names.index("use_of_force_indicator")
    pq.write_table(rows.set_column(at, "use_of_force_indicator", pa.array(["MAYBE"] * len(rows))), file)
    assert not city.run(RECORDS).success
    assert city.archive.log() == log
    assert len(city.archive.list()) == 1


def test_a_snapshot_is_shown_as_of_a_date(copy: Nights) -> None:
    cit = Cit(copy.home, dict(copy.env))
    shown = cit("show", RECORDS, "--rows", "1", "--as-of", "2026-04-30").stdout.splitlines()
    first = pq.read_table(copy.archive.list()[0].records).slice(0, 1).to_pylist()[0]
    assert first["record_id"] in shown[1]
    assert str(FIRST) in cit.refused("show", RECORDS, "--as-of", "2025-12-31")
    assert "raw/records" in cit.refused("show", "clean/records", "--as-of", "2026-04-30")
    shutil.rmtree(copy.archive.list()[0].directory)
    message = cit.refused("show", RECORDS, "--as-of", "2026-04-30")
    assert "no longer kept" in message
    assert str(SECOND) in message


def test_no_value_leaves_raw(nights: Nights) -> None:
    lines = nights.lines()
    values = {value for name in ("old_value", "new_value") for value in lines[name] if value and len(value) > 3}
    counted = json.dumps(nights.lake.frame("quality/revisions").astype(str).values.tolist())
    assert values
    assert not [value for value in values if value in counted]
