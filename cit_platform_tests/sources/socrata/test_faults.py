"""The live source on a bad day: each fault is recovered from, or refused with what happened and what to do."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from cit_platform.sources.refused import SourceError
from cit_platform.sources.socrata.source import SocrataSource
from cit_platform_tests.portal.dataset import Dataset
from cit_platform_tests.portal.server import DATASET_ID, FakePortal
from cit_platform_tests.sources.socrata.conftest import QUICK, TOKEN, Client
from cit_platform_tests.sources.spellings import Rows, text_table

# Name of the fault -> what the message says when the fault stays.
PASSING = {
    "silent": "no byte in time|no whole answer in time",
    "time-out": "no byte in time",
    "reset": "a broken connection",
    "drip": r"only \d+ bytes in",
    "slow head": "no whole answer in time",
    "broken gzip": "a gzip body that is cut off",
    "truncated": "JSON that is cut off",
    "html": "a web page instead of data .*down for maintenance",
    "empty": "an empty body",
    "short page": "has 49 rows where 50 are due",
    "repeated page": "repeats the row",
    "replaced": "was replaced while it was read",
    "202": "status 202 .*The portal says 202",
    "429": "status 429",
    "429 retry-after": "status 429",
    "500": "status 500",
    "502": "status 502",
    "503": "status 503",
}
# These only end when the client's patience does; for all others it is long, so that a busy machine does not matter.
WAITING = ("silent", "time-out", "drip", "slow head")


def patience(fault: str) -> dict[str, float]:
    return {"silent_seconds": 0.8} if fault in WAITING else {}


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("fault", PASSING)
def test_a_fault_that_passes_is_recovered_from(fault: str, client: Client, expected_hash: str) -> None:
    client.portal.ways = {"soda2", "metadata"}
    client.portal.misbehave(fault, skip=1)
    assert client.fetched(client.source(attempts=6, **patience(fault))).content_hash == expected_hash


@pytest.mark.parametrize("fault", [name for name in PASSING if name != "429 retry-after"])
def test_a_fault_that_stays_is_refused(fault: str, client: Client) -> None:
    client.portal.ways = {"soda2", "metadata"}
    if fault in ("short page", "repeated page", "replaced"):
        # No single answer shows these: the second page of every reading is spoiled.
        for reading in range(QUICK.starts):
            client.portal.misbehave(fault, skip=2 if fault == "replaced" and reading else 1)
    else:
        client.portal.misbehave(fault, times=9, skip=1)
    message = client.refusal(client.source(attempts=2, **patience(fault)))
    assert_says(message, PASSING[fault])
    assert_says(message, "The last snapshot stays")
    assert_says(message, "try again later")


ASKED_AGAIN = [(fault, on) for fault in ("silent", "429", "html", "truncated") for on in ("metadata", "count", "bulk")]
# A CSV can be cut off between two lines: only its count shows that, in a test of its own.
ASKED_AGAIN.remove(("truncated", "bulk"))


@pytest.mark.parametrize(("fault", "on"), ASKED_AGAIN)
def test_every_kind_of_answer_is_asked_for_again(fault: str, on: str, client: Client, expected_hash: str) -> None:
    if on == "bulk":
        client.portal.ways = {"bulk", "metadata"}
    client.portal.misbehave(fault, on=on)
    assert client.fetched(client.source(attempts=6, **patience(fault))).content_hash == expected_hash


def test_a_bulk_csv_that_is_cut_off_is_refused(client: Client) -> None:
    client.portal.ways = {"bulk", "metadata"}
    client.portal.misbehave("truncated", on="bulk", times=9)
    assert_says(client.refusal(), "Line [0-9]+ of the bulk CSV .*cut off")


def test_a_short_bulk_csv_is_found_by_the_count(client: Client, rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = client.portal.dataset
    shorter = Dataset(whole.table.slice(0, 100)).bulk_csv()
    monkeypatch.setattr(Dataset, "bulk_csv", lambda self: shorter)
    client.portal.misbehave("500", on="page", times=99)
    assert_says(client.refusal(), "bulk CSV has 100 rows where the portal counts 123")


def test_retry_after_is_honoured(client: Client) -> None:
    client.portal.misbehave("503 retry-after")
    client.fetched()
    waits = [record.getMessage() for record in client.caplog.records if "again in" in record.getMessage()]
    assert len(waits) == 1
    assert float(waits[0].split("again in ")[1].split(" ")[0]) >= 1.0


def test_a_wait_beyond_the_limit_is_refused_at_once(client: Client) -> None:
    client.portal.misbehave("429 for an hour")
    message = client.refusal()
    assert_says(message, r"was not read within 120 s: the portal gave status 429 .*another attempt is due in 3600 s")
    assert_says(message, "SOCRATA_APP_TOKEN")


def test_a_fetch_ends_with_its_time(client: Client) -> None:
    client.portal.misbehave("silent", times=99)
    assert_says(client.refusal(client.source(total_seconds=0.6, attempts=50)), r"was not read within 1 s")


def test_a_refused_connection_leads_to_the_next_address(client: Client, expected_hash: str) -> None:
    dead = f"http://127.0.0.1:{closed_port()}"
    assert client.fetched(client.source(urls=(dead, client.portal.url))).content_hash == expected_hash
    for path in client.directory.iterdir():
        path.unlink()
    assert_says(client.refusal(client.source(urls=(dead,))), "no connection .*refused.*Check the network")


def test_a_name_that_does_not_resolve(client: Client) -> None:
    message = client.refusal(client.source(urls=("https://portal.invalid",), attempts=1))
    assert_says(message, "https://portal.invalid gave no connection")


def test_tls_that_fails(client: Client) -> None:
    message = client.refusal(client.source(urls=(client.portal.url.replace("http:", "https:"),)))
    assert_says(message, "no trustworthy TLS")


@contextmanager
def full_backlog() -> Iterator[str]:
    """An address whose connections are never made: its queue is full."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_a_time_out_while_connecting(client: Client) -> None:
    with full_backlog() as url:
        source = client.source(urls=(url,), attempts=1, connect_seconds=0.3)
        assert_says(client.refusal(source), "no connection in time")


def test_a_bad_token_is_refused_and_never_repeated(client: Client) -> None:
    client.portal.tokens = ()
    message = client.refusal(client.source(token=TOKEN))
    assert_says(message, "refused .* with the app token given .*Invalid app_token specified: …")
    assert_says(message, "Correct SOCRATA_APP_TOKEN, or unset it")


def test_access_denied_without_a_token(client: Client) -> None:
    client.portal.misbehave("403", on="any", times=99)
    assert_says(client.refusal(), "status 403")


def test_a_dataset_that_is_gone(client: Client) -> None:
    client.portal.ways = set()
    message = client.refusal()
    assert_says(message, "SODA 2.1: the count of rows .*status 404.*bulk CSV: the bulk CSV .*status 404")


@pytest.mark.parametrize("token", [None, TOKEN])
@pytest.mark.parametrize("fault", ["404", "410", "400", "500"])
def test_pages_that_fail_lead_to_the_bulk_csv(
    fault: str, token: str | None, client: Client, expected_hash: str
) -> None:
    client.portal.misbehave(fault, times=99)
    snapshot = client.fetched(client.source(token=token))
    assert snapshot.content_hash == expected_hash
    assert snapshot.location.endswith("rows.csv")
    assert snapshot.received is not None
    assert snapshot.received.name == "rows.csv"


def test_soda3_that_is_gone_leads_to_soda2(client: Client, expected_hash: str) -> None:
    client.portal.ways.remove("soda3")
    snapshot = client.fetched(client.source(token=TOKEN))
    assert snapshot.content_hash == expected_hash
    assert snapshot.location.endswith(f"/resource/{DATASET_ID}.json")


def test_a_redirect_to_another_host_is_refused(client: Client) -> None:
    client.portal.misbehave("redirect", on="any", times=99)
    message = client.refusal(client.source(token=TOKEN))
    assert_says(message, "redirects to https://example.org/, which is not among the addresses of CIT_SOCRATA_URL")


@pytest.mark.parametrize(
    "location", ["//[x", "http://[::1", "https://a:b:c/", "http://127.0.0.1:99999999/", "\x1b[31m"]
)
def test_a_redirect_to_no_address_is_refused(location: str, client: Client) -> None:
    client.portal.elsewhere = location
    client.portal.misbehave("redirect", on="any", times=99)
    message = client.refusal()
    assert_says(message, "redirects to .*, which is not among the addresses|Invalid URL in location header")
    assert message.isprintable()


def test_a_token_is_cleaned_out_before_a_message_is_cut(client: Client) -> None:
    """A cut in its middle would leave a part of it that nothing recognises."""
    client.portal.tokens = ()
    for length in range(170, 202, 4):
        client.portal.complaint = "x" * length
        assert TOKEN[:5] not in client.refusal(client.source(token=TOKEN))


def test_a_redirect_to_another_port_of_this_machine_gets_no_request(client: Client, rows: Rows) -> None:
    with FakePortal(Dataset(text_table(rows)), tokens=(TOKEN,)) as other:
        client.portal.elsewhere = f"{other.url}/api/views/{DATASET_ID}.json"
        client.portal.misbehave("redirect", on="any", times=99)
        client.refusal(client.source(token=TOKEN))
        assert other.asked == []


def test_redirects_in_a_circle_are_refused(client: Client) -> None:
    client.portal.elsewhere = f"{client.portal.url}/api/views/{DATASET_ID}.json"
    client.portal.misbehave("redirect", on="metadata", times=99)
    assert_says(client.refusal(), "redirects in a circle")


def test_a_gzip_bomb_is_refused(client: Client) -> None:
    client.portal.misbehave("gzip bomb", times=99)
    assert_says(client.refusal(), "unpacks to more than the 5,000,000 bytes still allowed")


def test_ten_times_the_usual_size_is_refused(client: Client, rows: Rows) -> None:
    client.portal.dataset = client.portal.dataset.tenfold()
    source = SocrataSource((client.portal.url,), DATASET_ID, None, QUICK, previous_rows=len(rows))
    assert_says(client.refusal(source), "has 1,230 rows, 10.0 times the 123 of the last snapshot")
    assert not [asked for asked in client.portal.asked if asked.kind == "page"]
    assert_says(client.refusal(client.source(max_rows=1000)), "more than the 1,000 allowed")
    assert_says(client.refusal(client.source(max_bytes=60_000)), "bytes still allowed")


@pytest.mark.parametrize(("kept", "refused"), [(0.6, True), (0.79, True), (0.81, False), (1.0, False)])
def test_a_drop_in_rows_is_refused_beyond_a_fifth(kept: float, refused: bool, client: Client, rows: Rows) -> None:
    client.portal.dataset = Dataset(client.portal.dataset.table.slice(0, round(len(rows) * kept)))
    source = SocrataSource((client.portal.url,), DATASET_ID, None, QUICK, previous_rows=len(rows))
    if refused:
        assert_says(client.refusal(source), r"fewer than the 123 of the last snapshot; more than 20% is refused")
    else:
        client.fetched(source)


@pytest.mark.parametrize(("kept", "refused"), [(0.7, True), (0.9, False)])
def test_a_drop_in_templates_is_refused_although_the_rows_are_all_there(
    kept: float, refused: bool, client: Client, rows: Rows
) -> None:
    templates = len({row["template_id"] for row in rows})
    fewer = [
        row | {"template_id": rows[number % round(templates * kept) * 2]["template_id"]}
        for number, row in enumerate(rows)
    ]
    client.portal.dataset = Dataset(text_table(fewer))
    url = client.portal.url
    source = SocrataSource((url,), DATASET_ID, None, QUICK, previous_rows=len(rows), previous_templates=templates)
    if refused:
        assert_says(client.refusal(source), r"crisis templates, 30% fewer than the 60 .* more than 20% is refused")
    else:
        client.fetched(source)


@pytest.mark.parametrize("endpoint", ["soda2", "bulk"])
def test_a_drop_is_let_through_once_and_noted(endpoint: str, client: Client, rows: Rows) -> None:
    client.portal.ways = {endpoint, "metadata"}
    client.portal.dataset = Dataset(client.portal.dataset.table.slice(0, 50))
    url, rows_last = client.portal.url, len(rows)
    for accept in (frozenset(), frozenset({"columns", "types"})):
        source = SocrataSource((url,), DATASET_ID, None, QUICK, previous_rows=rows_last, accept=accept)
        assert_says(client.refusal(source), "has 50 rows, 59% fewer than the 123 .*`cit refresh --accept rows`")
    source = SocrataSource((url,), DATASET_ID, None, QUICK, previous_rows=rows_last, accept=frozenset({"rows"}))
    assert client.fetched(source).accepted == ("rows",)
    assert "59% fewer" in client.caplog.text


def test_nothing_is_accepted_where_nothing_changed(client: Client, rows: Rows) -> None:
    everything = frozenset({"rows", "columns", "types"})
    source = SocrataSource((client.portal.url,), DATASET_ID, None, QUICK, previous_rows=len(rows), accept=everything)
    assert client.fetched(source).accepted == ()


def test_a_drop_is_seen_in_the_bulk_csv_of_a_portal_that_no_longer_counts(client: Client) -> None:
    client.portal.ways = {"bulk", "metadata"}
    source = SocrataSource((client.portal.url,), DATASET_ID, None, QUICK, previous_rows=1000)
    assert_says(client.refusal(source), "fewer than the 1,000 of the last snapshot")


def test_an_empty_dataset_is_refused(client: Client) -> None:
    client.portal.dataset = Dataset(client.portal.dataset.table.slice(0, 0))
    assert_says(client.refusal(), "holds no records")


def test_a_disk_that_refuses_is_named(client: Client) -> None:
    client.directory.chmod(0o500)
    try:
        with pytest.raises(SourceError, match="could not be written"):
            client.source().fetch(client.directory / "missing")
    finally:
        client.directory.chmod(0o700)


def assert_says(message: str, pattern: str) -> None:
    import re

    assert re.search(pattern, message), message
