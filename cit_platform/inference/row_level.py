"""Binary and multinomial logit fitted to single rows by statsmodels, with model-based or cluster-robust covariance."""

import warnings
from typing import Any

import numpy as np

from cit_platform.inference.covariance import SMALLEST_RATIO
from cit_platform.inference.design import Design, FloatArray, IntArray
from cit_platform.inference.fit import Fit, failed_fit, separation_verdict, too_few_clusters
from cit_platform.inference.verdict import Kind, Verdict

MAXIMUM_STEPS = 60
# Largest change of a coefficient in the last Newton step.
TOLERANCE = 1e-10
SINGULAR = Verdict(Kind.SEPARATION, {"singular": True})


def fit_rows(
    design: Design,
    outcome: IntArray,
    outcomes: tuple[str, ...],
    clusters: IntArray | None = None,
    start: FloatArray | None = None,
) -> Fit:
    """Fit the logit of an outcome to rows by maximum likelihood; two outcomes by Logit, more by MNLogit.

    Args:
        design: (n, p), of full column rank.
        outcome: (n,) codes into `outcomes`, each occurring.
        outcomes: J names, the reference first.
        clusters: (n,) cluster codes. With them the covariance is the sandwich over clusters with the finite-sample
            factor G / (G - 1) x (n - 1) / (n - k), k = p (J - 1), as statsmodels has it by default; without, that of
            the model.
        start: (p, J - 1) where the steps begin; zero if not given. The likelihood is concave: a start near its maximum
            saves steps, and none can choose another; from far off Newton's steps may not arrive, which is a verdict.

    Returns:
        A fit; without numbers and with a verdict where it did not converge, statsmodels warned, or the clusters are
        too few for a covariance (one, or not more than coefficients).

    Raises:
        ValueError: shapes do not match.

    Source: Agresti (2013), Categorical Data Analysis, 3rd ed., sec. 5.5 and 8.1; Cameron and Miller (2015), Journal of
    Human Resources 50, 317-372 (clusters).
    """
    if outcome.shape != (len(design.matrix),):
        raise ValueError(f"The outcome has shape {outcome.shape}, the design {design.matrix.shape}.")
    n_clusters = None if clusters is None else int(np.unique(clusters).size)
    n_coefficients = len(design.columns) * (len(outcomes) - 1)
    verdict = None if n_clusters is None else too_few_clusters(n_clusters, n_coefficients)
    if verdict:
        return failed_fit(design.columns, outcomes, len(outcome), n_clusters, verdict)
    results, verdict = _fit(design, outcome, outcomes, clusters, start)
    if verdict:
        return failed_fit(design.columns, outcomes, len(outcome), n_clusters, verdict)
    return Fit(
        columns=design.columns,
        outcomes=outcomes,
        coefficients=np.asarray(results.params, dtype=np.float64).reshape(len(design.columns), -1),
        covariance=np.asarray(results.cov_params(), dtype=np.float64),
        n_rows=len(outcome),
        n_clusters=n_clusters,
        log_likelihood=float(results.llf),
        converged=True,
        verdict=None,
    )


def _fit(
    design: Design,
    outcome: IntArray,
    outcomes: tuple[str, ...],
    clusters: IntArray | None,
    start: FloatArray | None,
) -> tuple[Any, Verdict | None]:
    """Results of statsmodels and a verdict, None where they can be used."""
    from statsmodels.discrete.discrete_model import Logit, MNLogit

    model = (Logit if len(outcomes) == 2 else MNLogit)(outcome, design.matrix, check_rank=False)
    options: dict[str, Any] = {"tol": TOLERANCE}
    if start is not None:
        options["start_params"] = start.ravel(order="F")
    if clusters is not None:
        options |= {"cov_type": "cluster", "cov_kwds": {"groups": clusters}}
    results, warned = newton(model, options)
    if results is None:
        return None, SINGULAR
    # The optimiser minimises the negative mean log-likelihood.
    information = len(outcome) * np.asarray(results.mle_retvals["Hessian"], dtype=np.float64)
    verdict = separation_verdict(information, design.matrix.T @ design.matrix, design.columns, outcomes)
    if verdict:
        return results, verdict
    robust = None if clusters is None else np.asarray(results.cov_params(), dtype=np.float64)
    return results, numbers_verdict(results, warned, information, robust)


def newton(model: Any, options: dict[str, Any]) -> tuple[Any, list[str]]:
    """Fit a model of statsmodels by Newton's steps; its results, None where a step met a singular matrix, and warnings.

    Not among them is what the process finds unclosed in the meantime: that is not about the fit.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.simplefilter("ignore", ResourceWarning)
        try:
            # No ridge: it would let the steps converge where the likelihood is flat.
            results = model.fit(method="newton", maxiter=MAXIMUM_STEPS, disp=0, ridge_factor=0, **options)
        except np.linalg.LinAlgError:
            return None, []
    return results, sorted({str(warning.message) for warning in caught})


def numbers_verdict(
    results: Any, warned: list[str], information: FloatArray, robust: FloatArray | None
) -> Verdict | None:
    """Why the numbers of a likelihood that has a maximum cannot be used; None where they can.

    Args:
        results: of `newton`.
        warned: likewise.
        information: (p (J - 1), p (J - 1)), positive definite.
        robust: the clustered covariance, of the same shape; None where there are no clusters.
    """
    if not results.mle_retvals["converged"]:
        return Verdict(Kind.NOT_CONVERGED, {"of": "", "steps": MAXIMUM_STEPS})
    if robust is not None and not _is_positive(robust, information):
        return Verdict(Kind.NOT_POSITIVE_DEFINITE)
    return Verdict(Kind.SOFTWARE_WARNED, {"warnings": warned}) if warned else None


def _is_positive(covariance: FloatArray, information: FloatArray) -> bool:
    """Whether a robust covariance is told from zero in every direction, in units of the model-based one."""
    root = np.linalg.cholesky(information)
    return bool(np.linalg.eigvalsh(root.T @ covariance @ root)[0] >= SMALLEST_RATIO)
