"""How the web servers of `cit` listen: on 127.0.0.1, and with a paragraph where the port is taken."""

import socket
from typing import TYPE_CHECKING

from cit_platform.errors import UserError

if TYPE_CHECKING:
    import uvicorn
    from starlette.types import ASGIApp

LOOPBACK = "127.0.0.1"


class PortTakenError(UserError):
    """Another process listens on the port."""


def listening(port: int) -> socket.socket:
    """A socket on loopback that listens.

    Raises:
        PortTakenError: The port is not free; the message names it.
    """
    opened = socket.socket()
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((LOOPBACK, port))
    except OSError as error:
        opened.close()
        said = f"Port {port} of {LOOPBACK} cannot be used ({error.strerror}); choose another with --port."
        raise PortTakenError(said) from None
    opened.listen()
    return opened


def web_server(app: "ASGIApp") -> "uvicorn.Server":
    """A server of an application; it stops on SIGINT and SIGTERM where it runs in the main thread."""
    import uvicorn

    return uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=5))
