"""What stands before every web server of `cit`: whom it answers, and what the answer allows a page."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

# Of a method and a path: why it is not answered, or None.
Refusal = Callable[[str, str], str | None]


def origins(port: int, *more: str | None) -> frozenset[str]:
    """The addresses of a server on loopback, and those that a setting gives it besides, as a browser's Origin has them.

    A name that somebody else lets point to loopback is none of them: a page from there is refused.
    """
    own = (f"http://127.0.0.1:{port}", f"http://localhost:{port}")
    return frozenset("{0.scheme}://{0.netloc}".format(urlsplit(url.lower())) for url in (*own, *more) if url)


@dataclass(frozen=True)
class WebGuard:
    """An ASGI application that hands on to `app` what is asked under its own addresses and by no page of others.

    `policy` is the Content-Security-Policy that every answer carries besides that of `app`.
    """

    app: ASGIApp
    origins: frozenset[str]
    policy: str
    refusal: Refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add_headers(MutableHeaders(scope=message))
            await send(message)

        refused = self._refused(scope)
        if refused is None:
            await self.app(scope, receive, send_guarded)
        elif scope["type"] == "websocket":
            await WebSocketClose(code=1008, reason=refused[1])(scope, receive, send)
        else:
            await PlainTextResponse(refused[1] + "\n", refused[0])(scope, receive, send_guarded)

    def _refused(self, scope: Scope) -> tuple[int, str] | None:
        headers = Headers(scope=scope)
        hosts = {urlsplit(origin).netloc for origin in self.origins}
        if not _are_among(headers.getlist("host"), hosts) or not headers.getlist("host"):
            return 421, f"This server answers under {' and '.join(sorted(hosts))} only."
        if not _are_among(headers.getlist("origin"), self.origins):
            return 403, "This server answers no page of another address."
        if scope["type"] == "websocket":
            return None
        refusal = self.refusal(scope["method"], scope["path"])
        return (405, refusal) if refusal else None

    def _add_headers(self, headers: MutableHeaders) -> None:
        headers.append("Content-Security-Policy", self.policy)
        headers["X-Frame-Options"] = "DENY"
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers.setdefault("Referrer-Policy", "same-origin")


def _are_among(values: Iterable[str], allowed: Iterable[str]) -> bool:
    return {value.lower() for value in values} <= set(allowed)
