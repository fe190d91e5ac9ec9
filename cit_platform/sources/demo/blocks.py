"""The calendar of the synthetic city in blocks that are drawn together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from cit_platform.sources.demo.officers import START

MARK43_START = date(2019, 5, 15)


@dataclass(frozen=True)
class Block:
    """Report days that are drawn together: a calendar year, 2019 cut where the records system changed."""

    start: date
    end: date

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.end - self.start).days + 1


def blocks(last_day: date) -> list[Block]:
    """Blocks that begin on or before a day, in order; the last one may end after it."""
    starts = sorted({START, MARK43_START, *(date(year, 1, 1) for year in range(START.year + 1, last_day.year + 2))})
    cut = [Block(start, after - timedelta(days=1)) for start, after in pairwise(starts)]
    return [block for block in cut if block.start <= last_day]
