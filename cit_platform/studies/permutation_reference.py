"""Would dates of certification that mean nothing give such a difference? Exchanged among officers of like service.

For: judging the primary association on force against chance that keeps careers and calls as they were.
Not for: ruling out selection: who was chosen for the course, and when, is exchanged away only if chosen by lot.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from cit_platform.inference.crossed_logit import CrossedFit, Rows, fit_crossed
from cit_platform.inference.crossing import crossed
from cit_platform.inference.design import BoolArray, FloatArray
from cit_platform.inference.exchanged_dates import Dated, exchanges
from cit_platform.inference.verdict import Kind, Verdict
from cit_platform.modelling.cube import CONTACT, Cube, cube_of, halves_of
from cit_platform.modelling.features import Features
from cit_platform.modelling.tidy import conform, reason_columns
from cit_platform.modelling.windows import Windows
from cit_platform.studies.diagnostics import reason_against_variants
from cit_platform.studies.force import PRIMARY
from cit_platform.studies.protocol import protocol

DRAWS = 500
LIMITS = (0.025, 0.975)
# Among fewer, what chance could bring about is hardly more than what happened.
FEWEST_MOVABLE = 20
DAYS_PER_YEAR = 365.25


def permutation_reference(features: Features, agency: str, windows: Windows, diagnostics: pd.DataFrame) -> pd.DataFrame:
    """One row, in the contract of `models/permutation_reference`.

    Where the specification that speaks has no number to show, or too few events, nothing is exchanged.
    """
    why = reason_against_variants(PRIMARY, features, windows, diagnostics)
    row = _row(agency, why) if why else reference_row(features, agency, windows)
    return conform([row], "models/permutation_reference")


def reference_row(features: Features, agency: str, windows: Windows) -> dict[str, Any]:
    """The primary difference in force beside those under dates exchanged at random."""
    cube = cube_of([PRIMARY], features, windows, beside=["reported_date"])
    day = cube.conditions["reported_date"].astype("datetime64[D]").astype(np.int64).astype(np.float64)
    dated = dates_of(cube, day)
    table = crossed(*(cube.half(terms) for terms in halves_of(PRIMARY.terms, PRIMARY.exposure)))
    rows = cube.rows_of(PRIMARY)
    population = table.weighed(rows.place, rows.weight)
    observed = fit_crossed(table, rows, population)
    if observed.verdict is not None:
        return _row(agency, observed.verdict)
    n_movable = int(dated.movable().sum())
    if n_movable < FEWEST_MOVABLE:
        return _row(agency, Verdict(Kind.TOO_FEW_CHANGES, {"n_officers": n_movable, "minimum": FEWEST_MOVABLE}))
    drawn = np.array(
        [
            studentised(fit_crossed(table, exchanged, population, observed.coefficients))
            for exchanged in _exchanged(dated, rows, day.take(rows.place))
        ]
    )
    return _row(agency, None, observed, drawn, n_movable)


def headline_numbers(frame: pd.DataFrame) -> dict[str, float]:
    """The p-value, for the UI to plot over time."""
    known = frame["p_value"].dropna()
    return {} if known.empty else {"p value": float(known.iloc[0])}


def studentised(fit: CrossedFit) -> float:
    """The risk difference in its clustered standard errors; NaN where there is none."""
    found = fit.risk_difference
    return float("nan") if found is None else float(found.estimate[0] / found.std_error[0])


def dates_of(cube: Cube, day: FloatArray) -> Dated:
    """Day of the first certified contact of each officer of a cube, and the half-year of hire within which it may move.

    Whoever is always certified, or is certified no more, keeps what the records say; the half-year is that of the
    median contact less its years of service.
    """
    contacts = cube.table == CONTACT
    n = int(cube.officer.max(initial=-1)) + 1

    def extreme(kept: BoolArray, of: str) -> FloatArray:
        """First or last of the days that are kept, by officer; of none, as late or as early as none."""
        first = of == "first"
        result = np.full(n, np.inf if first else -np.inf)
        (np.minimum if first else np.maximum).at(result, cube.officer[kept], day[kept])
        return result

    usable = contacts & cube.usable
    begins, ends = extreme(usable & cube.certified, "first"), extreme(usable & ~cube.certified, "last")
    years = pd.Series(day / DAYS_PER_YEAR - cube.conditions["experience_years"].astype(np.float64))
    hired = years[contacts].groupby(cube.officer[contacts]).median().reindex(range(n)).to_numpy()
    group = np.where(np.isfinite(hired), np.floor(2 * (hired - 0.5)), 0).astype(np.int64)
    keeps = ~np.isfinite(hired) | ~np.isfinite(ends) | (ends >= begins)
    return Dated(
        np.where(keeps, -1, group - group.min() + 1),
        np.where(keeps, np.nan, begins),
        extreme(contacts, "first"),
        extreme(contacts, "last"),
    )


def _exchanged(dated: Dated, rows: Rows, day: FloatArray) -> Iterator[Rows]:
    """The rows as they would be had officers exchanged their dates."""
    for date in exchanges(dated, DRAWS, protocol_seed()):
        moved = date.take(rows.cluster)
        yield replace(rows, exposed=np.where(np.isnan(moved), rows.exposed, day >= moved))


def protocol_seed() -> int:
    """A seed that nobody chose by its result: the first digits of the protocol's hash."""
    return int(protocol().hash[:8], 16)


def _p_value(statistic: float, drawn: FloatArray) -> float:
    """Twice the smaller tail, what happened among the draws: they do not lie about 0, for not everyone exchanges.

    Source: Phipson and Smyth (2010), Statistical Applications in Genetics and Molecular Biology 9, article 39.
    """
    tail = min((drawn <= statistic).sum(), (drawn >= statistic).sum())
    return float(min(1.0, 2.0 * (1 + tail) / (1 + len(drawn))))


def _row(
    agency: str,
    verdict: Verdict | None,
    observed: CrossedFit | None = None,
    drawn: FloatArray | None = None,
    n_movable: int = 0,
) -> dict[str, Any]:
    numbers: dict[str, Any] = {}
    if observed is not None and drawn is not None and observed.risk_difference is not None:
        statistic, known = studentised(observed), drawn[np.isfinite(drawn)]
        low, high = np.quantile(known, LIMITS)
        numbers = {
            "risk_difference": float(observed.risk_difference.estimate[0]),
            "conf_low": float(observed.risk_difference.low[0]),
            "conf_high": float(observed.risk_difference.high[0]),
            "statistic": statistic,
            "drawn_low": float(low),
            "drawn_high": float(high),
            "p_value": _p_value(statistic, known),
            "n_draws": len(known),
            "n_movable": n_movable,
            "n_contacts": observed.n_rows,
            "n_events": observed.n_events,
        }
    return {
        "agency": agency,
        "outcome": PRIMARY.outcomes[0].name,
        **numbers,
        "converged": bool(numbers),
        **reason_columns(verdict),
    }
