"""The addresses of portals: which are safe to ask, and when two are of one host."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from cit_platform.printable import shown
from cit_platform.sources.refused import SourceError


def base_address(url: str) -> str:
    """A base address without its last slash.

    Raises:
        SourceError: It is not plainly scheme and host, or not encrypted.
    """
    try:
        parts = urlsplit(url.strip())
        plain = bool(parts.hostname) and parts.path in ("", "/") and not (parts.query or parts.fragment)
        secret = "@" in parts.netloc
    except ValueError:
        plain = secret = False
    if secret:
        raise SourceError("CIT_SOCRATA_URL holds a user name or password. Give scheme and host only.")
    if not plain or not is_safe(url.strip()):
        raise SourceError(
            f"CIT_SOCRATA_URL holds `{shown(url, 200)}`, which is not an address such as https://data.seattle.gov: "
            "https (http on this machine only), a host, and no path."
        )
    return f"{parts.scheme}://{parts.netloc}"


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_safe(url: str) -> bool:
    """Whether a URL is encrypted, or stays on this machine.

    Raises:
        ValueError: It is no URL.
    """
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))


def host_of(url: str) -> str:
    """`host:port` of a URL, empty where it has none."""
    try:
        parts = urlsplit(url)
        return f"{parts.hostname}:{parts.port or {'https': 443, 'http': 80}.get(parts.scheme, 0)}"
    except ValueError:
        return ""
