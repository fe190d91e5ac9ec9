"""All facts about the health of a home, in the order in which `cit doctor` prints them; nothing is written."""

from collections.abc import Callable, Iterator
from functools import partial

from cit_platform.cli.health import home, machine
from cit_platform.cli.health.fact import Fact, Level, facts_or_defect
from cit_platform.cli.health.instance import instance
from cit_platform.settings import Settings

__all__ = ["Fact", "Level", "health_facts"]

QUESTIONS: dict[str, Callable[[Settings], Iterator[Fact]]] = {
    "home": home.identity,
    "versions": machine.versions,
    "permissions": machine.permissions,
    "disk": machine.disk,
    "clock": machine.clock,
    "key": home.key,
    "tables": home.tables,
    "edition": home.edition,
    "archive": home.archive,
    "last look": home.looks,
    "run lock": home.lock,
}


def health_facts(settings: Settings, is_daemon_expected: bool = False) -> list[Fact]:
    """What is known of a home, its machine, its instance and its source.

    What is known at once goes first, and the source, which may be slow, is asked last.
    """
    asked = {
        **QUESTIONS,
        "dagster": lambda settings: instance(settings, is_daemon_expected),
        "next refresh": home.next_refresh,
    }
    return [fact for name, ask in asked.items() for fact in facts_or_defect(name, partial(ask, settings))]
