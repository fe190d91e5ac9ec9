"""What the edition in force of each home says of force and certification, or why it cannot be pooled; only read."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cit_platform.contracts import TABLES
from cit_platform.errors import UserError
from cit_platform.inference.intervals import CONFIDENCE, quantiles
from cit_platform.printable import printable
from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.finding import Sizes, listed, sizes_of
from cit_platform.publishing.parts.gates import DIAGNOSTICS, FORCE, gates_failed
from cit_platform.publishing.parts.rows import Row, certification, estimated, fits, plain_rows
from cit_platform.storage.checksums import edition_damage
from cit_platform.storage.editions import is_withdrawn
from cit_platform.storage.home_folder import HomeFolder
from cit_platform.storage.manifest import read_manifest
from cit_platform.studies.protocol import DEVIATIONS, protocol_files

if TYPE_CHECKING:
    import pandas as pd

ESTIMATES, OUTCOMES = "models/estimates", "models/primary_outcomes"
FEWEST_HOMES = 2
INTERCEPT = "intercept"
_LEAVE_OUT = "pool the other agencies without it, or refresh it once its records carry the estimate"


class PoolError(UserError):
    """Editions that cannot be pooled: which, why, and what can be done."""


@dataclass(frozen=True)
class Estimate:
    """A number on the scale on which it is pooled: its standard error, and its published 95 % limits on that scale."""

    value: float
    std_error: float
    low: float
    high: float


@dataclass(frozen=True)
class AgencyEstimate:
    """What the edition in force of one home says of force by its primary specification.

    Attributes:
        agency, name: the codebook's name of the agency, and what it is called.
        home, edition, as_of, demonstration: which edition it is, of which day, of what kind of data.
        window: first and last day of the reports that the fit takes.
        log_odds_ratio: of force between contacts by certified officers and by others.
        risk_difference: the same as a difference of probabilities, standardised; None where the edition has none.
        sizes: contacts, those with force, officers.
        terms: what the fit holds constant, certification among it.
        protocol: hash of what was laid down.
        folder: the edition's directory.
    """

    agency: str
    name: str
    home: Path
    edition: str
    as_of: date
    demonstration: bool
    window: tuple[date, date]
    log_odds_ratio: Estimate
    risk_difference: Estimate | None
    sizes: Sizes
    terms: frozenset[str]
    protocol: str
    folder: Path


def read_agencies(homes: Sequence[Path]) -> tuple[AgencyEstimate, ...]:
    """The estimates of the editions in force of two homes or more, in the order of the homes.

    Raises:
        PoolError: there are too few homes, two of one agency, or two protocols; an edition is not there, damaged, or
            of an older version; the estimate is not there, or a gate of the protocol keeps it off the page.
        UserError: a manifest is damaged.
    """
    if len(homes) < FEWEST_HOMES:
        raise PoolError(
            f"{len(homes)} home was given, and one agency has nothing to be pooled with. Give the homes of two "
            "agencies or more: cit pool HOME HOME. What one agency says stands on its own page."
        )
    found = tuple(_agency_estimate(home.expanduser().absolute()) for home in homes)
    for one, other in combinations(found, 2):
        _refuse_one_agency(one, other)
        _refuse_two_protocols(one, other)
    return found


def _agency_estimate(home: Path) -> AgencyEstimate:
    edition = _edition_in_force(home)
    manifest = read_manifest(edition)
    name = _name_of(edition)
    where = f"{name or 'The agency'}, edition {edition.name} in {home}"
    _refuse_damage(edition, manifest, where)
    model, variant, outcome = FORCE
    fit = fits(_table(edition, ESTIMATES, where), model, ("headline",)).get(variant, [])
    row = certification(fit, outcome)
    _refuse_missing(row, where)
    _refuse_gated(_table(edition, DIAGNOSTICS, where), where)
    assert row is not None
    return AgencyEstimate(
        agency=row["agency"],
        name=name or row["agency"],
        home=home,
        edition=edition.name,
        as_of=date.fromisoformat(manifest["as_of"]),
        demonstration=manifest["demonstration"],
        window=(row["window_start"], row["window_end"]),
        log_odds_ratio=_log_odds_ratio(row),
        risk_difference=_risk_difference(_table(edition, OUTCOMES, where)),
        sizes=sizes_of(row),
        terms=frozenset(each["term"] for each in fit if each["term"] != INTERCEPT),
        protocol=manifest["protocol"]["hash"],
        folder=edition,
    )


def _edition_in_force(home: Path) -> Path:
    folder = HomeFolder(home)
    if not home.is_dir():
        raise PoolError(f"There is no home {home}. Give the folders that CIT_HOME names where agencies are refreshed.")
    if not (folder.latest / "manifest.json").is_file() or is_withdrawn(read_manifest(folder.latest)):
        raise PoolError(
            f"{home} has no edition in force. Publish one with CIT_HOME={home} cit refresh; cit editions list names "
            "those that are held or withdrawn."
        )
    return folder.latest.resolve()


def _name_of(edition: Path) -> str:
    """What the edition's own codebook calls its agency; empty where it does not say."""
    try:
        facts = tomllib.loads((edition / "codebook" / "agency.toml").read_text(encoding="utf-8"))
    except (FileNotFoundError, tomllib.TOMLDecodeError):
        return ""
    return printable(str(facts.get("display_name", "")))


def _refuse_damage(edition: Path, manifest: Mapping[str, Any], where: str) -> None:
    damage = edition_damage(edition)
    if damage:
        raise PoolError(
            f"{where}, is not as it was published: {'; '.join(damage[:3])}. Restore it from a backup, or refresh that "
            "home: a new edition takes its place."
        )
    if not manifest.keys() >= {"as_of", "demonstration", "protocol"}:
        raise PoolError(f"{where}, is of an older version, which recorded no protocol. {_refreshing(edition)}")


def _table(edition: Path, path: str, where: str) -> pd.DataFrame:
    import pandas as pd

    file = edition / "tables" / f"{TABLES[path].name}.parquet"
    if not file.is_file():
        raise PoolError(f"{where}, is of an older version, which did not publish {path}. {_refreshing(edition)}")
    return pd.read_parquet(file)


def _refreshing(edition: Path) -> str:
    # published/editions/<id>
    return f"Publish a new one: CIT_HOME={edition.parents[2]} cit refresh --force."


def _refuse_missing(row: Row | None, where: str) -> None:
    if not estimated(row):
        why = "the primary specification was not fitted" if row is None else wording.reason(row)
        raise PoolError(
            f"{where}, has no odds ratio of force by the primary specification: {why}. What cannot be estimated is not "
            f"pooled: {_LEAVE_OUT}."
        )


def _refuse_gated(diagnostics: pd.DataFrame, where: str) -> None:
    gates = gates_failed(diagnostics).get(FORCE)
    if gates:
        raise PoolError(
            f"{where}: a gate of the protocol keeps the odds ratio of force off the page ({listed(gates)}), and what "
            f"is kept back is not pooled: {_LEAVE_OUT}. The gates: docs/methods.md#diagnostics-and-gates-before-words."
        )


def _refuse_one_agency(one: AgencyEstimate, other: AgencyEstimate) -> None:
    if one.agency == other.agency:
        raise PoolError(
            f"{one.home} and {other.home} are both of {one.name} ({one.agency}): the same agency twice would count its "
            "records twice. Give one home of each agency."
        )


def _refuse_two_protocols(one: AgencyEstimate, other: AgencyEstimate) -> None:
    if one.protocol != other.protocol:
        differing = listed(sorted(_differing(one.folder, other.folder))) or "what is not in their folders"
        raise PoolError(
            f"{one.name} ({one.home}) and {other.name} ({other.home}) were not asked the same: their protocols, which "
            f"lay down the primary specification, have the hashes {one.protocol[:8]} and {other.protocol[:8]} and "
            f"differ in {differing}. Refresh both with one version of the platform, and pool the new editions."
        )


def _differing(one: Path, other: Path) -> Iterator[str]:
    """Names of the protocol's files that two editions do not have alike."""
    files = [_contents(edition / "protocol") for edition in (one, other)]
    yield from (name for name in files[0].keys() | files[1].keys() if files[0].get(name) != files[1].get(name))


def _contents(folder: Path) -> dict[str, bytes]:
    if not folder.is_dir():
        return {}
    return {file.name: file.read_bytes() for file in protocol_files(folder) if file.name != DEVIATIONS}


def _log_odds_ratio(row: Row) -> Estimate:
    return Estimate(row["estimate"], row["std_error"], math.log(row["conf_low"]), math.log(row["conf_high"]))


def _risk_difference(outcomes: pd.DataFrame) -> Estimate | None:
    """The difference of force with the standard error that its interval was made from; None where there is none."""
    row = next((row for row in plain_rows(outcomes) if row["outcome"] == FORCE[2]), None)
    if row is None or not estimated(row, "risk_difference"):
        return None
    names = ("risk_difference", "risk_difference_conf_low", "risk_difference_conf_high")
    value, low, high = (row[name] for name in names)
    clusters = row["effective_clusters"]
    quantile = float(quantiles(0.5 + CONFIDENCE / 2, None if clusters is None else np.asarray(clusters)))
    return Estimate(value, (high - low) / 2 / quantile, low, high)
