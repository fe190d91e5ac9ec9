"""Binary and multinomial logit fitted by statsmodels to counts, exactly as `row_level` fits the rows they represent."""

from typing import Any

import numpy as np
from scipy.special import logsumexp, xlogy

from cit_platform.inference.design import Design, FloatArray
from cit_platform.inference.fit import Fit, failed_fit, separation_verdict, too_few_clusters
from cit_platform.inference.patterns import ClusterCounts, check_counts
from cit_platform.inference.row_level import SINGULAR, newton, numbers_verdict
from cit_platform.inference.verdict import Verdict

# Numbers of the design that are expanded at once for the scores of cells: 32 MB.
LARGEST_BLOCK = 4_000_000


def fit_frequencies(
    design: Design,
    counts: FloatArray,
    outcomes: tuple[str, ...],
    cells: ClusterCounts | None = None,
    start: FloatArray | None = None,
) -> Fit:
    """Fit the logit of an outcome to counts by maximum likelihood, as statsmodels' generalised linear model.

    Two outcomes are a binomial model of the patterns. More are, as the multinomial logit takes no weights, a Poisson
    model of the counts by pattern and outcome, zeros among them, with an effect of each pattern. Its effects make the
    fitted counts of every pattern, and so of every cell, add up to the rows there are: their scores are zero within
    each cluster, and the slopes have the estimates and both covariances of the multinomial logit. As there is a column
    per pattern, more than two outcomes are for hundreds of patterns, not for many thousands.

    Args:
        design: (m, p) one row per pattern, of full column rank over the patterns that have rows.
        counts: (m, J) rows by pattern and outcome, each outcome occurring; the reference first.
        outcomes: J names.
        cells: the same counts by one clustering. With them the covariance is the sandwich over clusters with the
            finite-sample factor of `fit_rows`, n being rows and not cells; without, that of the model.
        start: (p, J - 1) where the steps begin, as `fit_rows` has it.

    Returns:
        A fit; without numbers and with a verdict where `fit_rows` has none.

    Raises:
        ValueError: shapes do not match, a count is negative or not finite, or the cells do not add up to the counts.

    Source: Palmgren (1981), Biometrika 68, 563-566; Baker (1994), The Statistician 43, 495-504; McCullagh and Nelder
    (1989), Generalized Linear Models, 2nd ed., sec. 6.4.
    """
    check_counts(counts, len(design.matrix), len(outcomes))
    _check_cells(cells, counts)
    n_rows = round(counts.sum())
    n_clusters = None if cells is None else int(np.unique(cells.clusters[cells.rows > 0, 0]).size)
    n_coefficients = len(design.columns) * (len(outcomes) - 1)
    verdict = None if n_clusters is None else too_few_clusters(n_clusters, n_coefficients)
    if verdict:
        return failed_fit(design.columns, outcomes, n_rows, n_clusters, verdict)
    if start is None:
        start = np.zeros((len(design.columns), len(outcomes) - 1))
    results, covariance, verdict = _fit(design, counts, outcomes, cells, start)
    if verdict:
        return failed_fit(design.columns, outcomes, n_rows, n_clusters, verdict)
    return Fit(
        columns=design.columns,
        outcomes=outcomes,
        coefficients=np.asarray(results.params[-n_coefficients:], dtype=np.float64).reshape(start.shape, order="F"),
        covariance=covariance,
        n_rows=n_rows,
        n_clusters=n_clusters,
        log_likelihood=_log_likelihood(results, counts),
        converged=True,
        verdict=None,
    )


def _check_cells(cells: ClusterCounts | None, counts: FloatArray) -> None:
    if cells is None:
        return
    if cells.clusters.shape[1] != 1:
        raise ValueError(f"Cells have {cells.clusters.shape[1]} clusterings; here they have one.")
    if not np.array_equal(cells.pattern_counts(len(counts)), counts):
        raise ValueError("The cells do not add up to the counts by pattern.")


def _fit(
    design: Design, counts: FloatArray, outcomes: tuple[str, ...], cells: ClusterCounts | None, start: FloatArray
) -> tuple[Any, FloatArray, Verdict | None]:
    """Results of statsmodels, the covariance of the slopes, and a verdict, None where they can be used."""
    none = np.empty((0, 0))
    occupied = np.asarray(counts.any(axis=1), dtype=np.bool_)
    matrix = design.matrix[occupied]
    model = _model(matrix, counts[occupied])
    effects = -logsumexp(np.column_stack([np.zeros(len(matrix)), matrix @ start]), axis=1)
    begin = [start.ravel(order="F")] if len(outcomes) == 2 else [effects, start.ravel(order="F")]
    # No tolerance: this model does not hand it on, and its own of 1e-8 leaves an error of its square.
    results, warned = newton(model, {"start_params": np.concatenate(begin)})
    if results is None:
        return None, none, SINGULAR
    information = _slope_information(-model.hessian(results.params, scale=1.0), start.size)
    verdict = separation_verdict(information, design.gram(counts.sum(axis=1)), design.columns, outcomes)
    if verdict:
        return None, none, verdict
    covariance = np.asarray(np.linalg.inv(information), dtype=np.float64)
    if cells is not None:
        scores = _cluster_scores(matrix, cells.of_patterns(occupied), results.params, start.size)
        covariance = _sandwich(scores, covariance, counts.sum())
    verdict = numbers_verdict(results, warned, information, None if cells is None else covariance)
    return results, covariance, verdict


def _model(matrix: FloatArray, counts: FloatArray, effects: FloatArray | None = None) -> Any:
    """A generalised linear model of counts (c, J) that have rows in each cell, whose patterns are `matrix` (c, p).

    Of more than two outcomes it has a line per cell and outcome, (c J,), and its columns are the effects of the
    patterns (c), unless they are known (c,), before the slopes, outcome by outcome.
    """
    from statsmodels.genmod.families import Binomial, Poisson
    from statsmodels.genmod.generalized_linear_model import GLM

    n_outcomes = counts.shape[1]
    if n_outcomes == 2:
        return GLM(counts[:, ::-1], matrix, family=Binomial())
    lines = np.einsum("ja,cp->cjap", np.eye(n_outcomes)[:, 1:], matrix).reshape(counts.size, -1)
    offset = np.log(counts.sum(axis=1))
    if effects is None:
        lines = np.hstack([np.repeat(np.eye(len(matrix)), n_outcomes, axis=0), lines])
    else:
        offset += effects
    return GLM(counts.ravel(), lines, family=Poisson(), offset=np.repeat(offset, n_outcomes))


def _slope_information(information: FloatArray, n_slopes: int) -> FloatArray:
    """What is left of the information on the last columns, the slopes, once the effects before them are estimated.

    The inverse is the slopes' block of the inverse of the whole. Each pattern has one effect, so theirs is diagonal.
    """
    n_effects = len(information) - n_slopes
    shared = information[:n_effects, n_effects:]
    own = np.diag(information)[:n_effects, None]
    return np.asarray(information[n_effects:, n_effects:] - shared.T @ (shared / own), dtype=np.float64)


def _cluster_scores(matrix: FloatArray, cells: ClusterCounts, parameters: FloatArray, n_slopes: int) -> FloatArray:
    """Gradient of the log-likelihood at the slopes by cluster, (G, p (J - 1)), block by block of cells."""
    from statsmodels.tools.grouputils import group_sums

    effects, slopes = parameters[:-n_slopes], parameters[-n_slopes:]
    n_outcomes = cells.counts.shape[1]
    lines = 1 if n_outcomes == 2 else n_outcomes
    occupied = np.flatnonzero(cells.rows)
    present, codes = np.unique(cells.clusters[occupied, 0], return_inverse=True)
    scores = np.zeros((len(present), n_slopes))
    for block in np.array_split(np.arange(len(occupied)), 1 + len(occupied) * lines * n_slopes // LARGEST_BLOCK):
        chosen = occupied[block]
        pattern = cells.pattern[chosen]
        known = effects[pattern] if len(effects) else None
        values = _model(matrix[pattern], cells.counts[chosen], known).score_obs(slopes, scale=1.0)
        # Clusters are numbered within the block, which holds few of them.
        within, numbers = np.unique(codes[block], return_inverse=True)
        scores[within] += group_sums(values, np.repeat(numbers, lines))
    return scores


def _sandwich(scores: FloatArray, inverse: FloatArray, n_rows: float) -> FloatArray:
    """Sandwich over clusters with the factor G / (G - 1) x (n - 1) / (n - k).

    Not with statsmodels' own factor, which takes the number of lines for n.
    """
    from statsmodels.stats.sandwich_covariance import cov_cluster

    n_clusters, n_slopes = scores.shape
    factor = n_clusters / (n_clusters - 1) * (n_rows - 1) / (n_rows - n_slopes)
    covariance = cov_cluster((scores, inverse), np.arange(n_clusters), use_correction=False)
    return np.asarray(factor * covariance, dtype=np.float64)


def _log_likelihood(results: Any, counts: FloatArray) -> float:
    """Log-likelihood of the single rows: without the constants of binomial and Poisson counts."""
    occupied = counts[counts.any(axis=1)]
    fitted = np.asarray(results.fittedvalues, dtype=np.float64)
    if counts.shape[1] == 2:
        probability = np.column_stack([1.0 - fitted, fitted])
    else:
        probability = fitted.reshape(occupied.shape) / occupied.sum(axis=1, keepdims=True)
    return float(xlogy(occupied, probability).sum())
