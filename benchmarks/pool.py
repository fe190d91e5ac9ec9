"""`python -m benchmarks.pool [draws of cities]`: do the intervals of `cit pool` hold what is known of drawn agencies?

Agencies' true log odds ratios are normal about that of 0.8 and 1.1, with the standard deviation of these two. Their
estimates come from the primary specification fitted to small synthetic cities at column level (200 draws of five), and,
for more draws and other standard deviations, from a table of two by two counts each (2,000 draws of ten). Fails where
the interval of the mean holds less often than 94 %, by more than two Monte-Carlo errors.
"""

import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit
from statsmodels.stats.meta_analysis import combine_effects
from statsmodels.stats.proportion import proportion_confint

from cit_platform.inference.design import FloatArray
from cit_platform.inference.pooled_agencies import pool_agencies
from cit_platform.modelling.estimation import estimate
from cit_platform.modelling.features import feature_frames
from cit_platform.modelling.specification import EXPOSURE
from cit_platform.modelling.tidy import tidy_rows
from cit_platform.studies.force import PRIMARY
from cit_platform_tests.studies.city import WINDOWS, Truth, contacts_of

RESULT = Path(__file__).parent / "results" / "pool.csv"
SEED = 20_261_127
PAIR = np.log([0.8, 1.1])
MEAN, SD = float(PAIR.mean()), float(PAIR.std(ddof=1))
# Contacts of the agencies, in the order in which they join; standard errors differ by a factor of two.
SIZES = (1_500, 6_000, 3_000, 2_000, 4_000, 1_500, 6_000, 3_000, 2_000, 4_000)
NUMBERS = {"cities": (2, 3, 5), "counts": (2, 3, 5, 10)}
CONTACTS_PER_OFFICER = 20
N_CITY_DRAWS, N_COUNT_DRAWS, WORKERS = 200, 2_000, 2
COUNT_SDS = (0.0, 0.1, SD, 0.5)
# Log odds of force of a contact without certification, and how far agencies differ in it.
BASE, BASE_SD = -2.6, 0.3
LOWEST, Z = 0.94, 2.0

# Log odds ratio and its standard error, (k, 2).
Estimates = FloatArray
RULES = {"pooled": "pooled", "hksj": "HKSJ", "normal": "normal", "fixed": "fixed", "predicted": "further agency"}


def city_estimate(log_odds_ratio: float, n: int, seed: Sequence[int]) -> tuple[float, float]:
    """The primary specification's estimate in one small city, whose officers have no habits of their own.

    A city in which it cannot be estimated, about one in a thousand, is drawn anew: `cit pool` refuses its like.
    """
    found = (_in_one_city(log_odds_ratio, n, [*seed, attempt]) for attempt in count())
    return next(each for each in found if np.isfinite(each).all())


def _in_one_city(log_odds_ratio: float, n: int, seed: Sequence[int]) -> tuple[float, float]:
    truth = Truth(log_odds_ratio, force_intercept=BASE, officers=n // CONTACTS_PER_OFFICER)
    contacts = contacts_of(n, truth, seed=int(np.random.default_rng(seed).integers(2**31)))
    features = feature_frames(contacts.assign(record_id=contacts["contact_id"]), contacts)
    [row] = [row for row in tidy_rows(estimate(PRIMARY, features, WINDOWS), "city") if row["term"] == EXPOSURE]
    return float(row["estimate"]), float(row["std_error"])


def count_estimate(log_odds_ratio: float, n: int, seed: Sequence[int]) -> tuple[float, float]:
    """Log odds ratio and Woolf's standard error of a table of two by two, half of its contacts certified."""
    draw = np.random.default_rng(seed)
    base = draw.normal(BASE, BASE_SD)
    events = draw.binomial(n // 2, expit([base, base + log_odds_ratio])).astype(np.float64)
    others = n // 2 - events
    logits = np.log(events / others)
    return float(logits[1] - logits[0]), float(np.sqrt((1 / events + 1 / others).sum()))


ESTIMATORS = {"cities": city_estimate, "counts": count_estimate}


def drawn(source: str, sd: float, number: int) -> tuple[Estimates, float]:
    """As many agencies' estimates as are asked for, of draw `number`, and the true log odds ratio of one more."""
    draw = np.random.default_rng([SEED, number, round(1000 * sd)])
    truths, further = draw.normal(MEAN, sd, max(NUMBERS[source])), float(draw.normal(MEAN, sd))
    return _estimates(source, truths, [SEED, number, round(1000 * sd)]), further


def pair(source: str, number: int) -> Estimates:
    """Estimates of two agencies whose odds ratios are 0.8 and 1.1 themselves."""
    return _estimates(source, PAIR, [SEED, number])


def _estimates(source: str, truths: FloatArray, seed: Sequence[int]) -> Estimates:
    each = zip(truths, SIZES, strict=False)
    found = [ESTIMATORS[source](float(truth), n, [*seed, place]) for place, (truth, n) in enumerate(each)]
    return np.array(found)


def judged(estimates: Estimates, further: float | None) -> dict[str, float]:
    """Which intervals hold the mean, and the further agency (NaN: none); half the width of the mean's, as a factor."""
    effect, error = estimates.T
    found = pool_agencies(effect, error)
    with np.errstate(divide="ignore"):
        # Of equal estimates it divides by a Q of 0 for an I² that is not read.
        peer = combine_effects(effect, error**2)
    fixed, normal, _, _ = peer.conf_int(use_t=False)
    _, _, _, hksj = peer.conf_int(use_t=True)
    held = {"pooled": (found.mean.low, found.mean.high), "hksj": hksj, "normal": normal, "fixed": fixed}
    predicted = found.predicted if further is not None else None
    return {
        **{name: float(low <= MEAN <= high) for name, (low, high) in held.items()},
        "predicted": np.nan if predicted is None else float(predicted.low <= further <= predicted.high),
        "factor": float(np.exp((found.mean.high - found.mean.low) / 2)),
    }


def coverage(source: str, sd: float, n_draws: int, workers: int = 1) -> Iterator[dict[str, Any]]:
    """One line for each number of agencies: shares of draws in which each interval holds what it is of."""
    draws = list(_mapped(partial(drawn, source, sd), n_draws, workers))
    for k in NUMBERS[source]:
        yield _line([judged(estimates[:k], further) for estimates, further in draws], source, k, f"{sd:.3f}")


def coverage_of_pair(source: str, n_draws: int, workers: int = 1) -> dict[str, Any]:
    """The same of two agencies whose odds ratios are 0.8 and 1.1 in every draw."""
    draws = _mapped(partial(pair, source), n_draws, workers)
    return _line([judged(estimates, None) for estimates in draws], source, 2, "0.8 and 1.1")


def _mapped(one: Any, n_draws: int, workers: int) -> Iterator[Any]:
    if workers == 1:
        yield from map(one, range(n_draws))
        return
    with ProcessPoolExecutor(workers) as processes:
        yield from processes.map(one, range(n_draws), chunksize=5)


def _line(found: Sequence[dict[str, float]], source: str, k: int, sd: str) -> dict[str, Any]:
    columns = pd.DataFrame(found)
    named = {"estimates_from": source, "agencies": k, "between_sd": sd, "draws": len(found)}
    shares = {name: columns[name].mean() for name in RULES}
    return named | shares | {"median_factor": columns["factor"].median()}


def table(summary: pd.DataFrame) -> str:
    """The result as a Markdown table, coverage in per cent; the first with its exact 95 % interval."""
    header = ["estimates from", "agencies", "SD between", "draws", *RULES.values(), "median factor"]
    lines = [f"| {' | '.join(header)} |", f"|{'---|' * len(header)}"]
    for row in summary.to_dict("records"):
        low, high = proportion_confint(round(row["pooled"] * row["draws"]), row["draws"], method="beta")
        first = f"{100 * row['pooled']:.1f} ({100 * low:.1f} to {100 * high:.1f})"
        others = ["" if np.isnan(row[name]) else f"{100 * row[name]:.1f}" for name in list(RULES)[1:]]
        cells = [row["estimates_from"], row["agencies"], row["between_sd"], row["draws"], first, *others]
        lines.append(f"| {' | '.join(map(str, cells))} | {row['median_factor']:.2f} |")
    return "\n".join(lines) + "\n"


def main(n_city_draws: int) -> int:
    """Print the table and write it; 1 where the interval of the mean holds too seldom."""
    lines = [
        coverage_of_pair("cities", n_city_draws, WORKERS),
        *coverage("cities", SD, n_city_draws, WORKERS),
        coverage_of_pair("counts", N_COUNT_DRAWS),
        *(line for sd in COUNT_SDS for line in coverage("counts", sd, N_COUNT_DRAWS)),
    ]
    RESULT.parent.mkdir(exist_ok=True)
    pd.DataFrame(lines).to_csv(RESULT, index=False, float_format="%.6g", lineterminator="\n")
    # What is printed is what was written, rounded once.
    summary = pd.read_csv(RESULT)
    print(table(summary))
    floor = LOWEST - Z * np.sqrt(LOWEST * (1 - LOWEST) / summary["draws"])
    return int((summary["pooled"] < floor).any())


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else N_CITY_DRAWS))
