"""The errors that a person can mend; whoever raises one has written the paragraph that the person reads."""

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager


class UserError(Exception):
    """What happened, where, and what to do, in one paragraph without private values; never a defect of the platform."""


_FULL = (
    "The disk is full",
    "What was published before is whole. Make room, for instance by moving the oldest folders of published/editions "
    "elsewhere, and try again.",
)
_PERMISSION = (
    "Permission is denied",
    "Run as the user who owns the home, or give this user the right to read and write there (chown -R, chmod -R "
    "u+rwX), and try again.",
)
# What an operating system refuses and its operator can mend: what happened, and what to do.
_MENDABLE = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EIO: (
        "The disk refuses to be read or written",
        "It is full or failing: see how much is free (df -h), make room or mend it, and try again; what was published "
        "before is whole.",
    ),
    errno.EROFS: (
        "The file system is read-only",
        "Mount it for writing, or set CIT_HOME to a folder that can be written, and try again; commands that only "
        "read work as it is.",
    ),
    errno.EACCES: _PERMISSION,
    errno.EPERM: _PERMISSION,
    errno.ENOENT: (
        "A file or folder is not there (any more)",
        "Put it back if it was moved; cit doctor names what is damaged. If nobody moved it and it is missed again, run "
        "with --debug and report what is printed.",
    ),
}
_STORAGE = (
    "Dagster's storage, the PostgreSQL server that dagster.yaml of DAGSTER_HOME names, does not answer",
    "Start it (systemctl start postgresql), or mend DAGSTER_POSTGRES_HOST, _PORT, _DB, _USER and _PASSWORD, and try "
    "again. Tables and editions do not lie in it and are whole; the next refresh makes up for a run that it ended.",
)
# How the client of PostgreSQL words that its server is not there, is going, or lets nobody in.
_STORAGE_IS_GONE = re.compile(
    r"connection to server (at|on) |could not connect to server|server closed the connection unexpectedly|terminating "
    r"connection due to|the database system is|could not translate host name|SSL connection has been closed",
    re.IGNORECASE,
)
# How libraries word the same, without its number: those of the engine, the tables, and Dagster's instance.
_LIBRARIES = {"duckdb", "_duckdb", "deltalake", "pyarrow", "sqlite3", "sqlalchemy", "psycopg2"}
_WORDS = {
    r"no space left on device|disk is full|disk quota exceeded|failed to offload": errno.ENOSPC,
    r"disk i/o error": errno.EIO,
    r"read-only file system|readonly database": errno.EROFS,
    r"permission denied|operation not permitted": errno.EACCES,
    r"no such file or directory|no files found that match|unable to open database file": errno.ENOENT,
}


def paragraph_of(error: BaseException | str) -> str | None:
    """What happened, where, and what to do, if an error or its cause is the operating system's and can be mended.

    Args:
        error: an error, or what is left of one: its text.
    """
    for cause in _chain(error):
        if _is_of_storage(cause):
            what, remedy = _STORAGE
            return f"{what}{_server(str(cause))}. {remedy}"
        number = _number(cause)
        if number in _MENDABLE:
            what, remedy = _MENDABLE[number]
            place = cause.filename if isinstance(cause, OSError) else None
            where = place or next(iter(re.findall(r"(?<![\w./])/[^\s'\":;,)]+", str(cause))), None)
            return f"{what}{f': {where}' if where else ''}. {remedy}"
    return None


@contextmanager
def mendable_errors_named() -> Iterator[None]:
    """Turn what the operating system refuses and a person can mend into a `UserError`."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        paragraph = paragraph_of(error)
        if paragraph is None:
            raise
        raise UserError(paragraph) from error


def _chain(error: BaseException | str) -> Iterator[BaseException | str]:
    while True:
        yield error
        if isinstance(error, str):
            return
        following = error.__cause__ or error.__context__
        if following is None:
            return
        error = following


def _is_of_storage(error: BaseException | str) -> bool:
    is_a_librarys = isinstance(error, str) or type(error).__module__.partition(".")[0] in _LIBRARIES
    return is_a_librarys and _STORAGE_IS_GONE.search(str(error)) is not None


def _server(text: str) -> str:
    """Which server, as its client names it; never the rest of what it says, which may hold a statement's values."""
    named = re.search(r'connection to server (?:at|on socket) "([^"]+)"(?: \([^)]*\))?(?:, port (\d+))?', text)
    return f": {':'.join(filter(None, named.groups()))}" if named else ""


def _number(error: BaseException | str) -> int | None:
    if isinstance(error, OSError) and error.errno:
        return error.errno
    if not isinstance(error, str | OSError) and type(error).__module__.partition(".")[0] not in _LIBRARIES:
        return None
    text = str(error)
    return next((number for words, number in _WORDS.items() if re.search(words, text, re.IGNORECASE)), None)
