"""What is an agency's own and no label, from its `agency.toml`: names, time zone, first report, dataset."""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from cit_platform.codebook import ROOT, CodebookError, codebook_files

# Whose records are read where nobody names an agency, and whose the demonstration imitates.
DEFAULT_AGENCY = "seattle"
# How a day may be spelled beside YYYY-MM-DD.
DAY_SPELLINGS = tuple(
    mark.join(order) for order in (("month", "day", "year"), ("day", "month", "year")) for mark in "/.-"
)


@dataclass(frozen=True)
class Dataset:
    """The open dataset of an agency: its title and id on the portal, the portal's addresses, and its licence."""

    name: str
    id: str
    portals: tuple[str, ...]
    licence: str

    @property
    def terms(self) -> str:
        """The terms the records are published under, in words."""
        return f"{self.licence}, as the portal states for the dataset {self.name} ({self.id})"


@dataclass(frozen=True)
class Agency:
    """A police department; `first_report` is the first day that its records can hold.

    `days` is how the source spells a day where it is not YYYY-MM-DD, `last_legacy_template` the largest template number
    of the records system before the present one (0 without one), `field_training_squad` where recruits learn and
    `crisis_response_squad` what the name of a squad holds that answers crisis calls alone, empty where there is none.
    """

    display_name: str
    police_department: str
    time_zone: ZoneInfo
    first_report: date
    days: str
    last_legacy_template: int
    field_training_squad: str
    crisis_response_squad: str
    dataset: Dataset

    @property
    def parameters(self) -> dict[str, object]:
        """What queries are told of the agency."""
        return {"first_report": self.first_report, "last_legacy_template": self.last_legacy_template}


@cache
def agency_of(name: str) -> Agency:
    """The facts of an agency by the name of its codebook.

    Raises:
        CodebookError: There is no codebook for the agency, or its `agency.toml` is not what it should be.
    """
    codebook_files(name)  # refuses an unknown agency by name
    try:
        return _agency(tomllib.loads((ROOT / name / "agency.toml").read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CodebookError(
            f"The agency.toml of the codebook {name} cannot be used ({type(error).__name__}: {error}). Mend the file."
        ) from None


def _agency(facts: dict[str, Any]) -> Agency:
    dataset = facts["dataset"] | {"portals": tuple(facts["dataset"]["portals"])}
    if facts["days"] not in DAY_SPELLINGS:
        raise ValueError(f"days is {facts['days']!r}, not one of {', '.join(DAY_SPELLINGS)}")
    return Agency(**{**facts, "time_zone": ZoneInfo(facts["time_zone"]), "dataset": Dataset(**dataset)})
