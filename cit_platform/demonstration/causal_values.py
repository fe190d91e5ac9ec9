"""What certification does in a city: the same contacts with every reporting officer certified, and with none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from cit_platform.modelling.specification import Specification
from cit_platform.modelling.windows import Window
from cit_platform.sources.demo.blocks import MARK43_START, Block
from cit_platform.sources.demo.calibration import DISPOSITION_GROUPS
from cit_platform.sources.demo.city import CityParameters
from cit_platform.sources.demo.contacts import Contacts, draw_contacts
from cit_platform.sources.demo.large_city import (
    CALENDAR,
    RECORDS_SYSTEMS,
    TRUTH_CONTACTS,
    TRUTH_SEED,
    contacts_by_block,
)
from cit_platform.sources.demo.officers import day_number, draw_roster
from cit_platform.sources.demo.records import all_groups


@dataclass(frozen=True, eq=False)
class DayCounts:
    """Contacts of one block in one arm by report day, (days, …): nobody is counted who was not met.

    `met` and `force` are (days,); `highest` by the highest disposition and `among` by any disposition, printed or not,
    are (days, groups) in the order of `DISPOSITION_GROUPS`.
    """

    met: NDArray[np.int64]
    force: NDArray[np.int64]
    highest: NDArray[np.int64]
    among: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class PotentialOutcomes:
    """The contacts of a city by block, once with every reporting officer certified and once with none."""

    by_block: tuple[tuple[Block, DayCounts, DayCounts], ...]

    def log_odds_ratio(self, specification: Specification, window: Window, outcome: str) -> float:
        """Marginal log odds ratio of certification over the contacts of the report dates that a specification asks for.

        Force, and any disposition of a kind, against contacts without; the highest disposition of a contact against
        no action. A specification by record is answered by contact too.
        """
        certified, not_certified = (
            np.sum([_odds_parts(arms[arm], block, specification, window, outcome) for block, *arms in self.by_block], 0)
            for arm in (0, 1)
        )
        return float(np.log(certified[0] / certified[1]) - np.log(not_certified[0] / not_certified[1]))


def potential_outcomes(
    city: CityParameters,
    contacts: int = TRUTH_CONTACTS,
    seed: int = TRUTH_SEED,
    calendar: Sequence[Block] = CALENDAR,
) -> PotentialOutcomes:
    """Draw a large city twice with the same random numbers: all officers certified, then none.

    Everything else stays: which contacts there are, who reports them and when, what is unseen. What follows from
    certification follows it (who arrives); certification that fades is new for those who had none.
    """
    roster = draw_roster(city, seed, calendar[-1].end.year)
    sizes = [round(contacts * share) for share in contacts_by_block(city, calendar)]
    return PotentialOutcomes(
        tuple(
            (
                block,
                _counted(city, seed, block, draw_contacts(city, seed, block, roster, n, all_certified=True)),
                _counted(city, seed, block, draw_contacts(city, seed, block, roster, n, all_certified=False)),
            )
            for block, n in zip(calendar, sizes, strict=True)
        )
    )


def _counted(city: CityParameters, seed: int, block: Block, drawn: Contacts) -> DayCounts:
    day = drawn.reported_day - day_number(block.start)
    met = drawn.disposition_group != DISPOSITION_GROUPS.index("no_contact")
    highest = drawn.disposition_group[:, None] == np.arange(len(DISPOSITION_GROUPS))
    among = all_groups(city, seed, block, drawn)
    return DayCounts(
        met=_by_day(day, met, block.days),
        force=_by_day(day, met & drawn.force, block.days),
        highest=np.column_stack([_by_day(day, met & group, block.days) for group in highest.T]),
        among=np.column_stack([_by_day(day, met & group, block.days) for group in among.T]),
    )


def _by_day(day: NDArray[np.int32], counted: NDArray[np.bool_], n_days: int) -> NDArray[np.int64]:
    return np.bincount(day[counted], minlength=n_days)


def _odds_parts(
    counts: DayCounts, block: Block, specification: Specification, window: Window, outcome: str
) -> NDArray[np.int64]:
    """Contacts with the outcome, and those that they are compared with."""
    if specification.only not in (None, ("records_system", RECORDS_SYSTEMS[block.start >= MARK43_START])):
        return np.zeros(2, dtype=np.int64)
    days = slice(_days_before(block, window[0]), _days_before(block, window[1] + timedelta(days=1)))
    met, force = counts.met[days].sum(), counts.force[days].sum()
    highest, among = counts.highest[days].sum(axis=0), counts.among[days].sum(axis=0)
    if specification.column == "force":
        return np.array([force, met - force])
    group = DISPOSITION_GROUPS.index(outcome)
    if specification.column.startswith("any_"):
        return np.array([among[group], met - among[group]])
    return np.array([highest[group], highest[DISPOSITION_GROUPS.index("no_action")]])


def _days_before(block: Block, day: date) -> int:
    """Days of a block before a day."""
    return max(day_number(day) - day_number(block.start), 0)
