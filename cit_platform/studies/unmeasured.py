"""What would the primary odds ratio of force be if the records left something out, or had certification wrong?

For: how strong and how unequal an unrecorded trait would have to be, beside the traits that are recorded.
Not for: a correction: no number here is more true than the assumption that it stands on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from cit_platform.inference.confounding import (
    bias_factor,
    e_value,
    e_value_of_limit,
    share_needed,
    strength_against_rest,
)
from cit_platform.inference.design import Design, FloatArray
from cit_platform.inference.intervals import log_interval
from cit_platform.inference.misclassification import corrected_odds_ratio
from cit_platform.inference.selection import bounding_factor, log_odds_with_unrecorded
from cit_platform.inference.verdict import Kind, Verdict
from cit_platform.modelling.estimation import Estimation, estimate
from cit_platform.modelling.features import Features
from cit_platform.modelling.specification import EXPOSURE, headline_of, variant_of
from cit_platform.modelling.tidy import conform, count_columns, reason_columns
from cit_platform.modelling.windows import Window, Windows
from cit_platform.studies.absolute_risk import standardised_risks
from cit_platform.studies.force import FORCE_SPECIFICATIONS

# Odds ratios of force with the trait; shares of the contacts of officers without certification that have it; and by
# how much the share of certified officers differs.
STRENGTHS = (1.5, 2.0, 3.0, 5.0)
SHARES = (0.1, 0.3, 0.5)
SHARE = 0.3
DIFFERENCES = (-0.2, -0.1, -0.05, 0.05, 0.1, 0.2)
# Sensitivity and specificity of the certification that the record states.
ERRORS = ((0.95, 1.0), (0.9, 1.0), (0.8, 1.0), (1.0, 0.95), (1.0, 0.9), (0.95, 0.95), (0.9, 0.9))
SELECTIONS = (1.1, 1.25, 1.5, 2.0)
UNRECORDED = (0.02, 0.05, 0.1, 0.2, 0.3)
# Controls beside which an unrecorded trait is held; officer attributes are nobody's benchmark.
BENCHMARKS = ("call_risk", "precinct", "watch", "weekend", "experience", "year", "records_system")
# How much of the usable window says who was certified just before it.
FIRST_YEAR = timedelta(days=365)
Row = dict[str, Any]


def unmeasured(features: Features, agency: str, windows: Windows, absolute_risk: pd.DataFrame) -> pd.DataFrame:
    """The primary odds ratio of force under every assumption, in the contract of `models/unmeasured`.

    Odds ratios stand for risk ratios here, as force is rare. E-values are those of the adjusted risk ratios, of the
    dispositions too, for which odds ratios would not do.

    Args:
        features: the feature tables.
        agency: police department.
        windows: report dates to analyse.
        absolute_risk: `models/absolute_risk`.
    """
    estimation = estimate(headline_of(FORCE_SPECIFICATIONS), features, windows)
    common = {"agency": agency, "outcome": "force", **_sizes(estimation)}
    answer = _answer(estimation)
    if answer is None:
        rows: list[Row] = [{**common, **_missing("none", "", estimation.verdict)}]
    else:
        found = (
            *confounder_rows(answer),
            *needed_rows(answer),
            *_benchmarks(answer, estimation),
            *_errors(answer, estimation),
        )
        rows = [{**common, **row} for row in (*found, *selection_rows(answer), *_unrecorded(answer, estimation))]
        rows += [{**common, **row} for row in _quarters(features, windows)]
    return conform([*rows, *_e_values(absolute_risk)], "models/unmeasured")


@dataclass(frozen=True)
class Answer:
    """The primary log odds ratio of certification, its standard error, and the clusters that tell of it."""

    value: float
    std_error: float
    clusters: FloatArray | None

    def shifted(self, log_factor: float, widened: float = 1.0) -> dict[str, float]:
        """The odds ratio over a factor, with its interval."""
        error = np.asarray(self.std_error * widened)
        interval = log_interval(np.asarray(np.exp(self.value - log_factor)), error, self.clusters)
        return {
            "odds_ratio": float(interval.estimate),
            "conf_low": float(interval.low),
            "conf_high": float(interval.high),
        }

    def between(self, lower: float, upper: float) -> dict[str, float]:
        """The bounds from the odds ratio over one log factor to that over another, the larger factor first."""
        low, high = self.shifted(lower), self.shifted(upper)
        ends = {"bound_low": low["odds_ratio"], "bound_high": high["odds_ratio"]}
        return {**ends, "conf_low": low["conf_low"], "conf_high": high["conf_high"]}


def _answer(estimation: Estimation) -> Answer | None:
    fit = estimation.fit
    if estimation.verdict or fit is None:
        return None
    [place] = [i for i, column in enumerate(fit.columns) if column.term == estimation.specification.exposure]
    clusters = None if fit.effective_clusters is None else fit.effective_clusters[place, 0]
    return Answer(float(fit.coefficients[place, 0]), float(fit.std_errors[place, 0]), clusters)


def _sizes(estimation: Estimation) -> Row:
    counts = count_columns(estimation, "force")
    return {name: counts[name] for name in ("n_contacts", "n_officers", "n_events")}


def bias_row(bias: str, setting: str, **numbers: float) -> Row:
    """What a bias under one setting would make of the answer."""
    return {"bias": bias, "setting": setting, "converged": True, **reason_columns(None), **numbers}


def _missing(bias: str, setting: str, verdict: Verdict | None) -> Row:
    return {"bias": bias, "setting": setting, "converged": False, **reason_columns(verdict)}


def confounder_rows(answer: Answer) -> Iterator[Row]:
    """The answer itself, and given a trait of each strength and imbalance."""
    yield bias_row("none", "", **answer.shifted(0.0))
    for strength in STRENGTHS:
        for difference in DIFFERENCES:
            setting = f"{strength:g} times the odds, {100 * difference:+g} points"
            yield bias_row("confounder", setting, **given_trait(answer, strength, SHARE + difference, SHARE))


def given_trait(answer: Answer, strength: float, certified: float, others: float) -> dict[str, float]:
    """The answer given a trait of a strength, with its shares among contacts of certified officers and of others."""
    factor = float(bias_factor(*map(np.asarray, (strength, certified, others))))
    shares = {"strength": strength, "share_certified": certified, "share_not_certified": others}
    return {**shares, "factor": factor, **answer.shifted(np.log(factor))}


def needed_rows(answer: Answer) -> Iterator[Row]:
    """The share among certified officers' contacts at which a trait gives the whole association."""
    plain = answer.shifted(0.0)
    nearer = min(max(1.0, plain["conf_low"]), plain["conf_high"])
    for strength in STRENGTHS:
        for others in SHARES:
            shares = [
                float(share_needed(*map(np.asarray, (ratio, strength, others)))) if ratio != 1.0 else others
                for ratio in (plain["odds_ratio"], nearer)
            ]
            yield bias_row(
                "needed",
                f"{strength:g} times the odds, {100 * others:g} % of the others",
                strength=strength,
                share_not_certified=others,
                share_needed=shares[0],
                share_needed_for_limit=shares[1],
            )


def _benchmarks(answer: Answer, estimation: Estimation) -> Iterator[Row]:
    """The answer given one more trait as strong and as unequal as each level of each control that is recorded."""
    design, fit = estimation.design, estimation.fit
    assert design is not None
    assert fit is not None
    contacts, certified = estimation.data.counts.sum(axis=1), _certified(design)
    for term in BENCHMARKS:
        places = design.positions(term)
        if not places:
            continue
        levels = [design.columns[place].level or "yes" for place in places]
        marks = design.matrix[:, places].T
        # The reference last: what no column marks.
        marks = np.vstack([marks, 1.0 - marks.sum(axis=0)])
        names = [*levels, _reference(estimation, term)]
        shares = [(marks @ (contacts * arm)) / (contacts @ arm) for arm in (certified, 1.0 - certified)]
        strengths = strength_against_rest(np.append(fit.coefficients[places, 0], 0.0), shares[1])
        for name, strength, share, others in zip(names, strengths, *shares, strict=True):
            if np.isfinite(strength) and strength > 0:
                yield bias_row("benchmark", f"{term}/{name}", **given_trait(answer, strength, share, others))


def _certified(design: Design) -> FloatArray:
    [place] = design.positions(EXPOSURE)
    return design.matrix[:, place]


def _reference(estimation: Estimation, term: str) -> str:
    return next(t.reference for t in estimation.data.diagnosis.terms if t.name == term)


def _errors(answer: Answer, estimation: Estimation) -> Iterator[Row]:
    """The answer corrected for certification that is recorded with errors, alike with and without force."""
    assert estimation.design is not None
    counts, certified = estimation.data.counts, _certified(estimation.design)
    by_arm = np.stack([counts.T @ certified, counts.T @ (1.0 - certified)], axis=1)
    yield from _corrected("misclassified", answer, by_arm[::-1], ERRORS)


def _corrected(bias: str, answer: Answer, table: FloatArray, errors: tuple[tuple[float, float], ...]) -> Iterator[Row]:
    """The adjusted odds ratio moves, and its error widens, as those of the plain table (outcome first) do."""
    plain = corrected_odds_ratio(table, 1.0, 1.0)
    for sensitivity, specificity in errors:
        setting = f"{100 * sensitivity:.3g} % and {100 * specificity:.3g} % right"
        stated = {"sensitivity": sensitivity, "specificity": specificity}
        found = corrected_odds_ratio(table, sensitivity, specificity)
        if not np.isfinite(found.estimate):
            yield {**_missing(bias, setting, Verdict(Kind.IMPOSSIBLE_ERRORS)), **stated}
            continue
        shift, widened = plain.estimate - found.estimate, found.std_error / plain.std_error
        yield bias_row(bias, setting, **stated, factor=float(np.exp(shift)), **answer.shifted(shift, widened))


def _quarters(features: Features, windows: Windows) -> Iterator[Row]:
    """The quarters of implausible certification counted too: as printed, and corrected for what was not joined.

    Before the usable window certification is taken to be as frequent as in its first year, and where it is printed to
    be right. Then its sensitivity over all quarters is the share of it that is printed.
    """
    if windows.usable is None or windows.usable[0] <= windows.all[0]:
        return
    estimation = estimate(variant_of(FORCE_SPECIFICATIONS, "all_quarters"), features, windows)
    answer = _answer(estimation)
    if answer is None:
        yield _missing("quarters", "as printed", estimation.verdict)
        return
    first = windows.usable[0]
    before = _by_certification(features, (windows.all[0], first - timedelta(days=1)))
    table = before + _by_certification(features, windows.usable)
    printed = bias_row("quarters", "as printed", sensitivity=1.0, specificity=1.0, **answer.shifted(0.0))
    yield printed | _sizes(estimation)
    share = _by_certification(features, (first, first + FIRST_YEAR)).sum(axis=0)
    if before.sum() == 0 or share[0] == 0:
        return
    hidden = max(before.sum() * share[0] / share.sum() - before[:, 0].sum(), 0.0)
    sensitivity = float(table[:, 0].sum() / (table[:, 0].sum() + hidden))
    [row] = _corrected("quarters", answer, table, ((sensitivity, 1.0),))
    yield row | _sizes(estimation) | {"setting": "corrected"}


def _by_certification(features: Features, window: Window) -> FloatArray:
    """Contacts reported within a window, (2, 2): with force first, certified first."""
    sql = (
        f"select r.force as force, r.{EXPOSURE} as certified, count(*) as n\n"
        "from features.contacts r\nwhere r.reported_date between $first and $last\ngroup by all"
    )
    counted = features.select(sql, {"first": window[0], "last": window[1]})
    table = np.zeros((2, 2))
    np.add.at(table, (1 - counted["force"].astype(int), 1 - counted["certified"].astype(int)), counted["n"])
    return table


def selection_rows(answer: Answer) -> Iterator[Row]:
    """Bounds where a trait is associated this strongly with force and with being written up, in either arm."""
    for strength in SELECTIONS:
        factor = float(bounding_factor(np.asarray(strength), np.asarray(strength))) ** 2
        numbers = {"strength": strength, "factor": factor, **answer.between(np.log(factor), -np.log(factor))}
        yield bias_row("selection", f"{strength:g} times in each arm", **numbers)


def _unrecorded(answer: Answer, estimation: Estimation) -> Iterator[Row]:
    """Bounds where one arm leaves a share of its contacts unrecorded: none of them with force, or as many as else."""
    risks = standardised_risks(estimation)
    assert risks is not None
    risk = {
        "certified": float(risks.risk_exposed.estimate[1]),
        "not_certified": float(risks.risk_unexposed.estimate[1]),
    }
    for arm, recorded in risk.items():
        for share in UNRECORDED:
            fall = float(log_odds_with_unrecorded(np.asarray(recorded), np.asarray(share)))
            ends = (-fall, 0.0) if arm == "certified" else (0.0, fall)
            numbers = {f"share_{arm}": share, "factor": float(np.exp(-fall)), **answer.between(*ends)}
            yield bias_row("unrecorded", f"{100 * share:g} % of {arm}", **numbers)


def _e_values(absolute_risk: pd.DataFrame) -> Iterator[Row]:
    """E-values of the adjusted risk ratios of the primary outcomes."""
    copied = (
        "agency",
        "outcome",
        "n_contacts",
        "n_officers",
        "n_events",
        "converged",
        "note",
        "reason",
        "reason_facts",
    )
    ratios = ("risk_ratio", "risk_ratio_conf_low", "risk_ratio_conf_high")
    for row in absolute_risk[absolute_risk["outcome"] != "no_action"].to_dict("records"):
        copy = {**{name: row[name] for name in copied}, "bias": "e_value", "setting": ""}
        if row["converged"]:
            ratio, low, high = (np.asarray(row[name], dtype=np.float64) for name in ratios)
            copy |= {name: row[name] for name in ratios} | {
                "e_value": float(e_value(ratio)),
                "e_value_of_limit": float(e_value_of_limit(low, high)),
            }
        yield copy
