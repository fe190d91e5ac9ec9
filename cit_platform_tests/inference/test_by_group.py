"""An exposure split by groups, against the logit of statsmodels with the same interaction."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from benchmarks.by_group.__main__ import summary
from benchmarks.by_group.simulation import group_city
from cit_platform.inference.by_group import even_covariance, pairs_of, risk_differences, split_exposure
from cit_platform.inference.counts import fit_counts
from cit_platform.inference.covariance import clustered
from cit_platform.inference.design import Term, design_matrix, predictors_of
from cit_platform.inference.patterns import group_clusters, group_rows

TERMS = (Term("exposed", "indicator"), Term("kind", "categorical", "a"), Term("age", "number"))
NAMES = ("a", "b", "c")


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    draw = np.random.default_rng(5)
    n = 3_000
    frame = pd.DataFrame(
        {
            "exposed": draw.integers(0, 2, n),
            "kind": draw.choice(NAMES, n),
            "age": draw.integers(0, 4, n),
            "officer": draw.integers(0, 90, n),
        }
    )
    slope = frame["kind"].map({"a": -0.8, "b": 0.0, "c": 0.5})
    log_odds = -1.2 + slope * frame["exposed"] + 0.4 * (frame["kind"] == "b") + 0.1 * frame["age"]
    return frame.assign(event=(draw.random(n) < 1 / (1 + np.exp(-log_odds))).astype(int))


def fitted(rows: pd.DataFrame):  # type: ignore[no-untyped-def]
    outcome = rows["event"].to_numpy()
    patterns = group_rows(predictors_of(rows, TERMS), outcome, 2)
    cells = group_clusters(patterns.row_pattern, rows["officer"].to_numpy(), outcome, 2)
    predictors = patterns.predictors
    frame = pd.DataFrame(
        {
            "exposed": predictors.numbers["exposed"],
            "kind": np.array(predictors.factors["kind"].levels)[predictors.factors["kind"].codes],
            "age": predictors.numbers["age"],
        }
    )
    group = predictors.factors["kind"].codes
    design = split_exposure(design_matrix(frame, TERMS), "exposed", group, NAMES)
    fit = clustered(fit_counts(design, patterns.counts, ("no", "yes")), design, cells)
    return fit, design, patterns.counts.sum(axis=1), group


def test_coefficients_and_covariance_are_those_of_the_interaction(rows: pd.DataFrame) -> None:
    fit, design, _, _ = fitted(rows)
    peer = smf.logit("event ~ C(kind) + age + exposed:C(kind)", rows).fit(
        disp=0, tol=1e-12, cov_type="cluster", cov_kwds={"groups": rows["officer"].to_numpy()}
    )
    for name in NAMES:
        at = design.positions(f"exposed in {name}")[0]
        assert fit.coefficients[at, 0] == pytest.approx(peer.params[f"exposed:C(kind)[{name}]"], rel=1e-7)
        assert fit.std_errors[at, 0] == pytest.approx(peer.bse[f"exposed:C(kind)[{name}]"], rel=1e-7)


def test_risk_differences_are_averages_over_the_rows_of_the_group(rows: pd.DataFrame) -> None:
    fit, design, weights, group = fitted(rows)
    found = risk_differences(fit, design, weights, "exposed", group, NAMES)
    peer = smf.logit("event ~ C(kind) + age + exposed:C(kind)", rows).fit(disp=0, tol=1e-12)

    def differences(parameters: np.ndarray) -> np.ndarray:
        values = []
        for name in NAMES:
            own = rows[rows["kind"] == name]
            one, none = (peer.model.predict(parameters, _exog(peer, own.assign(exposed=v))) for v in (1, 0))
            values.append((one - none).mean())
        return np.array([*values, *(values[a] - values[b] for a, b in pairs_of(3))])

    np.testing.assert_allclose(found.estimate, differences(peer.params.to_numpy()), rtol=1e-7)
    clustered_peer = smf.logit("event ~ C(kind) + age + exposed:C(kind)", rows).fit(
        disp=0, tol=1e-12, cov_type="cluster", cov_kwds={"groups": rows["officer"].to_numpy()}
    )
    base, step = peer.params.to_numpy(), 1e-6
    gradient = np.column_stack(
        [(differences(base + step * e) - differences(base - step * e)) / 2 / step for e in np.eye(len(base))]
    )
    errors = np.sqrt(np.diag(gradient @ clustered_peer.cov_params().to_numpy() @ gradient.T))
    np.testing.assert_allclose(found.std_error, errors, rtol=1e-5)


def _exog(peer, frame: pd.DataFrame) -> np.ndarray:  # type: ignore[no-untyped-def]
    columns = {"Intercept": np.ones(len(frame)), "age": frame["age"]}
    for name in NAMES:
        own = (frame["kind"] == name).astype(float)
        columns |= {f"C(kind)[T.{name}]": own, f"exposed:C(kind)[{name}]": own * frame["exposed"]}
    return np.column_stack([columns[name] for name in peer.model.exog_names])


def test_in_generated_cities_it_is_near_the_truth_of_the_population() -> None:
    """`python -m benchmarks.by_group` draws 1,000; here a mean error of 4 Monte-Carlo errors would be found."""
    found = summary(pd.DataFrame([vars(each) for number in range(12) for each in group_city(number, effect=True)]))
    assert (found["mean error / Monte-Carlo error"].abs() < 4).all()
    assert found.loc["violent", "truth"] == pytest.approx(-0.075, abs=0.005)
    assert found.loc["violent", "leaves out 0 %"] > 80
    assert (found["coverage %"] > 60).all()


def test_an_exposure_of_several_columns_is_refused(rows: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="columns for 3 groups"):
        split_exposure(design_matrix(rows, TERMS), "kind", np.zeros(len(rows), dtype=np.int64), NAMES)


def counted(by_arm: dict[str, tuple[tuple[int, int], tuple[int, int]]]):  # type: ignore[no-untyped-def]
    """Two by two tables by group: of events and others with the exposure, and without."""
    lines = [(kind, arm, *by_arm[kind][1 - arm]) for kind in by_arm for arm in (0, 1)]
    frame = pd.DataFrame(lines, columns=["kind", "exposed", "event", "no"])
    whole = design_matrix(frame, TERMS[:2])
    group = frame["kind"].map({name: place for place, name in enumerate(by_arm)}).to_numpy()
    return whole, split_exposure(whole, "exposed", group, tuple(by_arm)), frame[["no", "event"]].to_numpy(np.float64)


def test_even_variances_are_those_of_tables_with_one_odds_ratio() -> None:
    """Group by group the information is that of a stratum whose cells are those fitted under one odds ratio."""
    whole, design, counts = counted({"a": ((30, 70), (60, 40)), "b": ((5, 95), (12, 88)), "c": ((20, 20), (10, 30))})
    fit, alike = (fit_counts(each, counts, ("no", "yes")) for each in (design, whole))
    found = even_covariance(fit, design, counts, whole, "exposed")
    risk = 1 / (1 + np.exp(-whole.matrix @ alike.coefficients[:, 0]))
    known = counts.sum(axis=1) * risk * (1 - risk)
    expected = 1 / known[::2] + 1 / known[1::2]
    np.testing.assert_allclose(np.diag(found), expected, rtol=1e-9)
    assert np.abs(found - np.diag(np.diag(found))).max() < 1e-12


def test_even_variances_of_equal_groups_are_their_own() -> None:
    same = ((30, 70), (60, 40))
    whole, design, counts = counted({"a": same, "b": same, "c": same})
    fit = fit_counts(design, counts, ("no", "yes"))
    np.testing.assert_allclose(
        even_covariance(fit, design, counts, whole, "exposed"), fit.covariance[-3:, -3:], rtol=1e-8, atol=1e-12
    )
