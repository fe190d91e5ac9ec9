"""The channels of alerts: mail and webhook. Each sends one notice within seconds, or says why it could not."""

import json
import logging
import queue
import smtplib
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from pydantic import SecretStr

from cit_platform.alerts.notice import Notice
from cit_platform.errors import UserError
from cit_platform.settings import SECRET_FILE, Settings, addresses, check_webhook

# For one word of the other side, and for all of a notice: names are looked up without a limit of their own.
SILENT_SECONDS = 5.0
TOTAL_SECONDS = 10.0

log = logging.getLogger(__name__)


class NotSentError(UserError):
    """A notice that could not be sent; says by which channel and why, never the address of a webhook or a password."""


class Channel(Protocol):
    """A way to those who are to know."""

    @property
    def name(self) -> str: ...

    def send(self, notice: Notice) -> None:
        """Send a notice.

        Raises:
            NotSentError: It could not be sent.
        """
        ...


def channels_of(settings: Settings) -> list[Channel]:
    """The channels that the settings switch on; none by default."""
    found: list[Channel] = []
    if settings.alert_smtp and settings.alert_from and settings.alert_to:
        login = (settings.alert_smtp_user, settings.alert_smtp_password)
        found.append(Mail(settings.alert_smtp, settings.alert_from, tuple(addresses(settings.alert_to)), *login))
    if settings.alert_webhook:
        found.append(Webhook(settings.alert_webhook))
    return found


@dataclass(frozen=True)
class Mail:
    """Mail by an SMTP server, `starttls://host:port`, or `plain://host:port` on this machine."""

    server: str
    sender: str
    receivers: tuple[str, ...]
    user: str | None = None
    password: SecretStr | None = None
    name: str = "mail"

    def send(self, notice: Notice) -> None:
        _within_seconds(f"The alert could not be sent by mail through {self.server}", lambda: self._deliver(notice))

    def _deliver(self, notice: Notice) -> None:
        place = urlsplit(self.server)
        with smtplib.SMTP(str(place.hostname), place.port or 25, timeout=SILENT_SECONDS) as server:
            if place.scheme == "starttls":
                server.starttls(context=ssl.create_default_context())
            if self.user and self.password:
                server.login(self.user, _value(self.password, "CIT_ALERT_SMTP_PASSWORD"))
            refused = server.send_message(self._message(notice))
        if refused:
            log.warning("An alert went out, but the server refused %s", ", ".join(sorted(refused)))

    def _message(self, notice: Notice) -> EmailMessage:
        message = EmailMessage()
        message["Subject"], message["From"], message["To"] = notice.title, self.sender, ", ".join(self.receivers)
        message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain=self.sender.partition("@")[2])
        # No machine answers a machine.
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(notice.text)
        return message


@dataclass(frozen=True)
class Webhook:
    """A Slack-compatible webhook: `{"text": ...}` to an address that is itself the secret."""

    address: SecretStr
    name: str = "webhook"

    def send(self, notice: Notice) -> None:
        _within_seconds("The alert could not be sent to CIT_ALERT_WEBHOOK", lambda: self._deliver(notice))

    def _deliver(self, notice: Notice) -> None:
        url = _value(self.address, "CIT_ALERT_WEBHOOK")
        check_webhook(url)
        body = json.dumps({"text": f"{_escaped(notice.title)}\n```\n{_escaped(notice.text)}```"}).encode()
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"}, method="POST")
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=SILENT_SECONDS):
            pass


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """An answer that leads elsewhere is a failure: the text is for the address that was set."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _escaped(text: str) -> str:
    """Text in which Slack sees no markup: within a fence it still obeys angle brackets."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _value(secret: SecretStr, variable: str) -> str:
    """A secret, or what the file says that it names.

    Raises:
        NotSentError: The file is not there, or others may read it.
    """
    text = secret.get_secret_value()
    if not text.startswith(SECRET_FILE):
        return text
    file = Path(text.removeprefix(SECRET_FILE)).expanduser()
    try:
        if file.stat().st_mode & 0o077:
            raise NotSentError(f"others may read {file}, which {variable} names; run: chmod 600 {file}")
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a text"
        raise NotSentError(f"{file}, which {variable} names, cannot be read: {reason}") from None


def _within_seconds(failed: str, send: Callable[[], None]) -> None:
    """Do it, but wait no longer than a notice may take: what hangs is left behind, whatever it hangs on."""
    ended: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    threading.Thread(target=lambda: ended.put(_fault_of(send)), daemon=True).start()
    try:
        fault = ended.get(timeout=TOTAL_SECONDS)
    except queue.Empty:
        fault = f"it did not end within {TOTAL_SECONDS:g} s"
    if fault:
        raise NotSentError(f"{failed}: {fault}. It is tried again at the next evaluation.")


def _fault_of(send: Callable[[], None]) -> str | None:
    """Why it failed, in words without secrets; None if it did not."""
    try:
        send()
    except NotSentError as error:
        return str(error)
    except smtplib.SMTPException as error:
        return _fault_of_mail(error)
    except urllib.error.HTTPError as error:
        return f"it answered {error.code}"
    except OSError as error:
        cause = error.reason if isinstance(error, urllib.error.URLError) else error
        if isinstance(cause, TimeoutError):
            return f"no answer within {SILENT_SECONDS:g} s"
        return getattr(cause, "strerror", None) or type(cause).__name__
    except Exception as error:
        # Its words may hold the address or the password.
        return type(error).__name__
    return None


def _fault_of_mail(error: smtplib.SMTPException) -> str:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "the server refused CIT_ALERT_SMTP_USER with its password"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"the server answered {error.smtp_code}"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return f"the server refused {', '.join(sorted(error.recipients))}"
    # What is left is in words of the library's own.
    return str(error)
