"""Binary logit with a random intercept per cluster, fitted to counts by the Laplace approximation."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import chdtri, expit

from cit_platform.inference.counts import fit_counts
from cit_platform.inference.design import Design, FloatArray, IntArray
from cit_platform.inference.fit import Fit, failed_fit
from cit_platform.inference.intervals import CONFIDENCE
from cit_platform.inference.patterns import Cells, check_counts

# Standard deviation, in log odds, at which the search begins.
START = 0.5
# Gain in log-likelihood below which the best standard deviation is zero.
SMALLEST_GAIN = 1e-6
# The search ends at this gradient, in log-likelihood per standard error; Newton steps follow until one is as short as
# this, in standard errors: the next would be its square.
GRADIENT_TOLERANCE = 1e-4
STEP_TOLERANCE = 1e-3
# Its square is the error of a likelihood that is compared with an edge.
HELD_TOLERANCE = 1e-3
MAXIMUM_STEPS = 200
MAXIMUM_NEWTON_STEPS = 20
# Step of the numerical second derivatives, in standard errors.
DIFFERENCE = 1e-3
# Relative error of a limit of the standard deviation, and the doublings after which the upper one counts as infinite.
LIMIT_TOLERANCE = 1e-5
MAXIMUM_DOUBLINGS = 6
MAXIMUM_MODE_STEPS = 100
MODE_TOLERANCE = 1e-10
# In log odds, or in standard deviations where those are less.
LARGEST_MODE_STEP = 3.0


@dataclass(frozen=True, eq=False)
class MixedFit:
    """A binary logit with normal intercepts of clusters.

    `fit` holds coefficients, their covariance, the Laplace log-likelihood (without the binomial constant) and the
    verdict; its odds ratios compare rows of one cluster, not rows of the population. `sd` is the standard deviation of
    the intercepts in log odds, with its standard error and with 95 % limits from the profile likelihood. `covariance`
    (p + 1, p + 1) is that of the coefficients and, last, of `sd`. Where the likelihood is highest without variation,
    `at_boundary` is true, `sd` is zero and has no standard error, and `fit` is that of `fit_counts`.
    """

    fit: Fit
    sd: float
    sd_std_error: float
    sd_low: float
    sd_high: float
    covariance: FloatArray
    at_boundary: bool


@dataclass(frozen=True, eq=False)
class _Rows:
    """Cells with rows: `pattern`, `cluster` without gaps, `events` and `total`, all (c,); `matrix` (m, p)."""

    matrix: FloatArray
    pattern: IntArray
    cluster: IntArray
    n_clusters: int
    events: FloatArray
    total: FloatArray

    def by_cluster(self, values: FloatArray) -> FloatArray:
        return np.bincount(self.cluster, weights=values, minlength=self.n_clusters).astype(np.float64)

    def times_design(self, values: FloatArray) -> FloatArray:
        return np.bincount(self.pattern, weights=values, minlength=len(self.matrix)) @ self.matrix


def fit_mixed(design: Design, cells: Cells, outcomes: tuple[str, ...], *, clustering: int = 0) -> MixedFit:
    """Fit a binary logit whose intercept varies between clusters by a normal distribution.

    The integral over each cluster's intercept is replaced by Laplace's approximation, as R's glmer does with nAGQ = 1.
    It is good where clusters have many rows. Where most have few events, the standard deviation comes out too small;
    with hardly any it can come out far too large, with limits that say so.

    Args:
        design: (m, p) patterns, of full column rank over those that have rows.
        cells: counts by cluster and pattern, two outcomes.
        outcomes: two names, the reference first.
        clustering: which of the clusterings of the cells.

    Returns:
        A mixed fit; without numbers and with a verdict where the fit without clusters has none, where there is one
        cluster, no cluster has two rows of some outcome, or the search did not settle.

    Raises:
        ValueError: there are not two outcomes, or `fit_counts` refuses the counts.

    Source: Breslow and Clayton (1993), Journal of the American Statistical Association 88, 9-25; Bates, Mächler, Bolker
    and Walker (2015), Journal of Statistical Software 67(1) (the same approximation in lme4).
    """
    if len(outcomes) != 2:
        raise ValueError(f"The mixed logit is for two outcomes, not for {len(outcomes)}.")
    # A negative count could hide behind a positive one of the same pattern.
    check_counts(cells.counts, len(cells.pattern), len(outcomes))
    plain = fit_counts(design, cells.pattern_counts(len(design.matrix)), outcomes)
    rows = _rows(design, cells, clustering)
    plain = replace(plain, n_clusters=rows.n_clusters)
    verdict = plain.verdict or _cluster_verdict(rows, outcomes)
    if verdict:
        return _failed(plain, verdict)
    scale = _scale(rows, plain)
    found, height = _search(rows, np.append(plain.coefficients[:, 0], START), scale)
    if not np.isfinite(height):
        return _failed(plain, "no convergence of the mixed logit: the modes of the intercepts were not found")
    if height < plain.log_likelihood + SMALLEST_GAIN:
        return _without_variation(rows, plain, scale)
    return _finish(rows, plain, found, scale)


def _rows(design: Design, cells: Cells, clustering: int) -> _Rows:
    total = cells.counts.sum(axis=1)
    kept = total > 0
    codes, cluster = np.unique(cells.clusters[kept, clustering], return_inverse=True)
    return _Rows(design.matrix, cells.pattern[kept], cluster, len(codes), cells.counts[kept, 1], total[kept])


def _cluster_verdict(rows: _Rows, outcomes: tuple[str, ...]) -> str:
    if rows.n_clusters == 1:
        return "one cluster: how clusters vary cannot be estimated"
    most = [rows.by_cluster(values).max() for values in (rows.total - rows.events, rows.events)]
    single = [name for name, n in zip(outcomes, most, strict=True) if n < 2]
    if single:
        return f"no cluster has two rows that are {single[0]}: how clusters vary cannot be told from chance"
    return ""


def _failed(plain: Fit, verdict: str) -> MixedFit:
    nan, n = float("nan"), len(plain.columns) + 1
    failed = failed_fit(plain.columns, plain.outcomes, plain.n_rows, plain.n_clusters, verdict)
    return MixedFit(failed, nan, nan, nan, nan, np.full((n, n), np.nan), at_boundary=False)


def _without_variation(rows: _Rows, plain: Fit, scale: FloatArray) -> MixedFit:
    n = len(plain.columns) + 1
    covariance = np.full((n, n), np.nan)
    covariance[:-1, :-1] = plain.covariance
    _, high = _limits(rows, plain, plain, 0.0, scale)
    return MixedFit(plain, 0.0, float("nan"), 0.0, high, covariance, at_boundary=True)


def _scale(rows: _Rows, plain: Fit) -> FloatArray:
    """Lower triangle (p + 1, p + 1) that turns standard errors, roughly, into coefficients and standard deviation."""
    probability = expit((rows.matrix @ plain.coefficients[:, 0])[rows.pattern])
    weight = rows.by_cluster(rows.total * probability * (1.0 - probability))
    # Information on the standard deviation at its start, were the outcome normal with these weights.
    share = START * weight / (1.0 + START**2 * weight)
    scale = np.zeros((len(plain.covariance) + 1, len(plain.covariance) + 1))
    scale[:-1, :-1] = np.linalg.cholesky(plain.covariance)
    scale[-1, -1] = 1.0 / np.sqrt(2.0 * (share @ share))
    return scale


def _search(rows: _Rows, start: FloatArray, scale: FloatArray) -> tuple[FloatArray, float]:
    """Coefficients and standard deviation (p + 1,) near the maximum, and its height."""
    modes = np.zeros(rows.n_clusters)

    def depth(steps: FloatArray) -> tuple[float, FloatArray]:
        height, gradient = _laplace(rows, start + scale @ steps, modes)
        return -height, -scale.T @ gradient

    steps, lowest = _deepest(depth, len(start), GRADIENT_TOLERANCE)
    found = start + scale @ steps
    # The likelihood is the same for either sign.
    return np.append(found[:-1], abs(found[-1])), -lowest


def _deepest(
    depth: Callable[[FloatArray], tuple[float, FloatArray]], n_steps: int, tolerance: float
) -> tuple[FloatArray, float]:
    """Where a function with its gradient is lowest, beginning at zero, and how low."""
    from scipy.optimize import minimize

    found = minimize(
        depth, np.zeros(n_steps), jac=True, method="BFGS", options={"gtol": tolerance, "maxiter": MAXIMUM_STEPS}
    )
    return np.asarray(found.x, dtype=np.float64), float(found.fun)


def _finish(rows: _Rows, plain: Fit, found: FloatArray, scale: FloatArray) -> MixedFit:
    """Newton steps to the peak, the covariance from the curvature there, and the verdict."""
    modes = np.zeros(rows.n_clusters)
    for _ in range(MAXIMUM_NEWTON_STEPS):
        gradient, curvature = _derivatives(rows, found, scale, modes)
        if not np.isfinite(curvature).all() or np.linalg.eigvalsh(curvature)[0] <= 0:
            return _failed(
                plain, f"no convergence of the mixed logit: no peak near the standard deviation {found[-1]:.3g}"
            )
        step = np.linalg.solve(curvature, gradient)
        found = found + scale @ step
        if np.max(np.abs(step)) < STEP_TOLERANCE:
            break
    else:
        return _failed(plain, f"no convergence of the mixed logit in {MAXIMUM_NEWTON_STEPS} Newton steps")
    covariance = np.asarray(scale @ np.linalg.inv(curvature) @ scale.T, dtype=np.float64)
    fit = replace(
        plain,
        coefficients=found[:-1, None],
        covariance=covariance[:-1, :-1],
        log_likelihood=_laplace(rows, found, modes)[0],
    )
    sd, std_error = float(found[-1]), float(np.sqrt(covariance[-1, -1]))
    low, high = _limits(rows, plain, fit, sd, scale)
    return MixedFit(fit, sd, std_error, low, high, covariance, at_boundary=False)


def _limits(rows: _Rows, plain: Fit, fit: Fit, sd: float, scale: FloatArray) -> tuple[float, float]:
    """Standard deviations at which twice the profile log-likelihood has fallen by the 95 % point of chi-square.

    The lower limit is zero where the likelihood without variation lies above that edge.
    """
    from scipy.optimize import brentq

    edge = fit.log_likelihood - 0.5 * float(chdtri(1, 1.0 - CONFIDENCE))
    modes = np.zeros(rows.n_clusters)

    def above(held: float) -> float:
        return (_held(rows, fit, held, modes) if held > 0 else plain.log_likelihood) - edge

    low = 0.0 if plain.log_likelihood >= edge else float(brentq(above, 0.0, sd, rtol=LIMIT_TOLERANCE))
    inside, width = sd, 2.0 * float(scale[-1, -1])
    for doubling in range(MAXIMUM_DOUBLINGS):
        outside = sd + width * 2.0**doubling
        if above(outside) < 0:
            return low, float(brentq(above, inside, outside, rtol=LIMIT_TOLERANCE))
        inside = outside
    return low, np.inf


def _held(rows: _Rows, fit: Fit, sd: float, modes: FloatArray) -> float:
    """Laplace log-likelihood with the standard deviation held, maximised over the coefficients."""
    start, scale = fit.coefficients[:, 0], np.linalg.cholesky(fit.covariance)

    def depth(steps: FloatArray) -> tuple[float, FloatArray]:
        height, gradient = _laplace(rows, np.append(start + scale @ steps, sd), modes)
        return -height, -scale.T @ gradient[:-1]

    return -_deepest(depth, len(start), HELD_TOLERANCE)[1]


def _derivatives(
    rows: _Rows, centre: FloatArray, scale: FloatArray, modes: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Gradient (p + 1,) and negative second derivatives, by differences of gradients, in units of `scale`."""

    def gradient(steps: FloatArray) -> FloatArray:
        return np.asarray(scale.T @ _laplace(rows, centre + scale @ steps, modes)[1], dtype=np.float64)

    units = DIFFERENCE * np.eye(len(centre))
    curvature = np.array([gradient(-unit) - gradient(unit) for unit in units]) / (2.0 * DIFFERENCE)
    return gradient(np.zeros(len(centre))), (curvature + curvature.T) / 2.0


def _laplace(rows: _Rows, parameters: FloatArray, modes: FloatArray) -> tuple[float, FloatArray]:
    """Laplace log-likelihood and its gradient by coefficients and standard deviation, (p + 1,).

    `modes` (G,) is where the search for the modes of the standardised intercepts begins; it is left at the modes.
    With u the mode, r = events - expected, w = n p (1 - p), w' = w (1 - 2 p) and h = 1 + sd² sum(w), the cluster's part
    is sum(log p) - u² / 2 - log(h) / 2; the mode moves with the parameters by h⁻¹ times the cross derivative.
    """
    coefficients, sd = parameters[:-1], float(parameters[-1])
    fixed = (rows.matrix @ coefficients)[rows.pattern]
    if not _find_modes(rows, fixed, sd, modes):
        return -np.inf, np.full_like(parameters, np.nan)
    predictor = fixed + sd * modes[rows.cluster]
    probability = expit(predictor)
    residual = rows.events - rows.total * probability
    weight = rows.total * probability * (1.0 - probability)
    slope = weight * (1.0 - 2.0 * probability)
    sum_residual, sum_weight, sum_slope = map(rows.by_cluster, (residual, weight, slope))
    h = 1.0 + sd**2 * sum_weight
    moved = sd**3 * sum_slope / h**2
    height = rows.events @ predictor - rows.total @ np.logaddexp(0.0, predictor) - (modes @ modes + np.log(h).sum()) / 2
    by_predictor = residual + (moved * sd)[rows.cluster] * weight / 2 - (sd**2 / h)[rows.cluster] * slope / 2
    by_sd = (
        modes * sum_residual
        - (2.0 * sd * sum_weight + sd**2 * modes * sum_slope) / (2.0 * h)
        - moved * (sum_residual - sd * modes * sum_weight) / 2
    )
    return float(height), np.append(rows.times_design(by_predictor), by_sd.sum())


def _find_modes(rows: _Rows, fixed: FloatArray, sd: float, modes: FloatArray) -> bool:
    """Move `modes` to the modes of the standardised intercepts by Newton steps of all clusters at once."""
    largest = LARGEST_MODE_STEP / max(abs(sd), 1.0)
    for _ in range(MAXIMUM_MODE_STEPS):
        probability = expit(fixed + sd * modes[rows.cluster])
        gradient = sd * rows.by_cluster(rows.events - rows.total * probability) - modes
        h = 1.0 + sd**2 * rows.by_cluster(rows.total * probability * (1.0 - probability))
        step = np.clip(gradient / h, -largest, largest)
        modes += step
        if np.max(np.abs(step)) < MODE_TOLERANCE:
            return True
    modes[:] = 0.0
    return False
