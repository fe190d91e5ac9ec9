"""One exposure with a coefficient of its own in each group of rows, in one fit, so that their covariance is joint."""

from collections.abc import Sequence

import numpy as np

from cit_platform.inference.counts import fit_counts
from cit_platform.inference.design import Design, DesignColumn, FloatArray, IntArray
from cit_platform.inference.fit import Fit
from cit_platform.inference.intervals import Interval, plain_interval
from cit_platform.inference.likelihood import information, probabilities
from cit_platform.inference.standardisation import average_risks


def split_exposure(design: Design, exposure: str, group: IntArray, names: Sequence[str]) -> Design:
    """The design with the column of an exposure in as many as there are groups: each is 0 outside its own.

    Args:
        design: (m, p) patterns, the exposure one of the columns.
        exposure: a term of one column.
        group: (m,) position of each row's group among the names.
        names: of the groups; the columns bear the terms that `term_of` gives them.

    Raises:
        ValueError: the exposure is not exactly one column, or a row has no group.
    """
    positions = design.positions(exposure)
    if len(positions) != 1 or group.min(initial=0) < 0 or group.max(initial=0) >= len(names):
        raise ValueError(f"{exposure} has {len(positions)} columns for {len(names)} groups of rows.")
    own = design.matrix[:, positions] * (group[:, None] == np.arange(len(names)))
    rest = design.without(positions)
    columns = tuple(DesignColumn(term_of(exposure, name)) for name in names)
    return Design((*rest.columns, *columns), np.asfortranarray(np.hstack([rest.matrix, own])))


def term_of(exposure: str, name: str) -> str:
    """The term of the exposure in one group."""
    return f"{exposure} in {name}"


def even_covariance(fit: Fit, design: Design, counts: FloatArray, whole: Design, exposure: str) -> FloatArray:
    """Covariance of the coefficients of the groups, each as it were were they all alike: for weighing them.

    The variance of a group's log odds ratio goes by the same few events as the estimate, so that a mean weighted by
    its inverse leans towards the groups that erred to one side. Here each standard error is what the information has
    it be at the fit with one coefficient for all groups; correlations and the allowance for clusters stay.

    Args:
        fit: a converged binary fit of a split design, its covariance clustered or not.
        design: that design, (m, p).
        counts: (m, 2) rows of each pattern by outcome.
        whole: the design before the exposure was split, (m, q).
        exposure: the term that was split; its k columns are the last.

    Returns:
        (k, k); the covariance of the fit where one coefficient for all groups cannot be fitted.

    Source: Bakbergenuly, Hoaglin and Kulinskaya (2020), Research Synthesis Methods 11, 426-442 (the bias of
    inverse-variance weights, and weights that do not know the estimate).
    """
    k = design.matrix.shape[1] - whole.without(whole.positions(exposure)).matrix.shape[1]
    own = fit.covariance[-k:, -k:]
    alike = fit_counts(whole, counts, fit.outcomes)
    if not alike.converged:
        return own
    rows = counts.sum(axis=1)
    of_each, of_all = (
        np.diag(np.linalg.inv(information(design, rows, probability)))[-k:]
        for probability in (
            probabilities(design.matrix, fit.coefficients),
            probabilities(whole.matrix, alike.coefficients),
        )
    )
    scale = np.sqrt(of_all / of_each)
    scaled: FloatArray = own * np.outer(scale, scale)
    return scaled


def risk_differences(
    fit: Fit, design: Design, weights: FloatArray, exposure: str, group: IntArray, names: Sequence[str]
) -> Interval:
    """The risk difference of the last outcome in each group, standardised over its rows, and between all pairs.

    Args:
        fit: a converged fit of a split design.
        design: that design, (m, p).
        weights: (m,) rows that each row of the design represents.
        exposure: the term that was split.
        group: (m,) group of each row.
        names: of the k groups.

    Returns:
        k differences, exposed less not exposed, then those of the later pairs: of groups 0 and 1, 0 and 2, 1 and 2, ….
        95 % limits by the delta method, the rows taken as fixed; by t where those of the fit are.

    Source: as `standardise`; VanderWeele and Knol (2014), Epidemiologic Methods 3, 33-72 (on the additive scale).
    """
    value, gradient = [], []
    for place, name in enumerate(names):
        exposed, unexposed = average_risks(fit, design, weights * (group == place), term_of(exposure, name))
        value.append(exposed.risk[-1] - unexposed.risk[-1])
        gradient.append(exposed.gradient[-1] - unexposed.gradient[-1])
    pairs = pairs_of(len(names))
    values = np.array([*value, *(value[a] - value[b] for a, b in pairs)])
    gradients = np.array([*gradient, *(gradient[a] - gradient[b] for a, b in pairs)])
    variance: FloatArray = np.einsum("ij,jk,ik->i", gradients, fit.covariance, gradients)
    clusters = None if fit.clusters_of is None else fit.clusters_of(gradients)
    return plain_interval(values, np.sqrt(variance), clusters)


def pairs_of(n: int) -> list[tuple[int, int]]:
    """Positions of all pairs among n, the first of a pair before the second."""
    return [(a, b) for a in range(n) for b in range(a + 1, n)]
