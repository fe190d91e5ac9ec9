"""The stratified difference against least squares of statsmodels, and each cluster really left out."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from cit_platform.inference.stratified_difference import RiskCells, stratified_difference


def rows_of(seed: int, n: int = 900, officers: int = 40) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    officer = draw.integers(0, officers, n)
    exposed = draw.integers(0, 2, officers)[officer]
    stratum = draw.integers(0, 7, n)
    risk = 0.1 + 0.02 * stratum + 0.05 * exposed + 0.1 * (officer % 5 == 0)
    return pd.DataFrame(
        {"officer": officer, "exposed": exposed, "stratum": stratum, "event": (draw.random(n) < risk).astype(int)}
    )


def cells_of(rows: pd.DataFrame) -> RiskCells:
    grouped = rows.groupby(["stratum", "officer"])
    counts = pd.DataFrame(
        {
            "rows0": grouped["exposed"].agg(lambda x: (x == 0).sum()),
            "rows1": grouped["exposed"].sum(),
            "events0": grouped.apply(lambda part: part.loc[part["exposed"] == 0, "event"].sum()),
            "events1": grouped.apply(lambda part: part.loc[part["exposed"] == 1, "event"].sum()),
        }
    ).reset_index()
    columns = (counts[[f"{name}0", f"{name}1"]].to_numpy(np.float64) for name in ("events", "rows"))
    return RiskCells(counts["stratum"].to_numpy(), counts["officer"].to_numpy(), *columns)


@pytest.mark.parametrize("seed", range(3))
def test_it_is_least_squares_with_a_constant_for_each_stratum(seed: int) -> None:
    rows = rows_of(seed)
    found = stratified_difference(cells_of(rows))
    assert found is not None
    peer = smf.ols("event ~ exposed + C(stratum)", rows).fit(
        cov_type="cluster", cov_kwds={"groups": rows["officer"].to_numpy()}
    )
    assert float(found.estimate) == pytest.approx(peer.params["exposed"], rel=1e-10)
    assert float(found.std_error) == pytest.approx(peer.bse["exposed"], rel=0.08), "CV3 beside CR1"


def test_its_error_is_that_of_leaving_out_each_cluster() -> None:
    rows = rows_of(7)
    found = stratified_difference(cells_of(rows))
    assert found is not None
    without = []
    for officer in rows["officer"].unique():
        without.append(
            smf.ols("event ~ exposed + C(stratum)", rows[rows["officer"] != officer]).fit().params["exposed"]
        )
    shifts = np.array(without) - float(found.estimate)
    n = len(shifts)
    assert float(found.std_error) == pytest.approx(np.sqrt((n - 1) / n * (shifts**2).sum()), rel=1e-9)
    assert found.effective_clusters is not None
    assert 10 < float(found.effective_clusters) < n


def test_strata_of_one_arm_tell_nothing() -> None:
    rows = rows_of(3)
    alone = rows.assign(stratum=7, exposed=1, event=1, officer=0).head(50)
    whole, part = (stratified_difference(cells_of(each)) for each in (pd.concat([rows, alone]), rows))
    assert whole is not None
    assert part is not None
    assert float(whole.estimate) == pytest.approx(float(part.estimate))


def test_what_cannot_be_compared_gives_none() -> None:
    rows = rows_of(4)
    assert stratified_difference(cells_of(rows[rows["exposed"] == 1])) is None
    alone = rows[(rows["exposed"] == 0) | (rows["officer"] == rows.loc[rows["exposed"] == 1, "officer"].iloc[0])]
    assert stratified_difference(cells_of(alone)) is None, "a single cluster is all of one arm"
    empty = np.zeros(0, dtype=np.int64)
    assert stratified_difference(RiskCells(empty, empty, np.zeros((0, 2)), np.zeros((0, 2)))) is None
    assert stratified_difference(cells_of(rows.assign(event=0))) is None
