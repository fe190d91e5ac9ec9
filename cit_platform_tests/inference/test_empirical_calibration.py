"""The empirical null: the printed example of the R package, an independent maximum, and its behaviour."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import foldnorm, norm

from cit_platform.inference.empirical_calibration import FEWEST_CONTROLS, calibrate, fit_null

# Log ratio and standard error of the 45 negative controls of the data set sccs in OHDSI's R package
# EmpiricalCalibration 3.1.4 (Apache License 2.0): self-controlled case series of drugs and gastro-intestinal bleeding.
SCCS = """
0.433902074 0.7617537601
0.636318364 0.1839891986
0.929754897 0.2979801837
1.69192734 0.5955221984
0.52616906 0.1967199489
0.858189008 0.1308460446
0.800992415 0.1208557937
0.878170151 0.3462397869
0.73045168 0.1390218713
0.776188471 0.2970587938
0.734523595 0.2778832539
1.27963246 0.262141411
0.531254954 0.1339704596
0.106333278 0.3311482675
0.464246631 0.1387401864
1.24344184 0.09077978508
1.34735182 0.1159712979
0.106333278 0.3311482675
-0.647623867 1.313521167
0.856079306 0.1609211404
1.30792476 0.1940966502
1.16368483 0.1175314822
0.816234687 0.3873816725
0.106333278 0.3311482675
1.5064393 0.1311707552
0.737563397 0.8056164311
0.687849571 0.06114593852
0.629433124 0.1015505433
0.787747645 0.08193104997
0.089599439 0.5510001652
0.704474846 0.07264448997
0.647387346 0.251797359
0.250665642 0.2330631324
1.9381941 0.8050182234
1.11924687 0.1458337964
0.380414394 0.1310974708
0.571386224 0.6764746017
0.521790656 0.1267164242
1.02180158 0.3110655144
0.473702289 0.5033517314
0.796144677 0.647582367
0.893591869 0.3759969475
1.02941891 0.1416594704
-0.853082264 0.8099502957
1.12748604 0.5730100877
"""
SERTRALINE = (0.732623537, 0.0737170849)


def controls() -> tuple[np.ndarray, np.ndarray]:
    values = np.array([line.split() for line in SCCS.split("\n") if line], dtype=float)
    return values[:, 0], values[:, 1]


def minus_log_likelihood(parameters: np.ndarray) -> float:
    values, errors = controls()
    return -float(norm.logpdf(values, parameters[0], np.hypot(parameters[1], errors)).sum())


def test_the_printed_example_of_the_package() -> None:
    """The vignette of p-value calibration prints a mean of 0.7922, an SD of 0.2834 and p = 0.8389142 for sertraline.

    R's simplex stops at a relative change of 1e-8 of the likelihood, so its last digit is not that of the maximum.
    """
    null = fit_null(*controls())
    assert null is not None
    assert (null.mean, null.sd) == pytest.approx((0.7922, 0.2834), abs=1.5e-4)
    assert calibrate(null, *SERTRALINE).p_value == pytest.approx(0.8389142, abs=2e-4)
    assert null.n_controls == 45


def test_it_is_the_maximum_that_scipy_finds_and_its_errors_are_those_of_the_curvature() -> None:
    null = fit_null(*controls())
    assert null is not None
    options = {"xatol": 1e-10, "fatol": 1e-12, "maxiter": 5000}
    found = minimize(minus_log_likelihood, [0.5, 0.5], method="Nelder-Mead", options=options)
    assert [null.mean, null.sd] == pytest.approx(found.x, abs=1e-6)
    step = 1e-3
    best = minus_log_likelihood(found.x)
    beside = [minus_log_likelihood(found.x + sign * np.array([step, 0.0])) for sign in (-1, 1)]
    assert null.mean_std_error == pytest.approx(((sum(beside) - 2 * best) / step**2) ** -0.5, rel=1e-3)


def test_the_expected_absolute_error_is_that_of_the_folded_normal_distribution() -> None:
    null = fit_null(*controls())
    assert null is not None
    assert null.expected_absolute_error == pytest.approx(foldnorm.mean(null.mean / null.sd, scale=null.sd))


def test_controls_without_systematic_error_leave_an_estimate_nearly_as_it_is() -> None:
    draw = np.random.default_rng(4)
    errors = draw.uniform(0.05, 0.2, 40)
    null = fit_null(draw.normal(0, errors), errors)
    assert null is not None
    assert abs(null.mean) < 3 * null.mean_std_error
    assert null.sd < 0.06
    found = calibrate(null, -0.35, 0.06)
    assert found.low < -0.35 < found.high
    assert found.p_value < 0.001


def test_calibrated_intervals_of_a_biased_analysis_cover_and_plain_ones_do_not() -> None:
    draw, hits, naive = np.random.default_rng(5), 0, 0
    for _ in range(300):
        errors = draw.uniform(0.05, 0.15, 31)
        found = draw.normal(0.2, 0.1, 31) + draw.normal(0, errors)
        null = fit_null(found[:-1], errors[:-1])
        assert null is not None
        interval = calibrate(null, found[-1], errors[-1])
        hits += interval.low <= 0.0 <= interval.high
        naive += abs(found[-1]) <= 1.96 * errors[-1]
    assert 270 <= hits <= 295
    assert naive < 200


def test_few_or_unusable_controls_give_no_null() -> None:
    values, errors = controls()
    few = FEWEST_CONTROLS - 1
    assert fit_null(values[:few], errors[:few]) is None
    spoilt = np.r_[values[:few], np.nan, 99.0], np.r_[errors[:few], 1.0, 1.0]
    assert fit_null(*spoilt) is None


def test_controls_that_agree_have_no_spread() -> None:
    null = fit_null(np.full(6, 0.1), np.full(6, 0.2))
    assert null is not None
    assert (null.mean, null.sd, null.expected_absolute_error) == pytest.approx((0.1, 0.0, 0.1))
    assert np.isnan(null.sd_std_error)
