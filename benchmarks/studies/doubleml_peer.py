"""DoubleML's partially linear estimate with clusters, for the city of `test_overlap_weights.py`; it prints two numbers.

DoubleML is no requirement of the project: write the arrays here, read them in an environment that has it.

    python -m benchmarks.studies.doubleml_peer city.npz         # with the project
    python doubleml_peer.py city.npz --estimate                 # with DoubleML 0.11.4
"""

import sys

import numpy as np


def write(path: str) -> None:
    """Outcome, arm, officer, fold, and the cross-fitted E[Y | X] = m0 + e (m1 - m0) and e of every contact."""
    from cit_platform_tests.inference.selection_city import city
    from cit_platform_tests.inference.test_overlap_weights import effect_of

    town = city(2, calls=1.8)
    nuisances, _ = effect_of(town)
    parts = (nuisances.propensity, nuisances.risk_0, nuisances.risk_1)
    chance, risk_0, risk_1 = (part.of_rows(town.pattern, town.officer) for part in parts)
    expected = risk_0 + chance * (risk_1 - risk_0)
    np.savez(path, y=town.force, d=town.certified, officer=town.officer, l=expected, m=chance)


def estimate(path: str) -> tuple[float, float]:
    """Estimate and clustered standard error of DoubleML's PLR, its predictions replaced by those of the file."""
    import doubleml as dml
    import pandas as pd
    from sklearn.linear_model import LinearRegression

    given = np.load(path)
    frame = pd.DataFrame({name: given[name] for name in ("y", "d", "officer")})
    frame["x"] = np.arange(len(frame), dtype=float)
    data = dml.DoubleMLData(frame, "y", "d", x_cols="x", cluster_cols="officer")
    model = dml.DoubleMLPLR(data, LinearRegression(), LinearRegression(), n_folds=5, score="partialling out")
    predictions = {"d": {"ml_l": given["l"][:, None], "ml_m": given["m"][:, None]}}
    model.fit(external_predictions=predictions)
    return float(model.coef[0]), float(model.se[0])


if __name__ == "__main__":
    if "--estimate" in sys.argv:
        print(*estimate(sys.argv[1]))
    else:
        write(sys.argv[1])
