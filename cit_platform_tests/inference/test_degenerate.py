"""Degenerate input from diagnosis to clustered covariance: a verdict that names the cause, or numbers that hold."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from cit_platform.inference.counts import fit_counts
from cit_platform.inference.covariance import clustered
from cit_platform.inference.design import Design, predictors_of
from cit_platform.inference.diagnosis import Diagnosis, diagnose
from cit_platform.inference.fit import Fit
from cit_platform.inference.likelihood import information, probabilities, residuals
from cit_platform.inference.patterns import ClusterCounts
from cit_platform_tests.inference.tables import AGE, EXPOSED, KIND, PLACE, random_table

# Of resources: what other tests of the process have left, collected while these run.
pytestmark = pytest.mark.filterwarnings("error", "ignore::ResourceWarning")

TERMS = (EXPOSED, AGE, PLACE, KIND)
NAMES = ("none", "force", "more")


def analysed(frame: pd.DataFrame, cells: ClusterCounts) -> tuple[Diagnosis, Fit | None, Design | None, np.ndarray]:
    """Diagnosis and, where there is something to fit, the clustered fit with its design and counts."""
    counts = cells.pattern_counts(len(frame))
    names = NAMES[: counts.shape[1]]
    diagnosis = diagnose(predictors_of(frame, TERMS), counts, names, TERMS, "exposed", cells)
    if diagnosis.design is None:
        return diagnosis, None, None, counts
    kept = counts[diagnosis.kept]
    fit = fit_counts(diagnosis.design, kept, names)
    return diagnosis, clustered(fit, diagnosis.design, cells.of_patterns(diagnosis.kept)), diagnosis.design, kept


def by_rows(table: pd.DataFrame, n_outcomes: int = 2, weights: float = 1.0) -> tuple[pd.DataFrame, ClusterCounts]:
    hit = (table["outcome"].to_numpy()[:, None] == np.arange(n_outcomes)).astype(float)
    return table, ClusterCounts(np.arange(len(table)), weights * hit, table[["cluster"]].to_numpy())


def sound(n_outcomes: int = 2) -> pd.DataFrame:
    return random_table(3, 1200, n_outcomes)


def separated(quasi: bool) -> pd.DataFrame:
    """The outcome is the exposure; quasi-completely, it never occurs among the exposed."""
    table = sound()
    return table.assign(outcome=table["outcome"] * (1 - table["exposed"]) if quasi else table["exposed"])


VERDICTS = {
    "complete separation of the exposure": (
        lambda: by_rows(separated(quasi=False)),
        "rows with exposed = 1 are none, which separates the outcome",
    ),
    "quasi-complete separation of the exposure": (
        lambda: by_rows(separated(quasi=True)),
        "rows with exposed = 1 are force, which separates the outcome",
    ),
    "constant exposure": (
        lambda: by_rows(sound().assign(exposed=1)),
        "exposed is constant: no row has exposed = 0",
    ),
    "exposure collinear with a level": (
        lambda: by_rows(sound().assign(place=lambda t: np.where(t["exposed"] == 1, "south", "north"))),
        "exposed is collinear with place south",
    ),
    "exposure within one cluster": (
        lambda: by_rows(sound().assign(cluster=lambda t: np.where(t["exposed"] == 1, 0, 1 + t["cluster"]))),
        "rows with exposed = 1 are of one cluster",
    ),
    "one cluster": (lambda: by_rows(sound().assign(cluster=0)), "rows with exposed = 1 are of one cluster"),
    "fewer clusters than parameters": (
        lambda: by_rows(sound().assign(cluster=lambda t: t["cluster"] % 7)),
        "too few clusters: 7 clusters for 8 coefficients",
    ),
    "zero rows": (lambda: by_rows(sound().iloc[:0]), "no rows"),
    "all one outcome": (lambda: by_rows(sound().assign(outcome=1)), "all 1200 rows are force: no contrast"),
    "weights of zero": (lambda: by_rows(sound(), weights=0.0), "no rows"),
    "NaN": (
        lambda: by_rows(sound().assign(age=lambda t: t["age"].astype(float).mask(t.index < 2))),
        "age is missing or infinite in 2 rows",
    ),
    "infinity": (
        lambda: by_rows(sound().assign(age=lambda t: t["age"].astype(float).mask(t.index < 2, -np.inf))),
        "age is missing or infinite in 2 rows",
    ),
    "missing level": (
        lambda: by_rows(sound().assign(place=lambda t: t["place"].mask(t.index < 2))),
        "place is missing or infinite in 2 rows",
    ),
    "separation by a number": (
        lambda: by_rows(sound().assign(outcome=lambda t: (t["age"] > 20).astype(int))),
        "separation: the likelihood has no finite maximum along intercept (force), age (force)",
    ),
}


@pytest.mark.parametrize("case", VERDICTS)
def test_no_answer_says_why(case: str) -> None:
    make, words = VERDICTS[case]
    diagnosis, fit, _, _ = analysed(*make())
    assert words in str(diagnosis.verdict if fit is None else fit.verdict)
    if fit is not None:
        assert not fit.converged
        assert np.isnan(fit.coefficients).all()
        assert np.isnan(fit.covariance).all()


NUISANCES = {
    "control level without events": (
        lambda t: t.assign(outcome=t["outcome"].mask(t["kind"] == "c", 0)),
        "kind c",
        "level left out: no force in its",
    ),
    "control level within one cluster": (
        lambda t: t.assign(cluster=t["cluster"].mask(t["kind"] == "c", 0)),
        "kind c",
        "level left out: all its",
    ),
    "constant column": (lambda t: t.assign(age=7), "age", "age is constant"),
    "collinear columns": (
        lambda t: t.assign(kind=t["place"].map({"north": "a", "south": "b", "west": "c"})),
        "kind b",
        "kind b is collinear with place south",
    ),
}


@pytest.mark.parametrize("case", NUISANCES)
def test_a_nuisance_is_named_and_the_exposure_estimated(case: str) -> None:
    change, column, reason = NUISANCES[case]
    diagnosis, fit, _, _ = analysed(*by_rows(change(sound())))
    named = {o.column.label: str(o.verdict) for o in (*diagnosis.left_out, *diagnosis.unidentified)}
    assert named[column].startswith(reason)
    assert fit is not None
    assert fit.converged
    assert np.isfinite(fit.std_errors).all()


def test_a_billion_rows_in_one_pattern() -> None:
    table, cells = by_rows(sound())
    counts = cells.counts.copy()
    counts[0] = [0.9e9, 0.1e9]
    _, fit, _, _ = analysed(table, ClusterCounts(cells.pattern, counts, cells.clusters))
    assert fit is not None
    assert fit.converged
    assert fit.n_rows == 10**9 + 1199
    assert np.isfinite(fit.std_errors).all()
    assert (fit.std_errors > 0).all()


@st.composite
def small_tables(draw: st.DrawFn) -> tuple[pd.DataFrame, ClusterCounts]:
    n_patterns, n_cells = draw(st.integers(1, 12)), draw(st.integers(1, 50))
    n_outcomes, n_clusters = draw(st.integers(2, 3)), draw(st.integers(1, 25))

    def column(values: st.SearchStrategy[object]) -> list[object]:
        return draw(st.lists(values, min_size=n_patterns, max_size=n_patterns))

    frame = pd.DataFrame(
        {
            "exposed": column(st.integers(0, 1)),
            "age": pd.Series(column(st.sampled_from([0, 1, 2, 30, 1000])), dtype=float),
            "place": column(st.sampled_from(["north", "south", "west"])),
            "kind": column(st.sampled_from(["a", "b"])),
        }
    )
    count = st.sampled_from([0, 0, 1, 1, 2, 5, 20, 300, 10**9])
    cell = st.tuples(
        st.integers(0, n_patterns - 1),
        st.integers(0, n_clusters - 1),
        st.lists(count, min_size=n_outcomes, max_size=n_outcomes),
    )
    cells = draw(st.lists(cell, min_size=n_cells, max_size=n_cells))
    pattern, clusters, counts = zip(*cells, strict=True)
    return frame, ClusterCounts(np.array(pattern), np.array(counts, dtype=float), np.array(clusters)[:, None])


@given(small_tables())
@settings(max_examples=150, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate])
def test_numbers_are_at_a_maximum_or_there_is_a_verdict(table: tuple[pd.DataFrame, ClusterCounts]) -> None:
    diagnosis, fit, design, counts = analysed(*table)
    if fit is None or design is None:
        assert diagnosis.verdict
        return
    if not fit.converged:
        assert fit.verdict
        assert np.isnan(fit.coefficients).all()
        return
    assert (diagnosis.verdict, fit.verdict) == (None, None)
    assert np.isfinite(fit.coefficients).all()
    assert (fit.std_errors > 0).all()
    probability, total = probabilities(design.matrix, fit.coefficients), counts.sum(axis=1)
    gradient = (design.matrix.T @ residuals(counts, probability)).ravel(order="F")
    # The square of the Newton step that is left, in standard errors.
    left = gradient @ np.linalg.solve(information(design, total, probability), gradient)
    assert left < 1e-12
