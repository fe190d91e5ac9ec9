"""Some nights of the live source, each of its own kind; `make nights` lives sixty of them, refreshed in full."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from cit_platform_tests.end_to_end.nights import FIRST_DAY, Night, a_city_served

pytestmark = pytest.mark.pipeline
DAY = [FIRST_DAY + timedelta(days=n) for n in range(7)]
RAW, RECORDS = "group:raw", 'key:"raw/records"'
NIGHTS = [
    Night("the first", DAY[0]),
    Night("nothing published", DAY[0], published=False),
    Night("the same records published anew", DAY[0]),
    Night(
        "two days at once, refresh killed before its records are published", DAY[2], dies_at="raw/records", select=RAW
    ),
    Night("another coding", DAY[3], select=RAW),
    Night("a new day, its records alone", DAY[4], select=RECORDS),
    Night("another day", DAY[5], select=RAW),
    Night("an earlier day restored", DAY[3], select=RAW),
]


@pytest.mark.timeout(900)
def test_every_night_the_platform_says_exactly_what_the_city_changed(tmp_path: Path) -> None:
    with a_city_served(tmp_path / "home", 1_000, NIGHTS, recoded_on=DAY[3]) as city:
        outcomes = [city.live(night) for night in NIGHTS]
    assert {o.night.what: o.wrong for o in outcomes if o.wrong} == {}
    assert [o.did for o in outcomes[:3]] == ["refreshed", "skipped", "fetched"]
    recorded = sum((o.expected for o in outcomes), Counter[str]())
    assert recorded == sum((o.found for o in outcomes), Counter[str]())
    assert min(recorded[change] for change in ("added", "changed", "removed")) > 0
    assert outcomes[4].respelled > 1_000
