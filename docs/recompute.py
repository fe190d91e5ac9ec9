"""Compute every interval of an edition's headline fits, and of its risk differences, again from its tables alone.

    python docs/recompute.py path/to/editions/<id>

Needs Python, numpy and pandas, and nothing of this project. Reads `tables/*.csv` and `*.csv.gz` of the edition:

- `estimates`: coefficients in log odds, with their standard errors and limits, as printed;
- `fit_matrices`: information I, officer-score products M and covariance V of each printed fit;
- `risk_gradients`: derivatives of the standardised risks by the coefficients;
- `absolute_risk`: the risk differences and their limits, as printed.

Then: a standard error is the root of an entry of V's diagonal; the one without allowance for few officers (CR1) that of
inv(I) M inv(I); where rows are taken as independent V is inv(I). Limits lie a quantile of standard errors around the
estimate: normal, or of t with one degree of freedom fewer than effective clusters (and at least one). A risk difference
has the gradient g of its two risks, and the standard error root(g' V g). Formulas: docs/formulas.md.

Between monthly editions the rows of officers' own attributes are left out, and with them what inverses need; then only
the covariance V is held against what is printed.

Says for each fit whether all agree with what is printed to a millionth, and ends with 1 if one does not. Floats in the
CSV files have ten significant digits.
"""

import json
import math
import sys
from pathlib import Path

import numpy as np
import pandas as pd

TOLERANCE = 1e-6
KEY = ["outcome", "term", "level"]
OTHER = ["other_outcome", "other_term", "other_level"]


def main(edition: Path) -> int:
    """Recompute all printed fits of an edition; 1 where something does not agree, or nothing could be compared."""
    tables = {name: read(edition, name) for name in ("estimates", "fit_matrices", "risk_gradients", "absolute_risk")}
    fits = tables["fit_matrices"].groupby(["model", "variant"], sort=False)
    if not len(tables["fit_matrices"]):
        print("No fit of this edition has numbers: nothing to recompute.")
        return 0
    agree, is_whole = True, holds_officer_attributes(edition)
    if not is_whole:
        print("Rows of officers' own attributes are left out of this edition: only what V gives is compared.")
    for (model, variant), pairs in fits:
        printed = of_fit(tables["estimates"], str(model), str(variant))
        differences = compare_coefficients(printed[printed["converged"]], pairs, is_whole)
        gradients = of_fit(tables["risk_gradients"], str(model), str(variant))
        if len(gradients) and is_whole:
            differences |= compare_risks(of_fit(tables["absolute_risk"], str(model), str(variant)), gradients, pairs)
        for what, (n, largest) in differences.items():
            agree = agree and largest <= TOLERANCE
            words = "agree" if largest <= TOLERANCE else "DO NOT AGREE"
            print(f"{model}/{variant}: {n} {what} {words}; largest relative difference {largest:.1e}")
    return 0 if agree else 1


def holds_officer_attributes(edition: Path) -> bool:
    """Whether the edition prints the rows of officers' own attributes: its manifest says if not."""
    file = edition / "manifest.json"
    return not file.is_file() or json.loads(file.read_text(encoding="utf-8")).get("officer_attributes", True)


def read(edition: Path, name: str) -> pd.DataFrame:
    """A table of an edition; empty levels are the empty text."""
    [file] = (edition / "tables").glob(f"{name}.csv*")
    frame = pd.read_csv(file, keep_default_na=False, na_values=[""])
    texts = [column for column in frame.columns if column.split("_")[-1] in ("outcome", "term", "level")]
    return frame.fillna(dict.fromkeys(texts, ""))


def of_fit(frame: pd.DataFrame, model: str, variant: str) -> pd.DataFrame:
    """The rows of one fit."""
    return frame[(frame["model"] == model) & (frame["variant"] == variant)]


def compare_coefficients(printed: pd.DataFrame, pairs: pd.DataFrame, is_whole: bool) -> dict[str, tuple[int, float]]:
    """Standard errors and limits of all coefficients: by what was compared, how many and the largest difference."""
    names = coefficients(pairs)
    printed = printed.set_index(KEY).loc[names]
    estimate, half = printed["estimate"].to_numpy(), quantiles(printed["effective_clusters"])
    information, covariance = matrix(pairs, names, "information"), matrix(pairs, names, "covariance")
    error = np.sqrt(np.diag(covariance))
    found = {
        "standard errors": (error, printed["std_error"]),
        "lower limits": (np.exp(estimate - half * error), printed["conf_low"]),
        "upper limits": (np.exp(estimate + half * error), printed["conf_high"]),
    }
    if not is_whole:
        return shown_differences(found, printed)
    inverse = inverted(information)
    if pairs["score_cross_product"].notna().all():
        sandwich = inverse @ matrix(pairs, names, "score_cross_product") @ inverse
        found["standard errors without allowance (CR1)"] = (np.sqrt(np.diag(sandwich)), printed["std_error_cr1"])
    else:
        found["standard errors of the model"] = (np.sqrt(np.diag(inverse)), printed["std_error"])
    return shown_differences(found, printed)


def shown_differences(
    found: dict[str, tuple[np.ndarray, pd.Series]], printed: pd.DataFrame
) -> dict[str, tuple[int, float]]:
    """By what was compared, how many and the largest difference; numbers of small levels are withheld."""
    shown = printed["estimate"].notna().to_numpy()
    return {what: (int(shown.sum()), difference(ours[shown], given[shown])) for what, (ours, given) in found.items()}


def compare_risks(printed: pd.DataFrame, gradients: pd.DataFrame, pairs: pd.DataFrame) -> dict[str, tuple[int, float]]:
    """Limits of the risk differences, relative to the width of their intervals."""
    names, largest = coefficients(pairs), 0.0
    covariance = matrix(pairs, names, "covariance")
    printed = printed.set_index("outcome")
    for outcome, rows in gradients.groupby("outcome", sort=False):
        rows = rows.set_index(["coefficient_outcome", "term", "level"]).loc[names]
        gradient = (rows["gradient_certified"] - rows["gradient_not_certified"]).to_numpy()
        half = quantiles(rows["effective_clusters"])[0] * math.sqrt(gradient @ covariance @ gradient)
        row = printed.loc[outcome]
        width = row["risk_difference_conf_high"] - row["risk_difference_conf_low"]
        for limit, sign in (("low", -1.0), ("high", 1.0)):
            found = row["risk_difference"] + sign * half
            largest = max(largest, abs(found - row[f"risk_difference_conf_{limit}"]) / width)
    return {"limits of risk differences": (2 * gradients["outcome"].nunique(), largest)}


def coefficients(pairs: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Names of the coefficients of a fit: those that are paired with themselves."""
    own = pairs[(pairs[KEY].to_numpy() == pairs[OTHER].to_numpy()).all(axis=1)]
    return list(own[KEY].itertuples(index=False, name=None))


def matrix(pairs: pd.DataFrame, names: list[tuple[str, str, str]], column: str) -> np.ndarray:
    """A symmetric matrix from its upper triangle."""
    position = {name: i for i, name in enumerate(names)}
    rows = [position[name] for name in pairs[KEY].itertuples(index=False, name=None)]
    columns = [position[name] for name in pairs[OTHER].itertuples(index=False, name=None)]
    result = np.full((len(names), len(names)), np.nan)
    result[rows, columns] = result[columns, rows] = pairs[column].to_numpy()
    return result


def inverted(information: np.ndarray) -> np.ndarray:
    """The inverse, in units in which no column's scale matters."""
    scale = np.sqrt(np.diag(information))
    return np.linalg.inv(information / np.outer(scale, scale)) / np.outer(scale, scale)


def difference(ours: np.ndarray, printed: pd.Series) -> float:
    """The largest difference, relative to what is printed; infinite where one is missing."""
    found = np.abs(ours - printed.to_numpy()) / np.abs(printed.to_numpy())
    return float(found.max()) if np.isfinite(found).all() else math.inf


def quantiles(effective_clusters: pd.Series) -> np.ndarray:
    """97.5 % quantiles: normal where there is no number of effective clusters, else of t."""
    return np.array([t_quantile(math.inf if math.isnan(g) else max(g - 1.0, 1.0)) for g in effective_clusters])


def t_quantile(df: float) -> float:
    """The 97.5 % quantile of Student's t: where the integral of its density from 0 is 0.475."""
    nodes, weights = np.polynomial.legendre.leggauss(200)

    def density(x: np.ndarray) -> np.ndarray:
        if math.isinf(df):
            return np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
        constant = math.lgamma((df + 1) / 2) - math.lgamma(df / 2) - math.log(df * math.pi) / 2
        return np.exp(constant - (df + 1) / 2 * np.log1p(x**2 / df))

    def integral(end: float) -> float:
        return float(weights @ density((nodes + 1) * end / 2)) * end / 2

    low, high = 0.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if integral(middle) < 0.475 else (low, middle)
    return (low + high) / 2


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Usage: python docs/recompute.py path/to/edition")
    sys.exit(main(Path(sys.argv[1])))
