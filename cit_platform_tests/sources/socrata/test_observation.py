"""A look at the live source: a handful of small questions, and no row read."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from cit_platform.sources.refused import SourceError
from cit_platform.sources.socrata.limits import PROBE_LIMITS, Limits
from cit_platform.sources.socrata.source import SocrataSource
from cit_platform_tests.portal.dataset import FIRST_UPDATE, Dataset
from cit_platform_tests.portal.server import DATASET_ID, FakePortal
from cit_platform_tests.sources.socrata.conftest import QUICK, TOKEN, Client
from cit_platform_tests.sources.spellings import Rows, text_table

TODAY = date(2026, 11, 21)


def looking(portal: FakePortal, token: str | None = None) -> SocrataSource:
    return SocrataSource((portal.url,), DATASET_ID, token, QUICK, today=TODAY)


def with_labels(rows: Rows) -> Dataset:
    changed = [row | {"disposition": "-", "initial_call_type": "Trespass"} for row in rows]
    changed[0] |= {"disposition": " Emergent Detention / ITA ", "reported_date": "2026-11-22T00:00:00"}
    changed[1] |= {"disposition": "EMERGENT DETENTION/ITA", "reported_date": "2031-01-01T00:00:00"}
    changed[2] |= {"disposition": None, "reported_date": "1900-01-01T00:00:00"}
    return Dataset(text_table(changed))


@pytest.mark.parametrize("token", [None, TOKEN], ids=["soda2", "soda3"])
def test_what_is_seen(token: str | None, portal: FakePortal, rows: Rows) -> None:
    portal.dataset = with_labels(rows)
    seen = looking(portal, token).observe()
    assert (seen.n_rows, seen.n_templates) == (123, len({row["template_id"] for row in rows}))
    assert seen.rows_updated_at == datetime.fromtimestamp(FIRST_UPDATE, UTC)
    assert seen.newest_report == date(2026, 11, 22)
    assert seen.labels == {"disposition": ("EMERGENT DETENTION/ITA",), "initial_call_type": ("TRESPASS",)}
    assert len(portal.asked) == 5
    assert "page" not in {asked.kind for asked in portal.asked}
    assert seen.fingerprint == looking(portal).fingerprint()


def test_without_metadata_the_latest_update_of_a_row_stands_in(portal: FakePortal) -> None:
    portal.ways = {"soda2"}
    assert looking(portal).observe().rows_updated_at == datetime.fromtimestamp(FIRST_UPDATE, UTC)


@pytest.mark.parametrize("why", ["no aggregates", "faults", "bulk only"])
def test_what_the_portal_does_not_count_is_unknown(why: str, portal: FakePortal) -> None:
    if why == "no aggregates":
        portal.aggregates = False
    elif why == "bulk only":
        portal.ways = {"bulk", "metadata"}
    else:
        portal.misbehave("500", on="count", times=99, skip=1)
        portal.misbehave("500", on="group", times=99)
    seen = looking(portal).observe()
    assert (seen.n_templates, seen.newest_report, seen.labels) == (None, None, {})
    assert seen.n_rows == (None if why == "bulk only" else 123)
    assert seen.fingerprint


def test_a_broken_contract_and_a_dead_portal_are_refused(client: Client) -> None:
    client.portal.dataset = client.portal.dataset.renamed("precinct", "district")
    with pytest.raises(SourceError, match="district"):
        client.source().observe()
    client.portal.misbehave("500", on="any", times=99)
    with pytest.raises(SourceError, match="could not be read from any address"):
        client.source().observe()


@pytest.mark.parametrize("open_endpoints", [set(), {"bulk"}], ids=["nothing", "bulk only"])
def test_a_portal_that_says_neither_count_nor_time_is_refused(open_endpoints: set[str], portal: FakePortal) -> None:
    portal.ways = open_endpoints
    for look in (looking(portal).observe, looking(portal).fingerprint):
        with pytest.raises(SourceError, match=r"neither how many rows .* nor when|status 404"):
            look()


def test_a_sensor_is_not_kept_waiting() -> None:
    look = Limits().within(PROBE_LIMITS)
    assert look.total_seconds + look.silent_seconds < 60
    stricter = Limits(total_seconds=1.0, attempts=1).within(PROBE_LIMITS)
    assert (stricter.total_seconds, stricter.attempts) == (1.0, 1)
