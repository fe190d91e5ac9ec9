"""Report dates to analyse: those of all data, and those from the first quarter of usable exposure on."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from cit_platform.modelling.specification import Specification

Window = tuple[date, date]
USABLE, IMPLAUSIBLE = "usable", "implausible"


@dataclass(frozen=True)
class Windows:
    """Report dates to analyse, both ends included: of all data, and from the first quarter of usable exposure on.

    `usable` is None where certification is usable in no quarter.
    """

    all: Window
    usable: Window | None

    def of(self, specification: "Specification") -> Window | None:
        """The report dates that a specification asks for."""
        return self.all if specification.quarters == "all" else self.usable


def windows_of(exposure: "pd.DataFrame", window: Window) -> Windows:
    """The report dates of all data, and those from the first quarter on from which all are usable.

    Args:
        exposure: `quality/exposure`.
        window: report dates of all data.
    """
    quarters = exposure.sort_values("quarter")
    usable = (quarters["verdict"] == USABLE).tolist()
    if all(usable):
        return Windows(window, window)
    if not usable[-1]:
        return Windows(window, None)
    first = len(usable) - usable[::-1].index(False)
    return Windows(window, (max(window[0], first_day(quarters["quarter"].iloc[first])), window[1]))


def first_day(quarter: str) -> date:
    """The first day of a quarter such as `2016-Q1`."""
    year, _, number = quarter.partition("-Q")
    return date(int(year), 3 * int(number) - 2, 1)
