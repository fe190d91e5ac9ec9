"""The portal of the tests counts for itself: its answers are those of a plain reading of the rows."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from cit_platform.sources.socrata.aggregate import Aggregate, count_by, count_rows
from cit_platform_tests.portal import soql
from cit_platform_tests.portal.dataset import Dataset

ROWS: list[dict[str, Any]] = [
    {"template_id": "9", "disposition": "Detox", "reported_date": "2016-01-01", "officer_id": "1"},
    {"template_id": "10", "disposition": "Detox", "reported_date": "2015-06-01", "officer_id": "2"},
    {"template_id": "10", "disposition": "Shelter", "reported_date": "2017-06-01", "officer_id": "2"},
    {"template_id": "25412697826", "reported_date": "1900-01-01", "officer_id": "it's"},
]
DATASET = Dataset.of_rows(ROWS)


def asked(query: Aggregate) -> list[dict[str, str]]:
    """The answer, which has to be the same through both interfaces."""
    by_params, by_text = (
        soql.answer(DATASET, soql.of_params(query.params())),
        soql.answer(DATASET, soql.of_text(query.text())),
    )
    assert by_params == by_text
    return by_params


def test_totals() -> None:
    totals = count_rows(
        "count(distinct template_id) as n_templates", "max(template_id) as last", "min(officer_id) as id"
    )
    assert asked(totals) == [{"n_rows": "4", "n_templates": "3", "last": "25412697826", "id": "1"}]


def test_groups_are_counted_and_ordered() -> None:
    expected = Counter(row.get("disposition") for row in ROWS)
    rows = asked(count_by("disposition", label="the dispositions", limit=10))
    assert {row.get("disposition"): int(row["n_rows"]) for row in rows} == expected
    assert rows[0] == {"disposition": "Detox", "n_rows": "2"}
    assert asked(count_by("disposition", label="the dispositions", limit=1)) == rows[:1]


def test_conditions_compare_numbers_as_numbers_and_text_as_text() -> None:
    assert asked(Aggregate("", "count(*) as n", "template_id > 9")) == [{"n": "3"}]
    assert asked(Aggregate("", "count(*) as n", "reported_date > '1900-01-02' and template_id <= 10")) == [{"n": "3"}]
    assert asked(Aggregate("", "count(*) as n", "officer_id = 'it''s'")) == [{"n": "1"}]


def test_the_time_of_update_is_the_rows_own() -> None:
    (row,) = asked(Aggregate("", "min(:updated_at) as first,max(:updated_at) as last"))
    assert row["first"] == row["last"]
    assert row["first"] == DATASET.records(0, 1)[0][":updated_at"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (Aggregate("", "count(distinct nothing) as n"), "No such column: nothing"),
        (Aggregate("", "disposition,count(*) as n"), "neither grouped nor aggregated"),
        (Aggregate("", "count(*) as n", "template_id > '9'"), "Type mismatch"),
        (Aggregate("", "count(*) as n", "disposition > 9"), "Type mismatch"),
        (Aggregate("", "count(*) as n", "1=1; drop table rows"), "Could not parse"),
        (Aggregate("", "sum(template_id) as n"), "Could not parse"),
        (Aggregate("", "count(*) as n", group="beat", order="squad"), "No such column: squad"),
    ],
)
def test_what_it_does_not_understand_is_refused(query: Aggregate, said: str) -> None:
    with pytest.raises(soql.Misasked, match=said):
        soql.answer(DATASET, soql.of_params(query.params()))


def test_text_that_is_no_query_is_refused() -> None:
    with pytest.raises(soql.Misasked, match="Could not parse"):
        soql.of_text("DELETE everything")
