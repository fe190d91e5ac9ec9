"""A term's share in the log odds: however it is cut, without what noise adds, with limits that hold the truth."""

import numpy as np
import pandas as pd
import pytest

from cit_platform.inference.counts import fit_counts
from cit_platform.inference.covariance import clustered
from cit_platform.inference.design import Design, Term, design_of, predictors_of
from cit_platform.inference.fit import Fit
from cit_platform.inference.likelihood_ratio import likelihood_ratio_test
from cit_platform.inference.patterns import group_clusters, group_rows
from cit_platform.inference.term_importance import TermImportance, term_importance

EFFECTS = np.array([0.0, 0.0, 0.30, 0.64, 0.26])
SHARES = np.array([0.20, 0.21, 0.17, 0.13, 0.29])
SPREAD = float(np.sqrt(SHARES @ EFFECTS**2 - (SHARES @ EFFECTS) ** 2))
CERTIFIED, COARSE, FINE, GENDER, NOTHING = (
    Term("certified", "indicator"),
    Term("coarse", "categorical", "0"),
    Term("fine", "categorical", "0-0"),
    Term("gender", "categorical", "M"),
    Term("nothing", "categorical", "0"),
)


def city(seed: int, n: int = 40_000, officers: int = 400) -> pd.DataFrame:
    """Calls in five classes, or the same in fifteen; the officer's gender matters; ten levels of nothing do not."""
    draw = np.random.default_rng(seed)
    officer, call = draw.integers(0, officers, n), draw.choice(5, n, p=SHARES)
    gender = (np.arange(officers) % 7 == 0)[officer]
    log_odds = -3.0 + EFFECTS[call] + 0.45 * gender + draw.normal(0, 0.3, officers)[officer]
    return pd.DataFrame(
        {
            "officer": officer,
            "certified": draw.integers(0, 2, officers)[officer],
            "coarse": call.astype(str),
            "fine": [f"{c}-{s}" for c, s in zip(call, draw.integers(0, 3, n), strict=True)],
            "gender": np.where(gender, "F", "M"),
            "nothing": draw.integers(0, 10, n).astype(str),
            "force": (draw.random(n) < 1 / (1 + np.exp(-log_odds))).astype(int),
        }
    )


def fitted(rows: pd.DataFrame, *terms: Term) -> tuple[Fit, Design, np.ndarray]:
    patterns = group_rows(predictors_of(rows, terms), rows["force"].to_numpy(), 2)
    cells = group_clusters(patterns.row_pattern, rows["officer"].to_numpy(), rows["force"].to_numpy(), 2)
    design = design_of(patterns.predictors, terms)
    fit = clustered(fit_counts(design, patterns.counts, ("none", "force")), design, cells)
    return fit, design, patterns.counts


def importance(rows: pd.DataFrame, *terms: Term) -> dict[str, TermImportance]:
    fit, design, counts = fitted(rows, *terms)
    return term_importance(fit, design, counts.sum(axis=1))


def chi2_per_df(rows: pd.DataFrame, term: Term) -> float:
    fit, design, counts = fitted(rows, CERTIFIED, term, GENDER)
    positions = design.positions(term.name)
    without = fit_counts(design.without(positions), counts, ("none", "force"))
    return likelihood_ratio_test(fit.log_likelihood, without.log_likelihood, len(positions)).chi2_per_df


def test_the_same_effect_cut_otherwise_is_as_important() -> None:
    """By chi-square per degree of freedom the finer cut is worth a third; the deviation over contacts stays."""
    rows = city(1)
    coarse, fine = importance(rows, CERTIFIED, COARSE, GENDER), importance(rows, CERTIFIED, FINE, GENDER)
    assert fine["fine"].log_odds_sd == pytest.approx(coarse["coarse"].log_odds_sd, rel=0.1)
    assert coarse["coarse"].low < SPREAD < coarse["coarse"].high
    assert fine["fine"].low < SPREAD < fine["fine"].high
    assert (coarse["coarse"].rank, fine["fine"].rank) == (1, 1)
    assert chi2_per_df(rows, FINE) < 0.5 * chi2_per_df(rows, COARSE)


def test_estimates_have_neither_the_noise_of_levels_nor_false_ranks() -> None:
    """In 60 cities: no bias in the variance, a term of ten levels without effect is not 0 by more than chance."""
    found = [importance(city(seed, n=8000), CERTIFIED, COARSE, GENDER, NOTHING) for seed in range(60)]
    calls = np.array([each["coarse"].log_odds_sd ** 2 for each in found])
    assert calls.mean() == pytest.approx(SPREAD**2, abs=3 * calls.std() / np.sqrt(60))
    nothing = np.array([each["nothing"].log_odds_sd for each in found])
    assert np.median(nothing) < 0.05
    assert (nothing == 0).mean() > 0.25
    assert np.mean([each["nothing"].low == 0 for each in found]) > 0.9
    covered = [each["coarse"].low <= SPREAD <= each["coarse"].high for each in found]
    assert np.mean(covered) > 0.88
    assert np.mean([each["coarse"].rank_low for each in found]) < 1.2
    assert all(each["nothing"].rank_high >= 3 for each in found)


def test_uncorrected_deviations_would_rank_noise() -> None:
    """What the correction is for: at 3,000 rows ten levels of nothing vary as much as the calls do."""
    raw, corrected = [], []
    for seed in range(20):
        fit, design, counts = fitted(city(seed, n=3000), CERTIFIED, COARSE, GENDER, NOTHING)
        positions, weights = design.positions("nothing"), counts.sum(axis=1)
        part = design.matrix[:, positions] @ fit.coefficients[positions, 0]
        raw.append(np.cov(part, fweights=weights.astype(int)))
        corrected.append(term_importance(fit, design, weights)["nothing"].log_odds_sd ** 2)
    assert np.mean(raw) > 0.7 * SPREAD**2
    assert np.mean(corrected) < 0.5 * np.mean(raw)


def test_a_number_and_an_indicator_count_by_their_spread_over_rows() -> None:
    rows = city(4).assign(experience=lambda frame: frame["officer"] % 30)
    fit, design, counts = fitted(rows, CERTIFIED, Term("experience", "number"), COARSE)
    exact = Fit(**{**vars(fit), "covariance": fit.covariance * 1e-12})
    found = term_importance(exact, design, counts.sum(axis=1))
    assert set(found) == {"certified", "experience", "coarse"}
    slope = abs(fit.coefficients[design.positions("experience")[0], 0])
    assert found["experience"].log_odds_sd == pytest.approx(slope * (rows["officer"] % 30).std(ddof=0), rel=1e-6)
    share = rows["certified"].mean()
    step = abs(fit.coefficients[design.positions("certified")[0], 0])
    assert found["certified"].log_odds_sd == pytest.approx(step * np.sqrt(share * (1 - share)), rel=1e-6)
    assert sorted(each.rank for each in found.values()) == [1, 2, 3]
    assert all(each.rank_low == each.rank == each.rank_high for each in found.values())


def test_the_same_fit_gives_the_same_digits() -> None:
    rows = city(5, n=8000)
    assert importance(rows, CERTIFIED, COARSE) == importance(rows, CERTIFIED, COARSE)


def test_a_fit_without_numbers_is_refused() -> None:
    rows = city(6, n=500).assign(force=lambda frame: (frame["coarse"] == "1").astype(int))
    fit, design, counts = fitted(rows, CERTIFIED, COARSE)
    with pytest.raises(ValueError, match="separation"):
        term_importance(fit, design, counts.sum(axis=1))
