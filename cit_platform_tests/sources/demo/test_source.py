"""The demo source is deterministic, grows by the day, changes old records on schedule, refuses bad parameters."""

import dataclasses
import time
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cit_platform.sources.columns import FIELDS
from cit_platform.sources.demo.city import CODINGS, CityParameters
from cit_platform.sources.demo.officers import START
from cit_platform.sources.demo.revisions import Publisher
from cit_platform.sources.demo.source import DemoSource
from cit_platform.sources.refused import SourceError
from cit_platform_tests.sources.demo.cities import HISTORY_END, ROWS, SEED, full_city, text_frame

Row = tuple[str | None, ...]


def multiset(frame: pd.DataFrame) -> Counter[Row]:
    return Counter(frame[list(FIELDS)].itertuples(index=False, name=None))


def apply_revisions(frame: pd.DataFrame, revisions: pd.DataFrame) -> Counter[Row]:
    """The earlier snapshot with the recorded changes made, as a multiset of rows."""
    concerned = frame["template_id"].isin(set(revisions["template_id"]))
    rows = frame[concerned].copy()
    for change in revisions.itertuples():
        hit = (rows["template_id"] == change.template_id) & (rows["disposition"] == change.disposition)
        assert hit.sum() == 1
        if change.change == "removed":
            rows = rows[~hit]
        else:
            assert rows.loc[hit, change.field].item() == change.old_value
            rows.loc[hit, change.field] = change.new_value
    return multiset(pd.concat([frame[~concerned], rows]))


def test_same_parameters_same_snapshot(tmp_path: Path) -> None:
    hashes = set()
    for name in ("one", "two"):
        directory = tmp_path / name
        directory.mkdir()
        snapshot = DemoSource(SEED, 3_000, date(2020, 6, 1)).fetch(directory)
        hashes.add(snapshot.content_hash)
        assert snapshot.source == "demo"
        assert snapshot.received is None
        assert snapshot.records.exists()
    assert len(hashes) == 1


def test_columns_are_the_25_fields_as_text() -> None:
    table = DemoSource(SEED, 3_000, date(2020, 6, 1)).table()
    assert set(table.column_names) == set(FIELDS)
    assert len(table.column_names) == 25


def test_another_seed_is_another_city() -> None:
    first, second = (text_frame(DemoSource(seed, 3_000, date(2018, 1, 1))) for seed in (1, 2))
    assert not set(multiset(first)) & set(multiset(second))


@pytest.mark.parametrize("day", [date(2017, 3, 1), date(2019, 5, 14), date(2025, 12, 31)])
def test_a_day_later_old_records_change_only_as_scheduled(day: date) -> None:
    rows = 8_000
    later = day + timedelta(days=1)
    today, tomorrow = DemoSource(SEED, rows, day), DemoSource(SEED, rows, later)
    revisions = tomorrow.revisions(day, later)
    new = text_frame(tomorrow)
    old_ids = set(text_frame(today)["template_id"])
    assert apply_revisions(text_frame(today), revisions) == multiset(new[new["template_id"].isin(old_ids)])


def test_revisions_of_some_months_are_the_difference_of_two_snapshots() -> None:
    after, until = date(2026, 8, 1), date(2026, 11, 20)
    first, second = DemoSource(SEED, 60_000, after), DemoSource(SEED, 60_000, until)
    revisions = second.revisions(after, until)
    assert set(revisions["change"]) == {"changed", "removed"}
    assert set(revisions["field"].dropna()) == {
        "officer_years_of_experience",
        "initial_call_type",
        "officer_race",
    }
    race = revisions[revisions["field"] == "officer_race"]
    assert set(race["old_value"]) == {"White"}
    assert set(race["new_value"]) == {"Declined to Answer"}
    assert 20 < len(revisions) < 200
    before, now = text_frame(first), text_frame(second)
    expected = apply_revisions(before, revisions)
    assert expected == multiset(now[now["template_id"].isin(set(before["template_id"]))])
    assert not revisions.equals(first.revisions(date(2026, 5, 1), after))


def test_no_revisions_between_equal_days() -> None:
    revisions = DemoSource(SEED, ROWS, HISTORY_END).revisions(HISTORY_END, HISTORY_END)
    assert revisions.empty
    assert list(revisions.columns) == [
        "template_id",
        "disposition",
        "change",
        "field",
        "old_value",
        "new_value",
        "day",
    ]


def test_rows_count_the_records_before_2026_less_the_removed() -> None:
    assert 0 <= ROWS - len(full_city("2025")) < 0.006 * ROWS
    assert len(text_frame(DemoSource(SEED, 3_000, HISTORY_END))) == pytest.approx(3_000, abs=20)


def test_later_days_add_about_25_records() -> None:
    spring = DemoSource(SEED, 3_000, date(2026, 3, 1)).table().num_rows
    autumn = DemoSource(SEED, 3_000, date(2026, 9, 1)).table().num_rows
    days = (date(2026, 9, 1) - date(2026, 3, 1)).days
    assert (autumn - spring) / days == pytest.approx(25, rel=0.1)


@settings(max_examples=6, deadline=None)
@given(
    rows=st.integers(1, 3_000),
    as_of=st.dates(date(2015, 6, 15), date(2031, 12, 31)),
    seed=st.integers(0, 2**40),
    coding=st.sampled_from(CODINGS),
)
def test_any_size_and_day(rows: int, as_of: date, seed: int, coding: str) -> None:
    frame = text_frame(DemoSource(seed, rows, as_of, CityParameters(coding=coding, n_officers=60)))
    reported = frame["reported_date"].str[:10]
    assert ((reported <= str(as_of)) & ((reported >= str(START)) | (reported == "1900-01-01"))).all()
    assert frame["template_id"].notna().all()


def test_a_record_depends_on_the_day_of_the_snapshot_by_a_scheduled_change_only() -> None:
    """But for the column that fell silent, which is empty in the whole snapshot from its day on."""
    day, silent = date(2026, 7, 29), date(2026, 7, 30)
    before, after = (text_frame(DemoSource(SEED, 4_000, on)) for on in (day, silent))
    assert set(before["cit_officer_requested"]) == {"Y", "N"}
    assert after["cit_officer_requested"].isna().all()
    changed = set(DemoSource(SEED, 4_000, silent).revisions(day, silent)["template_id"])
    fields = [field for field in FIELDS if field != "cit_officer_requested"]
    known = after[after["template_id"].isin(set(before["template_id"]) - changed)]
    unchanged = before[~before["template_id"].isin(changed)]
    assert Counter(unchanged[fields].itertuples(index=False)) == Counter(known[fields].itertuples(index=False))
    respelled = DemoSource(SEED, 4_000, silent).respellings(day, silent)
    assert set(respelled["field"]) == {"cit_officer_requested"}


def test_early_as_of_date() -> None:
    frame = text_frame(DemoSource(SEED, ROWS, START))
    assert 5 < len(frame) < 80


def test_bad_parameters_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="CIT_AS_OF"):
        DemoSource(SEED, 100, date(2015, 5, 14))
    with pytest.raises(SourceError, match="CIT_DEMO_ROWS"):
        DemoSource(SEED, 0, HISTORY_END)
    with pytest.raises(SourceError, match="CIT_DEMO_SEED"):
        DemoSource(-1, 100, HISTORY_END)
    with pytest.raises(SourceError, match="no record up to 2015-05-15"):
        DemoSource(SEED, 1, START).fetch(tmp_path)
    with pytest.raises(ValueError, match="n_officers"):
        CityParameters(n_officers=10)
    with pytest.raises(ValueError, match="changes_per_day"):
        Publisher(changes_per_day=-1)
    with pytest.raises(ValueError, match="coding"):
        CityParameters(coding="2019")  # type: ignore[arg-type]


def test_fingerprint_changes_with_every_parameter_and_only_then() -> None:
    source = DemoSource(SEED, 100, HISTORY_END)
    assert source.fingerprint() == DemoSource(SEED, 100, HISTORY_END, CityParameters()).fingerprint()
    others = [
        DemoSource(SEED + 1, 100, HISTORY_END),
        DemoSource(SEED, 101, HISTORY_END),
        DemoSource(SEED, 100, date(2025, 12, 30)),
        DemoSource(SEED, 100, HISTORY_END, CityParameters(coding="2018")),
        DemoSource(
            SEED,
            100,
            HISTORY_END,
            CityParameters(force=dataclasses.replace(CityParameters().force, cit_certified=0.71)),
        ),
        DemoSource(SEED, 100, HISTORY_END, publisher=Publisher(recoded_on=HISTORY_END)),
    ]
    assert len({source.fingerprint(), *(other.fingerprint() for other in others)}) == 1 + len(others)


def test_time_grows_slower_than_rows() -> None:
    def seconds(rows: int) -> float:
        start = time.process_time()
        DemoSource(SEED, rows, HISTORY_END).table()
        return time.process_time() - start

    seconds(1_000)
    assert min(seconds(60_000) for _ in range(2)) < 20 * min(seconds(3_000) for _ in range(2))
