"""Whether Dagster's daemon lives, asked from outside it and within seconds."""

import queue
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar, cast

from cit_platform.errors import UserError

if TYPE_CHECKING:
    from dagster import DagsterInstance

T = TypeVar("T")

# A daemon writes every half minute; Dagster itself counts one as dead after as long.
OLDEST_SECONDS = 1800
# A storage that is down may not refuse, but hang.
STORAGE_SECONDS = 20.0
UNKNOWN = ": nothing is known of the daemon."


class SilentInstanceError(UserError):
    """Dagster's storage did not answer, or too late; says so."""


def answer_of_instance(question: Callable[["DagsterInstance"], T]) -> T:
    """What the instance that DAGSTER_HOME names answers, within seconds.

    Raises:
        SilentInstanceError: Its storage hangs or fails.
    """
    answer: queue.SimpleQueue[tuple[T, None] | tuple[None, str]] = queue.SimpleQueue()
    threading.Thread(target=lambda: answer.put(_asked(question)), daemon=True).start()
    try:
        found, fault = answer.get(timeout=STORAGE_SECONDS)
    except queue.Empty:
        raise SilentInstanceError(f"Dagster's storage does not answer within {STORAGE_SECONDS:g} s{UNKNOWN}") from None
    if fault is not None:
        raise SilentInstanceError(f"Dagster's storage does not answer ({fault}){UNKNOWN}")
    return cast("T", found)


def daemon_fault() -> str | None:
    """Why the daemon of the instance that DAGSTER_HOME names is not known to live; None if it does."""
    try:
        return answer_of_instance(daemon_fault_in)
    except SilentInstanceError as error:
        return str(error)


def _asked(question: Callable[["DagsterInstance"], T]) -> tuple[T, None] | tuple[None, str]:
    try:
        import dagster as dg

        with dg.DagsterInstance.get() as instance:
            return question(instance), None
    except Exception as error:
        return None, type(error).__name__


def daemon_fault_in(instance: "DagsterInstance") -> str | None:
    """Why the daemon of an instance is not known to live; None if it does."""
    from dagster._daemon.controller import get_daemon_statuses

    required = instance.get_required_daemon_types()
    statuses = get_daemon_statuses(instance, required, ignore_errors=True, heartbeat_tolerance_seconds=OLDEST_SECONDS)
    dead = sorted(name for name, status in statuses.items() if status.required and not status.healthy)
    return f"No heartbeat of Dagster's daemon for {OLDEST_SECONDS // 60} minutes: {', '.join(dead)}." if dead else None
