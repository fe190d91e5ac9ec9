"""The portal itself: a threaded HTTP server on loopback."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cit_platform_tests.portal import soql
from cit_platform_tests.portal.dataset import Dataset
from cit_platform_tests.portal.faults import FAULTS, NAMES, REPEATED, REPLACED, Answer

DATASET_ID = "i2q9-thny"
JSON, CSV = "application/json;charset=utf-8", "text/csv;charset=utf-8"


@dataclass
class Trouble:
    """A fault waiting for its answers.

    Attributes:
        name: one of `NAMES`.
        on: which answers: `metadata`, `count`, `group`, `header`, `page`, `bulk` or `any`.
        times: how many of them.
        skip: how many pass before.
    """

    name: str
    on: str
    times: int
    skip: int


@dataclass(frozen=True)
class ReceivedRequest:
    """One request, as the tests look back at it."""

    kind: str
    method: str
    path: str
    headers: dict[str, str]


class Refused(Exception):  # noqa: N818 - an answer
    """An error in the portal's own form."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.answer = Answer(status, JSON, json.dumps({"error": True, "message": message}).encode())


class FakePortal:
    """A portal on a free port of loopback; a context manager.

    Attributes:
        dataset: what it serves; assign to replace it.
        asked: every request so far.
        ways: the endpoints that are open: `soda2`, `soda3`, `bulk`, `metadata`.
        tokens: app tokens that it knows; others are refused with 403, and repeated in the message.
        complaint: what the message says before it repeats the token.
        row_ids: whether pages hold the portal's own columns.
        aggregates: whether it counts more than all rows.
        elsewhere: where the fault `redirect` leads.
        pause: seconds between the bytes of a slow answer.
    """

    def __init__(self, dataset: Dataset, port: int = 0, tokens: tuple[str, ...] = ()) -> None:
        """Bind the port; nothing is served before `with`."""
        self.dataset = dataset
        self.tokens = tokens
        self.complaint = "Invalid app_token specified"
        self.asked: list[ReceivedRequest] = []
        self.ways = {"soda2", "soda3", "bulk", "metadata"}
        self.row_ids = True
        self.aggregates = True
        self.elsewhere = "https://example.org/"
        self.pause = 0.02
        self.closing = threading.Event()
        self._troubles: list[Trouble] = []
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._thread = threading.Thread(target=lambda: self._server.serve_forever(0.02), daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> FakePortal:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    def misbehave(self, name: str, *, on: str = "page", times: int = 1, skip: int = 0) -> None:
        """Spoil `times` answers of a kind after `skip` good ones, once what was ordered before is done."""
        if name not in NAMES:
            raise ValueError(f"no fault {name!r}; known: {', '.join(NAMES)}")
        with self._lock:
            self._troubles.append(Trouble(name, on, times, skip))

    def trouble(self, kind: str) -> str | None:
        """The fault that this answer is due, if any."""
        with self._lock:
            for trouble in self._troubles:
                if trouble.on in (kind, "any") and trouble.times > 0:
                    if trouble.skip > 0:
                        trouble.skip -= 1
                        return None
                    trouble.times -= 1
                    return trouble.name
        return None


def _handler(portal: FakePortal) -> type[BaseHTTPRequestHandler]:
    class Handler(_Handler):
        pass

    Handler.portal = portal
    return Handler


class _Handler(BaseHTTPRequestHandler):
    portal: FakePortal
    protocol_version = "HTTP/1.1"

    # --- The line that faults act on ---

    @property
    def closing(self) -> threading.Event:
        return self.portal.closing

    @property
    def elsewhere(self) -> str:
        return self.portal.elsewhere

    @property
    def pause(self) -> float:
        return self.portal.pause

    def send(self, answer: Answer, length: int | None = None) -> None:
        self.close_connection = True
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.type)
        self.send_header("Content-Length", str(len(answer.body) if length is None else length))
        self.send_header("Connection", "close")
        for name, value in answer.headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)
        self.wfile.flush()

    # --- Requests ---

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: tests look at `asked`."""

    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path.startswith("/misbehave?"):
            self._take_order()
        else:
            self._answer(json.loads(body))

    def _take_order(self) -> None:
        """`POST /misbehave?name=reset&on=page&times=2`: a fault on demand, for a person who watches."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        try:
            self.portal.misbehave(asked["name"], on=asked.get("on", "page"), times=int(asked.get("times", 1)))
            self.send(Answer(200, "text/plain", b"as you wish\n"))
        except (KeyError, ValueError) as error:
            self.send(Answer(400, "text/plain", f"{error}\n".encode()))

    def _answer(self, body: Any) -> None:
        url = urlsplit(self.path)
        params = {name: values[0] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
        kind, make = _route(url.path, params, body)
        self.portal.asked.append(ReceivedRequest(kind, self.command, self.path, dict(self.headers)))
        trouble = self.portal.trouble(kind)
        if trouble == REPLACED:
            self.portal.dataset = self.portal.dataset.replaced()
        try:
            _check_token(self.portal, self.headers.get("X-App-Token"), needed=body is not None)
            answer = make(self.portal, -1 if trouble == REPEATED else 0)
        except Refused as refused:
            answer = refused.answer
        try:
            if trouble in FAULTS:
                self.close_connection = True
                FAULTS[trouble](self, answer)
            else:
                self.send(self._packed(answer))
        except OSError:
            # The client left first, as it does when it gives an answer up.
            self.close_connection = True

    def _packed(self, answer: Answer) -> Answer:
        if answer.status != 200 or "gzip" not in self.headers.get("Accept-Encoding", ""):
            return answer
        return Answer(200, answer.type, gzip.compress(answer.body, 1), (("Content-Encoding", "gzip"),))


Make = Callable[[FakePortal, int], Answer]


def _route(path: str, params: dict[str, str], body: Any) -> tuple[str, Make]:
    """What is asked for, and how to make it; its second argument shifts the page."""
    if path == f"/api/views/{DATASET_ID}.json":
        return "metadata", lambda portal, _: _metadata(portal)
    if path == f"/api/views/{DATASET_ID}/rows.csv":
        return "bulk", lambda portal, _: _bulk(portal)
    if path == f"/resource/{DATASET_ID}.csv":
        return "header", lambda portal, _: _header(portal, params)
    if path == f"/resource/{DATASET_ID}.json":
        return _kind(soql.of_params(params)), lambda portal, shift: _soda2(portal, params, shift)
    if path == f"/api/v3/views/{DATASET_ID}/query.json" and body is not None:
        return _kind(_query_of(body)), lambda portal, shift: _soda3(portal, body, shift)
    return "unknown", lambda portal, _: _nothing(path)


def _kind(query: soql.Query) -> str:
    return "page" if not query.counts else ("group" if query.group else "count")


def _query_of(body: dict[str, Any]) -> soql.Query:
    try:
        return soql.of_text(body["query"])
    except soql.Misasked:
        return soql.Query("")


def _check_token(portal: FakePortal, token: str | None, needed: bool) -> None:
    if token is not None and token not in portal.tokens:
        raise Refused(403, f"{portal.complaint}: {token}")
    if token is None and needed:
        raise Refused(403, "You must be logged in or give an app_token")


def _open(portal: FakePortal, way: str) -> None:
    if way not in portal.ways:
        raise Refused(404, "Not found")


def _nothing(path: str) -> Answer:
    raise Refused(404, f"Cannot find {path}")


def _json(content: Any) -> Answer:
    return Answer(200, JSON, json.dumps(content, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def _metadata(portal: FakePortal) -> Answer:
    _open(portal, "metadata")
    return _json(portal.dataset.metadata(DATASET_ID))


def _bulk(portal: FakePortal) -> Answer:
    _open(portal, "bulk")
    return Answer(200, CSV, portal.dataset.bulk_csv())


def _header(portal: FakePortal, params: dict[str, str]) -> Answer:
    _open(portal, "soda2")
    return Answer(200, CSV, portal.dataset.page_csv(int(params.get("$limit", 1000))))


def _soda2(portal: FakePortal, params: dict[str, str], shift: int) -> Answer:
    _open(portal, "soda2")
    unknown = set(params) - {"$select", "$where", "$group", "$order", "$limit", "$offset"}
    if unknown:
        raise Refused(400, f"Unrecognized arguments {sorted(unknown)}")
    query = soql.of_params(params)
    if query.counts:
        return _aggregates(portal, query)
    offset = int(params.get("$offset", 0))
    if offset and query.order != ":id":
        raise Refused(400, "the portal of the tests serves no pages without $order=:id")
    return _page(portal, offset + shift * query.limit, query.limit, synthetic=query.select == ":*,*")


def _soda3(portal: FakePortal, body: dict[str, Any], shift: int) -> Answer:
    _open(portal, "soda3")
    query = _query_of(body)
    if query.counts:
        return _aggregates(portal, query)
    if query.order != ":id":
        raise Refused(400, "the portal of the tests serves no pages without ORDER BY :id")
    page, size = body["page"]["pageNumber"], body["page"]["pageSize"]
    return _page(portal, (page - 1 + shift) * size, size, synthetic=query.select == ":*,*")


def _aggregates(portal: FakePortal, query: soql.Query) -> Answer:
    if query.select != "count(*) as n_rows" and not portal.aggregates:
        raise Refused(400, "Aggregates are not available")
    try:
        return _json(soql.answer(portal.dataset, query))
    except soql.Misasked as error:
        raise Refused(400, str(error)) from error


def _page(portal: FakePortal, offset: int, limit: int, synthetic: bool) -> Answer:
    records = portal.dataset.records(max(offset, 0), limit)
    own = synthetic and portal.row_ids
    return _json([{name: r[name] for name in r if own or not name.startswith(":")} for r in records])
