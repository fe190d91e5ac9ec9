"""The exchange with one portal: requests that are retried, limited in size and time, and stay within its hosts."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import socket
import ssl
import time
import zlib
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from pydantic import SecretStr

from cit_platform.printable import shown
from cit_platform.sources.refused import SourceError
from cit_platform.sources.socrata.addresses import host_of, is_loopback, is_safe
from cit_platform.sources.socrata.answers import (
    MESSAGE_BYTES,
    Gone,
    Transient,
    Unusable,
    check_whole,
    page_title,
    portal_message,
)
from cit_platform.sources.socrata.limits import Limits

if TYPE_CHECKING:
    import httpx
    from tenacity import RetryCallState

CHUNK = 1024**2
SMALL_ANSWER = 16 * 1024**2
MAX_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_NOT_YET = (202, 408, 425, 429, 500, 502, 503, 504)
_GONE = (404, 405, 410, 501)
_FORBIDDEN = (401, 403)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Call:
    """One question to the portal.

    Attributes:
        label: what is asked for, for messages.
        path: path of the URL.
        brackets: first and last character of a whole answer (`[]`, `{}`), or nothing for CSV.
        params: query of the URL.
        body: JSON to post; without it, the question is a GET.
    """

    label: str
    path: str
    brackets: str
    params: Mapping[str, str] | None = None
    body: Mapping[str, Any] | None = None


class Portal:
    """One base URL of the portal."""

    def __init__(
        self, base: str, hosts: frozenset[str], token: SecretStr | None, limits: Limits, deadline: float
    ) -> None:
        """Name the address; nothing is sent.

        Args:
            base: scheme and host.
            hosts: `host:port` of every address that a redirect may lead to.
            token: the app token, sent as a header.
            limits: see `Limits`.
            deadline: when everything has to be done, on the monotonic clock.
        """
        self.base = base
        self._hosts = hosts
        self._token = token
        self._limits = limits
        self._deadline = deadline

    @cached_property
    def _certificates(self) -> ssl.SSLContext:
        import httpx

        return httpx.create_ssl_context()

    def json(self, call: Call, scratch: Path) -> Any:
        """A small answer, parsed.

        Raises:
            Unusable: The address gives no usable answer, after every attempt.
            SourceError: The token is refused, or a limit is exceeded.
        """
        target = scratch / "answer.json"
        self.save(call, target, SMALL_ANSWER)
        try:
            return json.loads(target.read_bytes())
        except (ValueError, RecursionError) as error:
            raise Unusable(f"{call.label} from {self.base} is not valid JSON") from error

    def save(self, call: Call, target: Path, room: int) -> int:
        """Stream an answer to a file and give its size in bytes, unpacked.

        Args:
            call: the question.
            target: the file, overwritten.
            room: bytes that it may have.

        Raises:
            Unusable: see `json`.
            SourceError: see `json`.
        """
        from tenacity import Retrying, retry_if_exception_type, stop_after_attempt

        retrying = Retrying(
            retry=retry_if_exception_type(Transient),
            stop=stop_after_attempt(self._limits.attempts),
            wait=self._wait,
            before_sleep=lambda state: self._log_retry(call, state),
            reraise=True,
        )
        try:
            return retrying(self._attempt, call, target, room)
        except Transient as error:
            attempts = self._limits.attempts
            raise Unusable(f"{call.label} from {self.base} gave {error}, at the last of {attempts} attempts") from error

    def _wait(self, state: RetryCallState) -> float:
        from tenacity import wait_random_exponential

        fault = _fault(state)
        jitter = wait_random_exponential(self._limits.first_wait_seconds, self._limits.longest_wait_seconds)(state)
        wait = fault.retry_after + jitter
        if time.monotonic() + wait > self._deadline:
            raise self._too_late(f"the portal gave {fault} and another attempt is due in {wait:.0f} s")
        return wait

    def _log_retry(self, call: Call, state: RetryCallState) -> None:
        wait = state.next_action.sleep if state.next_action else 0.0
        log.warning("%s from %s gave %s; again in %.1f s", call.label, self.base, _fault(state), wait)

    def _too_late(self, what: str) -> SourceError:
        return SourceError(
            f"The portal {self.base} was not read within {self._limits.total_seconds:,.0f} s: {what}. The last "
            "snapshot stays. Try again later; an app token in SOCRATA_APP_TOKEN gives a share of the portal of its own."
        )

    def _attempt(self, call: Call, target: Path, room: int) -> int:
        if time.monotonic() > self._deadline:
            raise self._too_late(f"{call.label} was still to be asked for")
        return asyncio.run(self._in_time(call, target, room))

    async def _in_time(self, call: Call, target: Path, room: int) -> int:
        try:
            async with asyncio.timeout(self._deadline - time.monotonic()):
                return await self._followed(call, target, room)
        except TimeoutError as error:
            raise self._too_late(f"the answer for {call.label} was still coming") from error

    async def _followed(self, call: Call, target: Path, room: int) -> int:
        url = self.base + call.path
        for _ in range(MAX_REDIRECTS + 1):
            async with self._answer(call, url) as response:
                if response.status_code not in _REDIRECTS:
                    await self._check_status(call, response)
                    size = await self._store(call, response, target, room)
                    check_whole(target, call.brackets, self._printable)
                    return size
                url = self._redirected(url, response.headers.get("location", ""))
        raise Unusable(f"{self.base} redirects in a circle, lately to {self._printable(url, 200)}")

    @asynccontextmanager
    async def _answer(self, call: Call, url: str) -> AsyncIterator[httpx.Response]:
        """Send the question; what goes wrong on the line until the answer is read is named."""
        import httpx

        limits = self._limits
        try:
            async with httpx.AsyncClient(
                timeout=httpx.Timeout(limits.silent_seconds, connect=limits.connect_seconds),
                verify=self._certificates,
                # An operator's proxy stands in the environment; it is not asked for this machine.
                trust_env=not is_loopback(urlsplit(url).hostname or ""),
            ) as client:
                request = client.build_request(
                    "GET" if call.body is None else "POST",
                    url,
                    params=call.params if url == self.base + call.path else None,
                    json=call.body,
                    headers=self._headers(),
                )
                response = await self._head(client, request)
                try:
                    yield response
                finally:
                    await response.aclose()
        except httpx.HTTPError as error:
            raise self._line_fault(error) from error

    async def _head(self, client: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
        """The head of the answer: httpx's own time-out for reading starts anew at each byte."""
        try:
            async with asyncio.timeout(self._limits.silent_seconds):
                return await client.send(request, stream=True)
        except TimeoutError as error:
            raise Transient("no whole answer in time") from error

    def _headers(self) -> dict[str, str]:
        token = {"X-App-Token": self._token.get_secret_value()} if self._token else {}
        return {"Accept-Encoding": "gzip", "User-Agent": "cit-platform", **token}

    def _line_fault(self, error: httpx.HTTPError) -> Exception:
        import httpx

        reason = self._printable(_system_error(error) or str(error), 200) or type(error).__name__
        if isinstance(error, httpx.TimeoutException):
            phase = "connection" if isinstance(error, httpx.ConnectTimeout) else "byte"
            return Transient(f"no {phase} in time")
        if "SSL" in reason or "CERTIFICATE" in reason.upper():
            return Unusable(f"{self.base} has no trustworthy TLS ({reason})")
        if isinstance(error, httpx.ConnectError):
            return Transient(f"no connection ({reason})")
        return Transient(f"a broken connection ({reason})")

    def _redirected(self, url: str, location: str) -> str:
        try:
            target = urljoin(url, location)
        except ValueError:
            target = location
        if not location or host_of(target) not in self._hosts or not is_safe(target):
            raise Unusable(
                f"{self.base} redirects to {self._printable(target, 200)}, which is not among the addresses of "
                "CIT_SOCRATA_URL; if the portal has moved there, add its address"
            )
        return target

    async def _check_status(self, call: Call, response: httpx.Response) -> None:
        status = response.status_code
        if status == 200:
            return
        said = f"status {status}{await self._message(response)}"
        if status in _NOT_YET:
            raise Transient(said, _retry_after(response.headers.get("retry-after", "")))
        if status in _FORBIDDEN and self._token:
            raise SourceError(
                f"The portal {self.base} refused {call.label} with the app token given ({said}). Correct "
                "SOCRATA_APP_TOKEN, or unset it to read without one. The last snapshot stays."
            )
        kind = Gone if status in _GONE else Unusable
        raise kind(f"{call.label} from {self.base} gave {said}")

    async def _message(self, response: httpx.Response) -> str:
        """What the portal says to its status, in brackets; nothing where it says nothing readable."""
        body = b""
        with suppress(Transient, Unusable):
            async for piece in self._unpacked(response):
                body += piece
                if len(body) >= MESSAGE_BYTES:
                    break
        text = body[:MESSAGE_BYTES].decode(errors="replace")
        message = portal_message(text) or page_title(text)
        return f" (“{self._printable(message, 200)}”)" if message else ""

    async def _store(self, call: Call, response: httpx.Response, target: Path, room: int) -> int:
        size = 0
        with target.open("wb") as file:
            async for piece in self._unpacked(response):
                size += len(piece)
                if size > room:
                    raise SourceError(
                        f"{call.label} from {self.base} unpacks to more than the {room:,} bytes still allowed, far "
                        "more than the crisis data has. Look at the dataset on the portal. The last snapshot stays."
                    )
                file.write(piece)
        return size

    async def _unpacked(self, response: httpx.Response) -> AsyncIterator[bytes]:
        """The body in pieces of limited size, however well it was packed."""
        encoding = response.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("identity", "gzip", ""):
            raise Unusable(f"{self.base} packs its answer as `{shown(encoding)}`, which was not asked for")
        packed = zlib.decompressobj(wbits=31) if encoding == "gzip" else None
        async for chunk in self._paced(response.aiter_raw()):
            if packed is None:
                yield chunk
                continue
            try:
                for piece in _inflated(packed, chunk):
                    yield piece
            except zlib.error as error:
                raise Transient(f"a body that is not valid gzip ({error})") from error
        if packed is not None and not packed.eof:
            raise Transient("a gzip body that is cut off")

    async def _paced(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Give up a body that comes too slowly."""
        window = self._limits.silent_seconds
        began, received = time.monotonic(), 0
        async for chunk in chunks:
            now = time.monotonic()
            received += len(chunk)
            if now - began >= window:
                if received < self._limits.min_bytes_per_second * (now - began):
                    raise Transient(f"only {received:,} bytes in {now - began:.0f} s")
                began, received = now, 0
            yield chunk

    def _clean(self, text: str) -> str:
        """Text of others without the token: a portal may repeat it in an error."""
        return text.replace(self._token.get_secret_value(), "…") if self._token else text

    def _printable(self, text: str, length: int) -> str:
        """Text of others for a message: a token that a cut leaves half would stay half."""
        return shown(self._clean(text), length)


def _system_error(error: BaseException | None) -> str:
    """What the operating system said of a connection, such as `Connection refused`; empty where it said nothing."""
    if error is None:
        return ""
    if isinstance(error, OSError) and error.errno and not isinstance(error, (ssl.SSLError, socket.gaierror)):
        return os.strerror(error.errno)
    # Addresses of one host that were tried at once fail as a group.
    within = error.exceptions[0] if isinstance(error, BaseExceptionGroup) else error.__cause__ or error.__context__
    return _system_error(within)


def _fault(state: RetryCallState) -> Transient:
    fault = state.outcome.exception() if state.outcome else None
    assert isinstance(fault, Transient)
    return fault


def _inflated(packed: Any, chunk: bytes) -> Iterator[bytes]:
    while chunk:
        if packed.eof:
            raise zlib.error("it goes on after its end")
        yield packed.decompress(chunk, CHUNK)
        chunk = packed.unconsumed_tail or packed.unused_data


def _retry_after(value: str) -> float:
    """Seconds that the portal asks to wait; 0 where it says nothing that can be read."""
    if re.fullmatch(r"\d{1,9}", value.strip()):
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max((moment - datetime.now(UTC)).total_seconds(), 0.0)
