"""The health of a home: facts by what knows them; `cit doctor` prints them, `cit metrics` gives their numbers."""

from cit_platform.cli.health.facts import Fact, Level, health_facts

__all__ = ["Fact", "Level", "health_facts"]
