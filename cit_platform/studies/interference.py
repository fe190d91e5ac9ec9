"""Who else was there? How the arms differ in a CIT officer's presence, and whether colleagues' training matters too.

For: what an odds ratio of the reporting officer's certification is, where a certified colleague is usually on scene.
Not for: comparing outcomes by arrival: long and violent scenes attract a second officer.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from cit_platform.inference.design import Term
from cit_platform.inference.intervals import Z
from cit_platform.inference.proportions import Proportion, proportion
from cit_platform.inference.verdict import Kind, Verdict
from cit_platform.modelling.counts import OFFICER
from cit_platform.modelling.estimation import Estimation, estimate
from cit_platform.modelling.features import Features
from cit_platform.modelling.specification import EXPOSURE, Specification
from cit_platform.modelling.tidy import conform, reason_columns, tidy_rows
from cit_platform.modelling.windows import Windows
from cit_platform.studies.force import PRIMARY

# Fewest contacts of colleagues in a squad, or a beat, and month from which their certified share is taken.
FEWEST = 5
LOW, MIDDLE, HIGH = "under half", "half to three quarters", "three quarters or more"
ELSEWHERE = "under three quarters or not known"
_PLACES = {"squad": "officer_squad", "beat": "beat"}
SATURATION = {place: Term(f"{place}_certified", "categorical", MIDDLE) for place in _PLACES}
AMONG_MANY = Term("certified_among_many", "indicator", "not both")


def _band(place: str) -> str:
    """The certified share of the colleagues' contacts in the same place and month, in three bands or unknown."""
    n, k = (f"({place}.{name} - own_{place}.{name})" for name in ("n", "k"))
    return (
        f"case when c.{_PLACES[place]} = 'Unknown' or {n} < {FEWEST} then 'unknown'\n"
        f"        when 2 * {k} < {n} then '{LOW}' when 4 * {k} < 3 * {n} then '{MIDDLE}' else '{HIGH}' end"
    )


def _joined(place: str) -> str:
    """The contacts of everybody in the same place and month, and the officer's own: in all, and certified."""
    column, counted = (
        _PLACES[place],
        "month, count(*) as n, sum(cit_certified) as k from features.contacts group by all",
    )
    own = f"own_{place}.{column} = c.{column} and own_{place}.month = c.month and own_{place}.officer = {_REPORTER}"
    return (
        f"join (select {column}, {counted}) {place} on {place}.{column} = c.{column} and {place}.month = c.month\n"
        f"    join (select {column}, {_REPORTER} as officer, {counted.replace('contacts', 'contacts c')}) own_{place}\n"
        f"      on {own}"
    )


_REPORTER = "coalesce(c.officer_key, c.contact_id)"
_RELATION = f"""(
    select
      c.*,
      {_band("squad")} as squad_certified,
      {_band("beat")} as beat_certified,
      case when c.cit_certified = 1 and {_band("squad")} = '{HIGH}' then 1 else 0 end as certified_among_many
    from features.contacts c
    {_joined("squad")}
    {_joined("beat")}
  )"""


def _asked(variant: str, *terms: Term) -> Specification:
    return replace(
        PRIMARY,
        model="interference",
        variant=variant,
        role="sensitivity",
        step=None,
        terms=(*PRIMARY.terms, *terms),
        correction="CR1",
        relation=_RELATION,
    )


BOTH = _asked("both", *SATURATION.values())
DIFFERENT = _asked("different", SATURATION["squad"], AMONG_MANY)


def interference(features: Features, agency: str, windows: Windows, estimates: pd.DataFrame) -> pd.DataFrame:
    """Presence by certification, the odds ratio read as one of the scene, and certification of colleagues.

    Columns in the contract of `models/interference`.

    Args:
        features: the feature tables.
        agency: police department.
        windows: report dates to analyse.
        estimates: `models/estimates`, whose primary odds ratio of force is read as one of the scene.
    """
    presence = _presence(features, windows)
    rows = [*_presence_rows(presence), *_scene(presence, estimates), *_saturation(features, windows)]
    return conform([{"agency": agency, **row} for row in rows], "models/interference")


def _presence(features: Features, windows: Windows) -> dict[str, tuple[Proportion, int]]:
    """Share of contacts at which a CIT officer arrived, in the usable window, by the reporting officer.

    Beside each share stand the officers that have a name.
    """
    if windows.usable is None:
        return {}
    sql = (
        f"select r.{EXPOSURE} as certified, {OFFICER} as officer, r.officer_key is not null as is_named,\n"
        "  count(*) as n, sum(r.cit_arrived) as arrived\nfrom features.contacts r\n"
        "where r.reported_date between $first and $last and r.cit_arrived is not null\ngroup by all\norder by all"
    )
    counted = pd.DataFrame(features.select(sql, {"first": windows.usable[0], "last": windows.usable[1]}))
    arms = {arm: counted[counted["certified"] == value] for arm, value in (("certified", 1), ("not_certified", 0))}
    return {arm: _share(rows) for arm, rows in arms.items() if len(rows)}


def _share(rows: pd.DataFrame) -> tuple[Proportion, int]:
    share = proportion(rows["arrived"].to_numpy(np.float64), rows["n"].to_numpy(np.float64))
    return share, int(rows["is_named"].sum())


def _presence_rows(presence: dict[str, tuple[Proportion, int]]) -> Iterator[dict[str, Any]]:
    for arm, (share, n_officers) in presence.items():
        limits = {"share": share.estimate, "share_conf_low": share.low, "share_conf_high": share.high}
        sizes = {"n_contacts": share.n_rows, "n_officers": n_officers, "n_events": share.n_events}
        yield {"measure": "presence", "group": arm, **limits, **sizes, **_said(None)}
    for name, contrast in _contrasts(presence).items():
        yield {"measure": "presence_contrast", "group": name, **contrast.columns, **_said(None)}


def _said(verdict: Verdict | None) -> dict[str, Any]:
    return {"converged": verdict is None, **reason_columns(verdict)}


@dataclass(frozen=True)
class _Contrast:
    """By how much a CIT officer is on scene more often where the reporting one is certified."""

    value: float
    std_error: float

    @property
    def columns(self) -> dict[str, float]:
        ends = (self.value - Z * self.std_error, self.value + Z * self.std_error)
        return {"share": self.value, "share_conf_low": ends[0], "share_conf_high": ends[1]}


def _contrasts(presence: dict[str, tuple[Proportion, int]]) -> dict[str, _Contrast]:
    """As recorded, and if a certified reporting officer is always one who is on scene."""
    if len(presence) < 2:
        return {}
    shares = {arm: share for arm, (share, _) in presence.items()}
    errors = {arm: (share.high - share.low) / (2 * Z) for arm, share in shares.items()}
    certified, others = (shares[arm].estimate for arm in ("certified", "not_certified"))
    both = float(np.hypot(errors["certified"], errors["not_certified"]))
    return {
        "as_recorded": _Contrast(certified - others, both),
        "always_present": _Contrast(1.0 - others, errors["not_certified"]),
    }


def _scene(presence: dict[str, tuple[Proportion, int]], estimates: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """The odds ratio of a CIT officer's presence that would give the reporting officer's, if nothing else did.

    The log odds ratio over the contrast in presence, by the delta method; none where the contrast is not above 0.
    """
    about = (estimates["model"] == "force") & (estimates["variant"] == PRIMARY.variant)
    for row in estimates[about & (estimates["term"] == EXPOSURE)].to_dict("records"):
        for name, contrast in _contrasts(presence).items():
            common = {"measure": "scene", "group": name, **_sizes(row)}
            if not row["converged"]:
                copied = {column: row[column] for column in ("converged", "note", "reason", "reason_facts")}
                yield common | copied
            elif contrast.value <= Z * contrast.std_error:
                yield common | _said(Verdict(Kind.NO_PRESENCE_CONTRAST))
            else:
                scene = row["estimate"] / contrast.value
                error = float(np.hypot(row["std_error"], scene * contrast.std_error)) / contrast.value
                yield common | _ratio_columns(scene, error) | _said(None)


def _ratio_columns(value: float, error: float) -> dict[str, float]:
    low, high = value - Z * error, value + Z * error
    return {"odds_ratio": float(np.exp(value)), "conf_low": float(np.exp(low)), "conf_high": float(np.exp(high))}


def _sizes(row: dict[Any, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("window_start", "window_end", "n_contacts", "n_officers", "n_events")}


def _saturation(features: Features, windows: Windows) -> Iterator[dict[str, Any]]:
    """Own and colleagues' certification in one model, and own certification among many certified and among fewer."""
    both = estimate(BOTH, features, windows)
    yield from _named(both, EXPOSURE, "own", "beside the share of colleagues")
    for place, term in SATURATION.items():
        yield from _named(both, term.name, "others", place)
    different = estimate(DIFFERENT, features, windows)
    fewer = _named(different, EXPOSURE, "own", f"squad, {ELSEWHERE}")
    # None where no squad has so many certified: then the term is constant and leaves the model.
    ratio = _named(different, AMONG_MANY.name, "ratio", f"squad, {HIGH}, over less")
    yield from (*fewer, *(_own_among_many(different, each) for each in ratio), *ratio)


def _named(estimation: Estimation, term: str, measure: str, group: str) -> list[dict[str, Any]]:
    """Rows of one term of a fit; of a term with levels all but the unknown one."""
    copied = ("odds_ratio", "conf_low", "conf_high", "converged", "note", "reason", "reason_facts")
    rows = [row for row in tidy_rows(estimation, "") if row["term"] == term and row["level"] != "unknown"]
    return [
        {
            "measure": measure,
            "group": f"{group}, {row['level']}" if row["level"] else group,
            **_sizes(row),
            **{column: row[column] for column in copied},
        }
        for row in rows
    ]


def _own_among_many(estimation: Estimation, ratio: dict[str, Any]) -> dict[str, Any]:
    """The odds ratio of own certification where many colleagues are certified: the product of the other two."""
    row = {**ratio, "measure": "own", "group": f"squad, {HIGH}"}
    fit = estimation.fit
    if not ratio["converged"] or fit is None:
        return row
    sum_of = np.array([float(column.term in (EXPOSURE, AMONG_MANY.name)) for column in fit.columns])
    error = float(np.sqrt(sum_of @ fit.covariance @ sum_of))
    return row | _ratio_columns(float(sum_of @ fit.coefficients[:, 0]), error)
