"""How the portal misbehaves: each fault by name, as something done to one answer on its way out."""

from __future__ import annotations

import gzip
import json
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from threading import Event
from typing import Protocol


@dataclass(frozen=True)
class Answer:
    """An answer as it would go out."""

    status: int
    type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


class Line(Protocol):
    """The connection to one client.

    Attributes:
        connection: its socket.
        closing: set when the portal shuts down.
        elsewhere: URL on another host that a redirect leads to.
        pause: seconds between the bytes of a slow answer.
    """

    connection: socket.socket

    @property
    def closing(self) -> Event: ...

    @property
    def elsewhere(self) -> str: ...

    @property
    def pause(self) -> float: ...

    def send(self, answer: Answer, length: int | None = None) -> None:
        """Send an answer, announcing another length than it has if one is given."""
        ...


Misbehaviour = Callable[[Line, Answer], None]


def _silent(line: Line, answer: Answer) -> None:
    line.closing.wait(30)


def _time_out(line: Line, answer: Answer) -> None:
    line.send(Answer(answer.status, answer.type, answer.body[: len(answer.body) // 2]), length=len(answer.body))
    line.closing.wait(30)


def _reset(line: Line, answer: Answer) -> None:
    line.send(Answer(answer.status, answer.type, answer.body[: len(answer.body) // 2]), length=len(answer.body))
    # Without lingering, closing a socket resets the connection.
    line.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.connection.close()


def _drip(line: Line, answer: Answer) -> None:
    line.send(Answer(answer.status, answer.type, b""), length=len(answer.body))
    _one_by_one(line, answer.body)


def _slow_head(line: Line, answer: Answer) -> None:
    _one_by_one(line, b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 10_000)


def _one_by_one(line: Line, content: bytes) -> None:
    for number in range(len(content)):
        line.connection.sendall(content[number : number + 1])
        if line.closing.wait(line.pause):
            return


@cache
def _bomb() -> bytes:
    return gzip.compress(b"[" + b" " * 50_000_000)


def _gzip_bomb(line: Line, answer: Answer) -> None:
    line.send(Answer(200, answer.type, _bomb(), (("Content-Encoding", "gzip"),)))


def _broken_gzip(line: Line, answer: Answer) -> None:
    line.send(Answer(200, answer.type, gzip.compress(answer.body)[:-9], (("Content-Encoding", "gzip"),)))


def _truncated(line: Line, answer: Answer) -> None:
    line.send(Answer(answer.status, answer.type, answer.body[: len(answer.body) * 2 // 3]))


def _html(line: Line, answer: Answer) -> None:
    page = b"<!DOCTYPE html><html><head><title>We are down for maintenance</title></head><body></body></html>"
    line.send(Answer(200, "text/html", page))


def _empty(line: Line, answer: Answer) -> None:
    line.send(Answer(200, answer.type, b""))


def _short(line: Line, answer: Answer) -> None:
    line.send(Answer(answer.status, answer.type, json.dumps(json.loads(answer.body)[:-1]).encode()))


def _redirect(line: Line, answer: Answer) -> None:
    line.send(Answer(302, "text/html", b"", (("Location", line.elsewhere),)))


def _status(status: int, *headers: tuple[str, str]) -> Misbehaviour:
    def send(line: Line, answer: Answer) -> None:
        body = {"code": f"error.{status}", "error": True, "message": f"The portal says {status}"}
        line.send(Answer(status, "application/json", json.dumps(body).encode(), headers))

    return send


FAULTS: dict[str, Misbehaviour] = {
    "silent": _silent,
    "time-out": _time_out,
    "reset": _reset,
    "drip": _drip,
    "slow head": _slow_head,
    "gzip bomb": _gzip_bomb,
    "broken gzip": _broken_gzip,
    "truncated": _truncated,
    "html": _html,
    "empty": _empty,
    "short page": _short,
    "redirect": _redirect,
    "429": _status(429),
    "429 retry-after": _status(429, ("Retry-After", "1")),
    "429 for an hour": _status(429, ("Retry-After", "3600")),
    "503 retry-after": _status(503, ("Retry-After", "1")),
    **{str(status): _status(status) for status in (202, 400, 401, 403, 404, 410, 500, 502, 503, 504)},
}
# These change what is served before the answer is made: the page before once more, or the next state of the dataset.
REPEATED, REPLACED = "repeated page", "replaced"
NAMES = (*FAULTS, REPEATED, REPLACED)
