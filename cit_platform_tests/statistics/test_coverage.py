"""The coverage study in small: its known values are right, intervals cover, and what should fail does."""

from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.special import chdtrc, expit
from scipy.stats import norm

from benchmarks.coverage import __main__ as command
from benchmarks.coverage import few_officers
from benchmarks.coverage.cities import (
    DESIGNS,
    INCIDENTS,
    INDEPENDENT,
    OFFICERS,
    PATTERNS,
    City,
    CityDesign,
    disposition_log_odds,
    draw_city,
    force_log_odds,
    pattern_shares,
)
from benchmarks.coverage.estimates import RISK_DIFFERENCE, Estimand, estimates
from benchmarks.coverage.large_city import expected_counts, force_intercept, large_city_values
from benchmarks.coverage.models import EXPOSURE, FORCE_MODEL, MODELS, Model, group
from benchmarks.coverage.simulation import simulate
from benchmarks.coverage.summary import HIGHEST, JUDGED, LOWEST, outside, overall, summarise, table
from cit_platform.inference.counts import fit_counts
from cit_platform.inference.covariance import clustered
from cit_platform.inference.fit import Fit
from cit_platform.sources.demo.city import ARREST, EMERGENT_DETENTION, FORCE, REFERRAL
from cit_platform_tests.conftest import REPOSITORY

EFFECTS = {"force": FORCE, "arrest": ARREST, "emergent_detention": EMERGENT_DETENTION, "referral": REFERRAL}
RESULT = REPOSITORY / "benchmarks" / "results" / "coverage.csv"


def clustered_fit(model: Model, city: City, *, null: bool = False) -> Fit:
    counted = group(model, city, by_incident=False).count(model.outcome(city, null=null), len(model.outcomes), None)
    fit = fit_counts(model.design, counted.pattern_counts(len(model.design.matrix)), model.outcomes)
    return clustered(fit, model.design, counted)


# What is called the truth


@pytest.mark.parametrize("design", DESIGNS, ids=[design.name for design in DESIGNS])
def test_known_values_are_those_of_one_very_large_city(design: CityDesign) -> None:
    """15 times the officers: a standard error is a quarter of a city's, and all coefficients are tested at once."""
    city = draw_city(design, force_intercept(design), 15_000, 1_290_000, np.random.default_rng(4))
    for model in MODELS:
        fit = clustered_fit(model, city)
        known = large_city_values(design, model, null=False)
        weights = np.bincount(model.row[city.pattern], minlength=len(model.design.matrix)).astype(np.float64)
        found = estimates(model, fit, weights)
        for estimand, value in known.items():
            assert abs(found[estimand].value - value) < 4 * found[estimand].std_error, estimand
        slopes = np.ix_(range(1, len(fit.columns)), range(len(model.outcomes) - 1))
        expected = [[known[Estimand(model.name, o, c.label)] for o in model.outcomes[1:]] for c in fit.columns[1:]]
        apart = (fit.coefficients[slopes] - np.array(expected)).ravel(order="F")
        kept = np.flatnonzero(np.arange(fit.coefficients.size) % len(fit.columns))
        chi2 = apart @ np.linalg.solve(fit.covariance[np.ix_(kept, kept)], apart)
        assert chdtrc(len(kept), chi2) > 1e-3, (design.name, model.name, chi2)


def test_shares_of_patterns_are_those_of_one_very_large_city() -> None:
    """Certification by call risk, and experience, within what 10,000 officers leave to chance."""
    city = draw_city(INCIDENTS, -5.0, 10_000, 860_000, np.random.default_rng(5))
    drawn = np.bincount(city.pattern, minlength=np.prod(PATTERNS)).reshape(PATTERNS) / len(city.pattern)
    exact = pattern_shares()
    by_risk, exact_by_risk = drawn.sum(axis=(1, 3)), exact.sum(axis=(1, 3))
    assert by_risk.sum(axis=0) == pytest.approx(exact_by_risk.sum(axis=0), abs=0.004)
    assert by_risk[1] / by_risk.sum(axis=0) == pytest.approx(exact_by_risk[1] / exact_by_risk.sum(axis=0), abs=0.015)
    assert drawn.sum(axis=(0, 2, 3)).cumsum() == pytest.approx(exact.sum(axis=(0, 2, 3)).cumsum(), abs=0.02)


def test_known_values_of_independent_contacts_are_the_effects_drawn_with() -> None:
    for model in MODELS:
        for estimand, value in large_city_values(INDEPENDENT, model, null=False).items():
            if estimand.quantity == EXPOSURE:
                assert value == pytest.approx(np.log(EFFECTS[estimand.outcome].cit_certified), abs=1e-9)


def test_unseen_variation_pulls_known_values_towards_zero() -> None:
    by_design = [large_city_values(design, model, null=False) for design in DESIGNS for model in MODELS]
    for outcome in EFFECTS:
        wanted = (outcome, EXPOSURE)
        odds = [abs(v) for values in by_design for e, v in values.items() if (e.outcome, e.quantity) == wanted]
        assert odds[0] > odds[1] > odds[2]


def test_certification_has_no_coefficient_under_the_null() -> None:
    """Averaged probabilities are not quite logistic, so zero is not exact: far below a standard error of .05."""
    for design in DESIGNS:
        for model in MODELS:
            for estimand, value in large_city_values(design, model, null=True).items():
                if estimand.quantity in (EXPOSURE, RISK_DIFFERENCE):
                    assert abs(value) < 5e-4


def test_quadrature_is_the_integral_over_officers_and_incidents() -> None:
    counts = expected_counts(INCIDENTS, FORCE_MODEL, null=False)
    worst = np.ravel_multi_index((0, 0, 3, 2), PATTERNS)
    fixed = force_intercept(INCIDENTS) + force_log_odds(null=False).ravel()[worst]
    risk, _ = quad(lambda u: float(expit(fixed + INCIDENTS.total_sd * u) * norm.pdf(u)), -12, 12, epsabs=1e-12)
    assert counts[worst, 1] / counts[worst].sum() == pytest.approx(risk, rel=1e-8)
    assert counts[:, 1].sum() / counts.sum() == pytest.approx(0.015, rel=1e-9)


def test_dispositions_do_not_depend_on_experience() -> None:
    """What the disposition model, which has no experience, and its known values take for granted."""
    log_odds = disposition_log_odds(null=False)
    assert (log_odds == log_odds[:, :, :1]).all()


# The study in small


@pytest.fixture(scope="module")
def small_study() -> pd.DataFrame:
    """Few cities, each of a third of the usual size."""
    studies = [
        summarise(design, list(simulate(design, 60, workers=2, n_officers=350, n_contacts=30_000)))
        for design in DESIGNS
    ]
    return pd.concat(studies, ignore_index=True)


def line(study: pd.DataFrame, **wanted: str) -> pd.Series:
    found = study[np.logical_and.reduce([study[name] == value for name, value in wanted.items()])]
    assert len(found) == 1
    return found.iloc[0]


def test_intervals_of_the_designs_own_covariance_cover(small_study: pd.DataFrame) -> None:
    """95 % of 60 cities, within four Monte-Carlo standard errors."""
    own = small_study[small_study["own"] & small_study["quantity"].isin(JUDGED)]
    assert own["coverage"].between(0.95 - 4 * 0.028, 1).all(), own
    assert own["se_ratio"].between(0.7, 1.4).all()
    assert own["coverage"].mean() == pytest.approx(0.945, abs=0.03)


def test_model_based_intervals_do_not_cover_where_officers_differ(small_study: pd.DataFrame) -> None:
    for design in ("B", "C"):
        at = {"design": design, "quantity": EXPOSURE, "covariance": "model"}
        assert line(small_study, model="disposition", outcome="emergent_detention", **at)["coverage"] < 0.88
        assert line(small_study, model="force", unit="record", **at)["se_ratio"] < 0.85


def test_model_based_tests_reject_a_true_null_too_often(small_study: pd.DataFrame) -> None:
    for design in ("B", "C"):
        for model, unit, outcome in (("force", "record", "force"), ("disposition", "contact", "emergent_detention")):
            at = {"design": design, "model": model, "unit": unit, "outcome": outcome, "quantity": EXPOSURE}
            assert line(small_study, covariance="model", **at)["size"] > 0.08
            assert line(small_study, covariance="officer", **at)["size"] < 0.13


def test_incident_effects_need_the_second_way(small_study: pd.DataFrame) -> None:
    """Contacts of one incident share its call risk: there the officer-clustered standard error falls short."""
    for outcome in ("arrest", "emergent_detention", "referral"):
        at = {"design": "C", "model": "disposition", "outcome": outcome, "quantity": "call_risk violent"}
        officer, both = (line(small_study, covariance=c, **at) for c in ("officer", "officer and incident"))
        assert officer["se_ratio"] < 0.95 * both["se_ratio"]


def test_cities_do_not_depend_on_the_number_of_workers() -> None:
    one, two = (list(simulate(OFFICERS, 12, workers=workers, n_officers=200, n_contacts=10_000)) for workers in (1, 2))
    assert one == two
    assert len({tuple(city.values()) for city in one}) == 12


# The command


def test_a_coverage_outside_its_limits_is_named() -> None:
    study = pd.DataFrame(
        {
            "own": [True, True, True, True, False],
            "quantity": [EXPOSURE, RISK_DIFFERENCE, EXPOSURE, "precinct West", EXPOSURE],
            "coverage": [LOWEST, HIGHEST + 0.0005, LOWEST - 0.0005, 0.5, 0.5],
        }
    )
    assert outside(study).index.tolist() == [1, 2]


def test_the_command_fails_and_says_where(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of three cities 0, 33, 67 or 100 % cover, never 95 %."""
    monkeypatch.setattr(command, "N_CITIES", 3)
    monkeypatch.setattr(command, "RESULT", tmp_path / "results" / "coverage.csv")
    assert command.designs() == 1
    said = capsys.readouterr()
    assert "Design A, force by contact, force, cit_certified:" in said.err
    written = pd.read_csv(tmp_path / "results" / "coverage.csv")
    assert said.out.strip() == table(written) + "\n" + overall(written)
    assert set(written["design"]) == {"A", "B", "C"}


def test_a_study_of_few_officers_that_fails_says_where(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "N_CITIES_OF_FEW", 3)
    monkeypatch.setattr(command, "RESULT_OF_FEW", tmp_path / "results" / "few_officers.csv")
    monkeypatch.setattr(few_officers, "LOWEST", 1.1)
    assert command.few() == 1
    said = capsys.readouterr()
    assert "attribute 25 officers: " in said.err
    assert said.out.strip() == few_officers.table(pd.read_csv(tmp_path / "results" / "few_officers.csv")).strip()


# What few officers have


@pytest.fixture(scope="module")
def small_study_of_few() -> pd.DataFrame:
    """200 cities of 150 officers: levels of 14, 25 and 50."""
    cities = few_officers.simulate(200, workers=2, n_officers=150, n_contacts=13_000, force_share=0.03)
    return few_officers.summarise(list(cities))


def test_the_jackknife_with_t_covers_what_few_officers_have(small_study_of_few: pd.DataFrame) -> None:
    """95 % of 200 cities, within three Monte-Carlo standard errors below; it may cover more."""
    assert small_study_of_few["jackknife"].between(0.95 - 3 * 0.0154, 1).all(), small_study_of_few
    assert small_study_of_few["jackknife"].mean() == pytest.approx(0.955, abs=0.02)


def test_the_sandwich_with_a_normal_quantile_does_not(small_study_of_few: pd.DataFrame) -> None:
    of_few = small_study_of_few.set_index("quantity")
    assert of_few["sandwich"].mean() < of_few["jackknife"].mean() - 0.02
    assert of_few.loc["attribute 14 officers", "sandwich"] < 0.92
    assert of_few.loc["attribute 14 officers", "effective_officers"] < 14


def test_attributes_have_as_many_officers_as_they_say() -> None:
    rows = few_officers.draw_contacts(1_000, 86_000, 0.015, np.random.default_rng(1))
    officers = rows.groupby("attribute")["officer"].nunique()
    for level, n_officers in few_officers.LEVELS.items():
        assert n_officers - 3 <= officers[level] <= n_officers
    assert rows["force"].mean() == pytest.approx(0.015, abs=0.003)


def test_the_documented_table_of_few_officers_is_the_committed_result() -> None:
    result = pd.read_csv(command.RESULT_OF_FEW)
    assert few_officers.table(result) in (REPOSITORY / "docs" / "coverage.md").read_text(encoding="utf-8")
    assert few_officers.outside(result).empty
    assert result["cities"].between(0.99 * command.N_CITIES_OF_FEW, command.N_CITIES_OF_FEW).all()


def test_the_documented_table_is_the_committed_result() -> None:
    result = pd.read_csv(RESULT)
    page = (REPOSITORY / "docs" / "coverage.md").read_text(encoding="utf-8")
    assert table(result) in page
    assert overall(result) in " ".join(page.split())
    assert outside(result).empty
    assert (result["cities"] == command.N_CITIES).all()
    known = {
        (design.name, estimand.outcome, estimand.quantity): value
        for design in DESIGNS
        for estimand, value in chain(*(large_city_values(design, model, null=False).items() for model in MODELS))
    }
    for row in result.itertuples():
        assert row.value == pytest.approx(known[row.design, row.outcome, row.quantity], rel=1e-5, abs=1e-9)
