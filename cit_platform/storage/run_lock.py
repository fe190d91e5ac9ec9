"""One writing run at a time: an operating-system lock on the home, freed by the kernel when its holder dies."""

import fcntl
import json
import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

LOCK_FILE = "run.lock"
POLL_SECONDS = 0.2
# The homes whose lock this process holds, each with the id of its hold.
_HELD: dict[Path, str] = {}


def holder(home: Path) -> str | None:
    """The run that holds the lock now, in words; None if nobody does."""
    record = _record_of_holder(home)
    return None if record is None else _describe(record)


def current_hold(home: Path) -> str | None:
    """The id of the hold that goes on now; None if nobody holds the lock, empty while its holder starts or ends."""
    record = _record_of_holder(home)
    if record is None:
        return None
    try:
        return str(json.loads(record)["hold"])
    except (ValueError, KeyError):
        return ""


def _record_of_holder(home: Path) -> str | None:
    path = home / LOCK_FILE
    if not path.exists():
        return None
    with path.open() as file:
        return None if _try_lock(file.fileno()) else file.read()


@contextmanager
def run_lock(home: Path, run_id: str, say: Callable[[str], None]) -> Iterator[str]:
    """Hold the home's lock, and give the id of this hold; while another run holds it, wait, and say once for whom.

    The lock belongs to the open file, so it ends with this process, however that ends. Within a process it nests: the
    command line holds it while it decides, and the run that it starts holds it again.
    """
    if home in _HELD:
        yield _HELD[home]
        return
    home.mkdir(parents=True, exist_ok=True)
    with (home / LOCK_FILE).open("a+") as file:
        _wait(file.fileno(), lambda: _read(file.fileno()), say)
        hold = _HELD[home] = uuid.uuid4().hex
        since = datetime.now(UTC).isoformat("T", "seconds")
        file.truncate(0)
        file.write(json.dumps({"run": run_id, "pid": os.getpid(), "since": since, "hold": hold}))
        file.flush()
        try:
            yield hold
        finally:
            file.truncate(0)
            del _HELD[home]


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait(descriptor: int, read: Callable[[], str], say: Callable[[str], None]) -> None:
    said = False
    while not _try_lock(descriptor):
        if not said:
            say(f"Waiting for {_describe(read())}: one run writes at a time.")
            said = True
        time.sleep(POLL_SECONDS)


def _read(descriptor: int) -> str:
    return os.pread(descriptor, 4096, 0).decode()


def _describe(record: str) -> str:
    try:
        held = json.loads(record)
        return f"run {held['run']} (process {held['pid']}, since {held['since']})"
    except (ValueError, KeyError):
        return "a run that is just starting or ending"
