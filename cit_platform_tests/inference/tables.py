"""Small tables with known answers, for the tests of the fits."""

import numpy as np
import pandas as pd

from cit_platform.inference.design import Term

EXPOSED = Term("exposed", "indicator", "not exposed")
AGE = Term("age", "number")
PLACE = Term("place", "categorical", "north")
KIND = Term("kind", "categorical", "a")

# Agresti (2002), Categorical Data Analysis, 2nd ed., Table 7.1: primary food choice of 219 alligators.
FOODS = ("fish", "invertebrate", "reptile", "bird", "other")
ALLIGATORS = pd.DataFrame(
    [
        ("Hancock", "small", 7, 1, 0, 0, 5),
        ("Hancock", "large", 4, 0, 0, 1, 2),
        ("Hancock", "small", 16, 3, 2, 2, 3),
        ("Hancock", "large", 3, 0, 1, 2, 3),
        ("Oklawaha", "small", 2, 2, 0, 0, 1),
        ("Oklawaha", "large", 13, 7, 6, 0, 0),
        ("Oklawaha", "small", 3, 9, 1, 0, 2),
        ("Oklawaha", "large", 0, 1, 0, 1, 0),
        ("Trafford", "small", 3, 7, 1, 0, 1),
        ("Trafford", "large", 8, 6, 6, 3, 5),
        ("Trafford", "small", 2, 4, 1, 1, 4),
        ("Trafford", "large", 0, 1, 0, 0, 0),
        ("George", "small", 13, 10, 0, 2, 2),
        ("George", "large", 9, 0, 0, 1, 2),
        ("George", "small", 3, 9, 1, 0, 1),
        ("George", "large", 8, 1, 0, 0, 1),
    ],
    columns=["lake", "size", *FOODS],
)


def random_table(seed: int, n: int, n_outcomes: int) -> pd.DataFrame:
    """Rows with an exposure, a number, two factors, an outcome code that depends on them, and a cluster key."""
    draw = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "exposed": draw.integers(0, 2, n),
            "age": draw.integers(0, 40, n),
            "place": draw.choice(["north", "south", "west"], n, p=[0.5, 0.3, 0.2]),
            "kind": draw.choice(["a", "b", "c", "d"], n),
            "cluster": draw.integers(0, max(40, n // 30), n),
        }
    )
    effects = draw.normal(0, 0.5, (4, n_outcomes))
    signal = np.column_stack(
        [
            table["exposed"],
            table["age"] / 20 - 1,
            table["place"] == "south",
            table["kind"] == "b",
        ]
    ).astype(float)
    predictor = signal @ effects + draw.gumbel(size=(n, n_outcomes))
    return table.assign(outcome=np.argmax(predictor, axis=1))
