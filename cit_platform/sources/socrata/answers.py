"""What comes instead of data: how an answer of the portal fails, and what the portal says to it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

MESSAGE_BYTES = 8192


class Unusable(Exception):  # noqa: N818 - a state of an address, not always an error of the whole
    """This address or this endpoint cannot be used; another one may."""


class Gone(Unusable):
    """There is nothing at this address."""


class Transient(Exception):  # noqa: N818 - as above
    """An answer that may be better next time."""

    def __init__(self, reason: str, retry_after: float = 0.0) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


def check_whole(path: Path, brackets: str, printable: Callable[[str, int], str]) -> None:
    """Refuse an answer that is a web page, an error with status 200, empty, or cut off."""
    with path.open("rb") as file:
        head = file.read(MESSAGE_BYTES).decode(errors="replace").lstrip("\ufeff \t\r\n")
        file.seek(max(path.stat().st_size - 64, 0))
        end = file.read().decode(errors="replace").rstrip()
    if not head:
        raise Transient("an empty body")
    if head.startswith("<"):
        raise Transient(f"a web page instead of data (“{printable(page_title(head), 100)}”)")
    if head.startswith("{") and brackets != "{}":
        raise Transient(f"an error instead of data (“{printable(portal_message(head), 200)}”)")
    if brackets and not head.startswith(brackets[0]):
        raise Transient(f"something that is not JSON (“{printable(head, 40)}”)")
    if brackets and not end.endswith(brackets[1]):
        raise Transient("JSON that is cut off")


def page_title(text: str) -> str:
    """The title of a web page, empty where it has none."""
    title = re.search(r"<title[^>]*>([^<]{1,200})", text, re.IGNORECASE)
    return title[1] if title else ""


def portal_message(text: str) -> str:
    """The message in the portal's own error, `{code, error, message, data}`."""
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    return str(answer.get("message") or answer.get("error") or "") if isinstance(answer, dict) else ""
