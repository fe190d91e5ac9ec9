"""The generator's record of what its publisher changed is the difference of the snapshots, found independently."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, timedelta

import pandas as pd
import pytest

from cit_platform.sources.columns import FIELDS
from cit_platform.sources.demo.city import CityParameters
from cit_platform.sources.demo.revisions import Publisher
from cit_platform.sources.demo.source import DemoSource
from cit_platform_tests.sources.demo.cities import SEED, text_frame

ROWS, FIRST_DAY = 3_000, date(2026, 3, 1)
RECODED_ON = date(2026, 3, 20)
BUSY = Publisher(changes_per_day=6, changes_from=FIRST_DAY)
CHANGE = ["template_id", "disposition", "change", "field", "old_value", "new_value"]

Row = tuple[str | None, ...]
Change = tuple[str | None, ...]


def source(as_of: date, coding: str = "2020", publisher: Publisher = BUSY) -> DemoSource:
    return DemoSource(SEED, ROWS, as_of, CityParameters(coding=coding), publisher)


def rows_of(day: date, coding: str = "2020", publisher: Publisher = BUSY) -> list[Row]:
    return list(text_frame(source(day, coding, publisher))[list(FIELDS)].itertuples(index=False, name=None))


def by_template(rows: Iterable[Row]) -> dict[str | None, Counter[Row]]:
    templates: dict[str | None, Counter[Row]] = defaultdict(Counter)
    for row in rows:
        templates[row[FIELDS.index("template_id")]][row] += 1
    return templates


def in_order(rows: Counter[Row]) -> list[Row]:
    """By disposition, then by all fields."""
    at = FIELDS.index("disposition")
    return sorted(rows.elements(), key=lambda row: [(value is not None, value or "") for value in (row[at], *row)])


def difference(before: list[Row], now: list[Row]) -> Counter[Change]:
    """What changed in the templates of the earlier snapshot, knowing nothing of how it was made."""
    at, found, later = FIELDS.index("disposition"), Counter[Change](), by_template(now)
    for template, rows in by_template(before).items():
        old, new = in_order(rows - later[template]), in_order(later[template] - rows)
        if len(old) == len(new):
            found.update(
                (template, was[at], "changed", field, was_value, is_value)
                for was, is_ in zip(old, new, strict=True)
                for field, was_value, is_value in zip(FIELDS, was, is_, strict=True)
                if was_value != is_value
            )
        else:
            found.update((template, row[at], "removed", None, None, None) for row in old)
            found.update((template, row[at], "added", None, None, None) for row in new)
    return found


def recorded(changes: pd.DataFrame) -> Counter[Change]:
    return Counter(changes[CHANGE].itertuples(index=False, name=None))


@pytest.mark.parametrize("coding", ["2018", "2020"])
@pytest.mark.parametrize("days", [1, 25])
def test_the_record_is_the_difference_of_two_snapshots(coding: str, days: int) -> None:
    after = FIRST_DAY + timedelta(days=7)
    until = after + timedelta(days=days)
    changes = source(until, coding).revisions(after, until)
    assert difference(rows_of(after, coding), rows_of(until, coding)) == recorded(changes)
    assert set(changes["day"].dt.date) <= {after + timedelta(days=1 + n) for n in range(days)}


def test_a_template_that_two_changes_hit_has_the_first_only() -> None:
    crowded = Publisher(changes_per_day=60, changes_from=FIRST_DAY)
    after, until = FIRST_DAY + timedelta(days=20), FIRST_DAY + timedelta(days=45)
    earlier, later = (DemoSource(SEED, 20_000, day, publisher=crowded) for day in (after, until))
    before, now = (list(text_frame(city)[list(FIELDS)].itertuples(index=False, name=None)) for city in (earlier, later))
    assert difference(before, now) == recorded(later.revisions(after, until))


def test_every_kind_of_change_occurs() -> None:
    until = FIRST_DAY + timedelta(days=30)
    changes = source(until).revisions(FIRST_DAY, until)
    assert set(changes["change"]) == {"added", "changed", "removed"}
    assert set(changes["field"].dropna()) == {
        *("officer_years_of_experience", "initial_call_type", "officer_race", "disposition")
    }
    gone = set(changes.loc[changes["change"] == "removed", "template_id"])
    left = {row[0] for row in rows_of(until)}
    records = Counter(row[0] for row in rows_of(FIRST_DAY))
    assert {template for template in gone - left if records[template] > 1}, "a whole template of several records"
    assert gone & left, "one record of several"


def test_a_city_is_the_same_up_to_the_first_change() -> None:
    assert rows_of(FIRST_DAY - timedelta(days=1)) == rows_of(FIRST_DAY - timedelta(days=1), publisher=Publisher())
    assert rows_of(FIRST_DAY + timedelta(days=5)) != rows_of(FIRST_DAY + timedelta(days=5), publisher=Publisher())


def test_changes_are_made_once() -> None:
    """The record of some weeks is the sum of the records of its days."""
    days = [FIRST_DAY + timedelta(days=n) for n in range(12)]
    daily = sum((recorded(source(day).revisions(day - timedelta(days=1), day)) for day in days[1:]), Counter[Change]())
    whole = recorded(source(days[-1]).revisions(days[0], days[-1]))
    # The days also record changes in templates that were reported meanwhile.
    known = {row[0] for row in rows_of(days[0])}
    assert Counter({change: n for change, n in daily.items() if change[0] in known}) == whole


def remade(before: list[Row], changes: pd.DataFrame, respelled: pd.DataFrame, now: list[Row]) -> Counter[Row]:
    """The earlier snapshot with all that was recorded done to it, field by field."""
    new_texts: dict[tuple[str | None, str | None], dict[str, tuple[str | None, str | None]]] = defaultdict(dict)
    for change in [*respelled.itertuples(), *changes[changes["change"] == "changed"].itertuples()]:
        # Copies of a record are recorded one by one, in equal words.
        texts = (change.old_value, change.new_value)
        assert new_texts[change.template_id, change.disposition].setdefault(change.field, texts) == texts
    removed = set(changes.loc[changes["change"] == "removed", ["template_id", "disposition"]].itertuples(False, None))
    assert not removed & set(respelled[["template_id", "disposition"]].itertuples(False, None))
    made = Counter[Row]()
    for row in before:
        fields = dict(zip(FIELDS, row, strict=True))
        key = (fields["template_id"], fields["disposition"])
        for field, (old, new) in new_texts[key].items():
            assert fields[field] == old
            fields[field] = new
        made[tuple(fields.values())] += key not in removed
    added = set(changes.loc[changes["change"] == "added", ["template_id", "disposition"]].itertuples(False, None))
    return made + Counter(row for row in now if (row[0], row[FIELDS.index("disposition")]) in added)


def test_a_change_of_coding_respells_what_it_does_not_change() -> None:
    recoding = Publisher(changes_per_day=6, changes_from=FIRST_DAY, recoded_on=RECODED_ON)
    after, until = RECODED_ON - timedelta(days=3), RECODED_ON + timedelta(days=2)
    before, now = rows_of(after, "2018", recoding), rows_of(until, "2018", recoding)
    city = source(until, "2018", recoding)
    changes, respelled = city.revisions(after, until), city.respellings(after, until)
    known = {row[0] for row in before}
    assert remade(before, changes, respelled, now) == Counter(row for row in now if row[0] in known)
    assert {"reported_date", "precinct", "disposition", "officer_id", "cit_certified_indicator"} < set(
        respelled["field"]
    )
    assert "use_of_force_indicator" not in set(respelled["field"])
    assert {"added", "changed", "removed"} == set(changes["change"])


def test_nothing_is_respelled_within_a_coding() -> None:
    until = FIRST_DAY + timedelta(days=10)
    assert source(until).respellings(FIRST_DAY, until).empty
    recoding = Publisher(recoded_on=RECODED_ON)
    later = RECODED_ON + timedelta(days=5)
    assert source(later, "2018", recoding).respellings(RECODED_ON, later).empty


def test_the_coding_after_the_change_is_that_of_2020() -> None:
    frame = text_frame(source(RECODED_ON, "2018", Publisher(recoded_on=RECODED_ON)))
    assert frame["reported_date"].str.endswith("T00:00:00").all()
    assert set(frame["cit_certified_indicator"]) == set(frame["subject_veteran_indicator"]) == {"Y", "N"}
    assert frame["disposition"].notna().all()


def test_the_coding_of_2020_counts_unknown_veterans_among_the_others() -> None:
    recoding = Publisher(recoded_on=RECODED_ON)
    respelled = source(RECODED_ON, "2018", recoding).respellings(RECODED_ON - timedelta(days=1), RECODED_ON)
    veterans = respelled[respelled["field"] == "subject_veteran_indicator"]
    assert set(veterans[["old_value", "new_value"]].itertuples(index=False, name=None)) == {
        *(("Yes", "Y"), ("No", "N"), ("Unknown", "N"), ("-", "N"))
    }
