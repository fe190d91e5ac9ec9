"""Checks of fitted models, made from the fits themselves: what a table of coefficients alone does not show."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cit_platform.checks.audit import CheckOutcome, Number
from cit_platform.checks.check import Rule, Severity
from cit_platform.contracts import models

if TYPE_CHECKING:
    import pandas as pd

    from cit_platform.inference.calibration import CalibrationGroup
    from cit_platform.modelling.estimation import Estimation
    from cit_platform.modelling.features import Features
    from cit_platform.modelling.study import Study

CONFIRMED = ("published", "headline")
EVENTS_PER_PARAMETER = 10.0
# Standard errors by which the share observed in a tenth of the contacts may differ from the share predicted.
CALIBRATION_LIMIT = 4.0
# Standard errors by which one officer may move the coefficient of certification.
INFLUENCE_LIMIT = 1.0


@dataclass(frozen=True)
class ModelCheckResult:
    """What a check of a study found: `broken` in words, nothing where all is as expected; `summary` where it is."""

    broken: tuple[str, ...]
    summary: str
    numbers: dict[str, Number]


@dataclass(frozen=True)
class ModelCheck:
    """One check of a study: its name in Dagster, what it expects, how grave it is, and how it looks."""

    name: str
    description: str
    rule: Rule
    judge: "Callable[[Study, Features], ModelCheckResult]"

    @property
    def severity(self) -> Severity:
        return "ERROR" if self.rule is Rule.ERROR else "WARN"


def checked(study: "Study", features: "Features") -> "tuple[pd.DataFrame, tuple[CheckOutcome, ...]]":
    """The study's table with the outcome of each check of it."""
    return study.table, tuple(_outcome(check, study, features) for check in CHECKS)


def _outcome(check: ModelCheck, study: "Study", features: "Features") -> CheckOutcome:
    found = check.judge(study, features)
    verdict = f"Not as expected: {'; '.join(found.broken)}." if found.broken else f"As expected: {found.summary}."
    return CheckOutcome(
        name=check.name,
        status="failed" if found.broken else "passed",
        severity=check.severity,
        description=check.description,
        message=verdict,
        numbers=found.numbers,
    )


def second_opinion(study: "Study", features: "Features") -> ModelCheckResult:
    """Every coefficient and standard error that is confirmed, refitted by statsmodels."""
    from cit_platform.modelling.second_opinion import compare

    confirmed = [e for e in study.estimations if e.specification.role in CONFIRMED and not _beyond_statsmodels(e)]
    agreements = [compare(study.table, e.data, features) for e in confirmed]
    numbers = sum(agreement.n_numbers for agreement in agreements)
    largest = max((agreement.largest_difference for agreement in agreements), default=0.0)
    return ModelCheckResult(
        broken=tuple(f"{a.variant}: {words}" for a in agreements for words in a.disagreements),
        summary=f"statsmodels gives the same {numbers} numbers, or the same verdict, from the same rows",
        numbers={"numbers_compared": numbers, "largest_relative_difference": largest},
    )


def _beyond_statsmodels(estimation: "Estimation") -> bool:
    """Whether there are no numbers for a reason that statsmodels cannot meet: the exposure's, or the jackknife's."""
    from cit_platform.inference.verdict import Kind

    found = estimation.verdict
    return found is not None and found.kind in (Kind.NO_USABLE_EXPOSURE, Kind.INDISPENSABLE_CLUSTER)


def converged(study: "Study", _features: "Features") -> ModelCheckResult:
    """Fits without numbers, with their reason."""
    failed = [e for e in study.estimations if e.verdict]
    return ModelCheckResult(
        broken=tuple(f"{e.specification.variant}: {e.verdict}" for e in failed),
        summary=f"all {len(study.estimations)} fits converged",
        numbers={"fits": len(study.estimations), "fits_without_numbers": len(failed)},
    )


def full_rank(study: "Study", _features: "Features") -> ModelCheckResult:
    """Coefficients that other columns determine."""
    found = [(e, omission) for e in study.estimations for omission in e.data.diagnosis.unidentified]
    return ModelCheckResult(
        broken=tuple(f"{e.specification.variant}: {omission.verdict}" for e, omission in found),
        summary="no column is determined by others",
        numbers={"coefficients_without_meaning": len(found)},
    )


def no_separation(study: "Study", _features: "Features") -> ModelCheckResult:
    """Fits whose likelihood has no maximum."""
    from cit_platform.inference.verdict import Kind

    found = [e for e in study.estimations if e.verdict is not None and e.verdict.kind is Kind.SEPARATION]
    return ModelCheckResult(
        broken=tuple(f"{e.specification.variant}: {e.verdict}" for e in found),
        summary="no fit met an outcome that predictors separate",
        numbers={"separated_fits": len(found)},
    )


def events_per_parameter(study: "Study", _features: "Features") -> ModelCheckResult:
    """Fewest rows of any outcome per coefficient of it."""
    ratios = {
        e.specification.variant: float(e.data.counts.sum(axis=0).min()) / len(e.model_fit.columns)
        for e in study.estimations
        if e.model_fit is not None
    }
    few = {variant: ratio for variant, ratio in ratios.items() if ratio < EVENTS_PER_PARAMETER}
    broken = [f"{variant}: {ratio:.1f} events per parameter" for variant, ratio in few.items()]
    return ModelCheckResult(
        broken=tuple(broken) if ratios else ("no fit to judge",),
        summary=f"at least {min(ratios.values(), default=0.0):.1f} events per parameter in every fit",
        numbers={"fewest": min(ratios.values(), default=0.0), "min_value": EVENTS_PER_PARAMETER},
    )


def levels_left_out(study: "Study", _features: "Features") -> ModelCheckResult:
    """Levels whose rows left a model; counts of officer attributes are not printed here."""
    found = [(e, omission) for e in study.estimations for omission in e.data.diagnosis.left_out]
    lost = [float(e.data.patterns.counts.sum() - e.data.counts.sum()) for e in study.estimations]
    return ModelCheckResult(
        broken=tuple(f"{e.specification.variant}: {omission.column.label}" for e, omission in found),
        summary="every level of every predictor stays in every model",
        numbers={"levels": len({omission.column for _, omission in found}), "most_rows_lost": max(lost, default=0.0)},
    )


def calibration(study: "Study", _features: "Features") -> ModelCheckResult:
    """Observed against predicted shares by tenths of the predicted risk, and how well the prediction ranks."""
    from cit_platform.inference.calibration import auc, calibration_table

    headline = _headline(study)
    if headline.verdict or headline.fit is None or headline.design is None:
        return _no_fit(headline)
    broken: list[str] = []
    numbers: dict[str, Number] = {"max_value": CALIBRATION_LIMIT}
    judged = headline.fit, headline.design, headline.data.kept_cells
    for position, outcome in enumerate(headline.fit.outcomes[1:], start=1):
        tenths = calibration_table(*judged, outcome=position)
        farthest = max(tenths, key=_distance)
        numbers[f"{outcome}_largest_distance"] = _distance(farthest)
        numbers[f"{outcome}_auc"] = auc(*judged, outcome=position).estimate
        if _distance(farthest) > CALIBRATION_LIMIT:
            share, errors = farthest.observed, numbers[f"{outcome}_largest_distance"]
            broken.append(
                f"{outcome}: of {share.n_rows} contacts predicted {farthest.lowest:.4f} to {farthest.highest:.4f}, "
                f"{share.estimate:.4f} have it: {errors:.1f} errors off"
            )
    summary = f"every tenth lies within {CALIBRATION_LIMIT:g} standard errors of its prediction"
    return ModelCheckResult(tuple(broken), summary, numbers)


def _distance(tenth: "CalibrationGroup") -> float:
    return abs(tenth.observed.estimate - tenth.expected) / tenth.std_error


def influence(study: "Study", _features: "Features") -> ModelCheckResult:
    """How far the one officer whose removal matters most moves certification's coefficient; not who that is."""
    import numpy as np

    from cit_platform.inference.jackknife import one_step_jackknife

    headline = _headline(study)
    if headline.verdict or headline.fit is None or headline.sandwich_fit is None or headline.design is None:
        return _no_fit(headline)
    jackknife = headline.jackknife or one_step_jackknife(headline.fit, headline.design, headline.data.kept_cells)
    p = len(headline.fit.columns)
    [position] = headline.design.positions(headline.specification.exposure)
    broken: list[str] = []
    numbers: dict[str, Number] = {"max_value": INFLUENCE_LIMIT}
    for j, outcome in enumerate(headline.fit.outcomes[1:]):
        shifts = jackknife.shifts[:, j * p + position]
        largest = float(shifts[np.nanargmax(np.abs(shifts))])
        # Not in errors of the jackknife, which are sums of these shifts: none could exceed one.
        errors = abs(largest) / float(headline.sandwich_fit.std_errors[position, j])
        numbers |= {f"{outcome}_largest_shift": largest, f"{outcome}_in_standard_errors": errors}
        if errors > INFLUENCE_LIMIT:
            broken.append(f"{outcome}: one officer moves the log odds ratio by {largest:+.3f}, {errors:.1f} errors")
    summary = "no single officer moves the coefficient of certification by a standard error"
    return ModelCheckResult(tuple(broken), summary, numbers)


def _headline(study: "Study") -> "Estimation":
    return next(e for e in study.estimations if e.specification.role == "headline")


def _no_fit(headline: "Estimation") -> ModelCheckResult:
    return ModelCheckResult(
        (f"{headline.specification.variant} cannot be estimated, so there is nothing to judge",), "", {}
    )


CHECKS = (
    ModelCheck(
        "second_opinion",
        "statsmodels, fitted to the same rows, agrees with every coefficient and standard error (CR1) of the published "
        "and the headline fit to a millionth, and on what cannot be estimated.",
        Rule.ERROR,
        second_opinion,
    ),
    ModelCheck("converged", "Every variant could be estimated.", Rule.WARN, converged),
    ModelCheck("full_rank", "No column of a design is determined by others.", Rule.WARN, full_rank),
    ModelCheck("no_separation", "No outcome is separated by predictors.", Rule.WARN, no_separation),
    ModelCheck(
        "events_per_parameter",
        f"Every outcome has at least {EVENTS_PER_PARAMETER:g} events per parameter.",
        Rule.WARN,
        events_per_parameter,
    ),
    ModelCheck("levels_left_out", "No level of a control had to leave a model.", Rule.WARN, levels_left_out),
    ModelCheck(
        "calibration",
        f"In every tenth of the predicted risk, observed and predicted shares lie within {CALIBRATION_LIMIT:g} "
        "standard errors.",
        Rule.WARN,
        calibration,
    ),
    ModelCheck(
        "influence",
        "No single officer moves the coefficient of certification by more than its standard error (CR1).",
        Rule.WARN,
        influence,
    ),
)
MODEL_CHECKS = {models.FORCE.path: CHECKS, models.DISPOSITION.path: CHECKS}
