"""One fact about the health of a home, and how bad it is."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from cit_platform.errors import UserError, paragraph_of


class Level(IntEnum):
    """How bad a fact is; its value is no exit code."""

    GOOD = 0
    NOTED = 1
    DEGRADED = 2
    DEFECT = 3


@dataclass(frozen=True)
class Fact:
    """One line of `cit doctor`.

    Attributes:
        name: what it is about; several facts may share one.
        words: what was found, and for a defect the way out.
        level: GOOD; NOTED, to be known and in order; DEGRADED, what is published is whole and somebody has to look;
            DEFECT, something is lost, altered or refused, or the next refresh cannot run.
        numbers: what `cit metrics` gives of it, by the name of the metric without its prefix, in base units.
    """

    name: str
    words: str
    level: Level = Level.GOOD
    numbers: Mapping[str, float] = field(default_factory=dict)


def facts_or_defect(name: str, ask: Callable[[], Iterator[Fact]]) -> list[Fact]:
    """The facts; what a person can mend and stops one question is a defect of its own and stops no other."""
    found: list[Fact] = []
    try:
        found.extend(ask())
    except UserError as error:
        found.append(Fact(name, str(error), Level.DEFECT))
    except OSError as error:
        found.append(Fact(name, paragraph_of(error) or str(error.strerror), Level.DEFECT))
    return found


def age_in_words(seconds: float) -> str:
    """An age as a person says it, in minutes, hours or days."""
    for unit, length in (("days", 86400), ("hours", 3600)):
        if abs(seconds) >= 2 * length:
            return f"{seconds / length:,.0f} {unit}"
    return f"{seconds / 60:,.0f} minutes"
