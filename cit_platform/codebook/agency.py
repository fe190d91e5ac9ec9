"""What is an agency's own and no label, from its `agency.toml`: names, time zone, first report, dataset."""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from cit_platform.codebook import ROOT, CodebookError, codebook_files


@dataclass(frozen=True)
class Dataset:
    """The open dataset of an agency: its title and id on the portal, the portal's addresses, and its licence."""

    name: str
    id: str
    portals: tuple[str, ...]
    licence: str


@dataclass(frozen=True)
class Agency:
    """A police department; `first_report` is the first day that its records can hold.

    `field_training_squad` is where recruits learn, as the records spell the squad.
    """

    display_name: str
    police_department: str
    time_zone: ZoneInfo
    first_report: date
    field_training_squad: str
    dataset: Dataset


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
    return Agency(**{**facts, "time_zone": ZoneInfo(facts["time_zone"]), "dataset": Dataset(**dataset)})
