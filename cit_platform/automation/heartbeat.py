"""Whether Dagster's daemon lives, asked from outside it and within seconds."""

import queue
import threading
from typing import Any

# A daemon writes every half minute; Dagster itself counts one as dead after as long.
OLDEST_SECONDS = 1800
# A storage that is down may not refuse, but hang.
STORAGE_SECONDS = 20.0


def daemon_fault() -> str | None:
    """Why the daemon of the instance that DAGSTER_HOME names is not known to live; None if it does."""
    answer: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    threading.Thread(target=lambda: answer.put(_fault()), daemon=True).start()
    try:
        return answer.get(timeout=STORAGE_SECONDS)
    except queue.Empty:
        return f"Dagster's storage does not answer within {STORAGE_SECONDS:g} s: nothing is known of the daemon."


def _fault() -> str | None:
    try:
        import dagster as dg

        with dg.DagsterInstance.get() as instance:
            return _fault_in(instance)
    except Exception as error:
        return f"Dagster's storage does not answer ({type(error).__name__}): nothing is known of the daemon."


def _fault_in(instance: Any) -> str | None:
    from dagster._daemon.controller import get_daemon_statuses

    required = instance.get_required_daemon_types()
    statuses = get_daemon_statuses(instance, required, ignore_errors=True, heartbeat_tolerance_seconds=OLDEST_SECONDS)
    dead = sorted(name for name, status in statuses.items() if status.required and not status.healthy)
    return f"No heartbeat of Dagster's daemon for {OLDEST_SECONDS // 60} minutes: {', '.join(dead)}." if dead else None
