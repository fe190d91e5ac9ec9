"""The engine, from feature tables through SQL, gives what statsmodels gives on the rows, in a fraction of the time."""

import statistics
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from cit_platform.inference.fit import Fit
from cit_platform.modelling.counts import rows_statement, with_outcomes
from cit_platform.modelling.estimation import fit_model, prepare, with_sandwich
from cit_platform.modelling.features import Features, feature_frames
from cit_platform.modelling.specification import Specification, variant_of
from cit_platform.studies.disposition import DISPOSITION_SPECIFICATIONS
from cit_platform.studies.force import FORCE_SPECIFICATIONS
from cit_platform_tests.studies.city import WINDOW, WINDOWS, Truth, contacts_of

FORCE = variant_of(FORCE_SPECIFICATIONS, "contact_level")
FORCE_BY_OFFICER = variant_of(FORCE_SPECIFICATIONS, "officer_clustered")
DISPOSITION = variant_of(DISPOSITION_SPECIFICATIONS, "published")


def features_of(n: int) -> Features:
    rows = contacts_of(n, Truth(officers=n // 110), seed=11)
    return feature_frames(rows, rows)


def engine(specification: Specification, features: Features) -> Fit:
    data = prepare(specification, features, WINDOWS)
    fit = fit_model(data)
    assert fit is not None, data.diagnosis.verdict
    return with_sandwich(data, fit)


def rows_of(specification: Specification, features: Features) -> pd.DataFrame:
    answer = features.select(*rows_statement(specification, WINDOW))
    rows = pd.DataFrame(with_outcomes(answer, specification))
    for term in specification.terms:
        if term.categorical:
            levels = [term.reference, *sorted(set(rows[term.name]) - {term.reference})]
            rows[term.name] = pd.Categorical(rows[term.name], categories=levels)
    return rows


def peer(specification: Specification, rows: pd.DataFrame):
    options = {"method": "newton", "tol": 1e-12, "maxiter": 60, "disp": 0}
    if specification.clusterings:
        options |= {"cov_type": "cluster", "cov_kwds": {"groups": pd.factorize(rows["officer"])[0]}}
    fit = smf.logit if len(specification.outcomes) == 1 else smf.mnlogit
    return fit("outcome ~ " + " + ".join(specification.term_names), rows).fit(**options)


def by_name(fit: Fit, values: np.ndarray) -> pd.DataFrame:
    """Named as formulas name their columns."""
    names = [f"{c.term}[T.{c.level}]" if c.level else c.term for c in fit.columns]
    return pd.DataFrame(values, index=["Intercept", *names[1:]])


@pytest.mark.parametrize(
    "specification", [FORCE, FORCE_BY_OFFICER, DISPOSITION], ids=["force", "officer", "disposition"]
)
def test_equals_statsmodels_by_formula(specification: Specification) -> None:
    features = features_of(20_000)
    ours, theirs = engine(specification, features), peer(specification, rows_of(specification, features))
    for mine, other in ((ours.coefficients, theirs.params), (ours.std_errors, theirs.bse)):
        named = by_name(ours, mine)
        other = pd.DataFrame(other)
        assert set(named.index) == set(other.index)
        np.testing.assert_allclose(named.loc[other.index].to_numpy(), other.to_numpy(), rtol=1e-8, atol=1e-10)


def processor_seconds(work: Callable[[], object]) -> float:
    """Median of three; the processor's time, which work beside it changes less than the clock's."""
    seconds = []
    for _ in range(3):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return statistics.median(seconds)


@pytest.mark.parametrize(("specification", "least"), [(FORCE, 2.5), (DISPOSITION, 15)], ids=["force", "disposition"])
def test_takes_a_fraction_of_the_time(specification: Specification, least: float) -> None:
    features = features_of(110_000)
    rows = rows_of(specification, features)
    ours = processor_seconds(lambda: engine(specification, features))
    theirs = processor_seconds(lambda: peer(specification, rows))
    print(f"ratio {theirs / ours:.1f}: {theirs:.3f} against {ours:.3f}")
    assert theirs > least * ours
