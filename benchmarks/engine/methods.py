"""The methods: ours from Parquet to standard errors; the others from rows that are already in memory."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from benchmarks.engine.city import connect
from benchmarks.engine.tasks import (
    Answer,
    Key,
    Task,
    frame_of,
    key_of,
    right_hand_side,
    right_hand_side_of_text,
    solved,
    text_of,
)


@dataclass(frozen=True)
class Method:
    """What is measured: `run` is timed, `prepare` is not.

    `fresh` prepares every repeat anew where no first run is left out, so that nothing is kept from one to the next.
    """

    name: str
    models: tuple[str, ...]
    prepare: Callable[[Task], Any]
    run: Callable[[Task, Any], Answer | None]
    largest: int = 10_000_000
    fresh: bool = False


FORCE, CLUSTERED, DISPOSITION = "force", "force, clustered by officer", "disposition"


def ours(task: Task, connection: Any) -> Answer:
    """Counts by SQL, diagnosis, Newton, covariance."""
    return solved(task, connection)[1]


def statsmodels_formula(task: Task, frame: Any) -> Answer:
    """`logit` or `mnlogit` by formula on categories, clustered where the model is."""
    return _by_formula(task, right_hand_side(task.specification), frame)


def statsmodels_text(task: Task, frame: Any) -> Answer:
    """The same on text, as the table has it: the formula codes it."""
    return _by_formula(task, right_hand_side_of_text(task.specification), frame)


def _by_formula(task: Task, predictors: str, frame: Any) -> Answer:
    import statsmodels.formula.api as smf

    fit = smf.logit if len(task.specification.outcome_names) == 2 else smf.mnlogit
    return _statsmodels(task, fit(f"outcome ~ {predictors}", frame), frame)


def statsmodels_matrix(task: Task, prepared: Any) -> Answer:
    """`Logit` or `MNLogit` on a matrix that is ready."""
    from statsmodels.discrete.discrete_model import Logit, MNLogit

    matrix, outcome, names = prepared
    model = (Logit if len(task.specification.outcome_names) == 2 else MNLogit)(outcome, matrix)
    return _statsmodels(task, model, None, names)


def _statsmodels(task: Task, model: Any, frame: Any, names: list[str] | None = None) -> Answer:
    options: dict[str, Any] = {"method": "newton", "maxiter": 100, "tol": 1e-10, "disp": 0}
    for clustering in task.specification.clusterings:
        options |= {"cov_type": "cluster", "cov_kwds": {"groups": frame[clustering]}}
    result = model.fit(**options)
    columns = names or list(model.exog_names)
    return _answer(task, columns, _by_column(result.params), _by_column(result.bse), len(model.endog))


def sklearn_rows(task: Task, prepared: Any) -> Answer:
    """`LogisticRegression` without penalty; it has no standard errors."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    matrix, outcome, names = prepared
    binary = len(task.specification.outcome_names) == 2
    # Newton's method, where the number of outcomes allows it, is the faster by far.
    solver, tolerance = ("newton-cholesky", 1e-10) if binary else ("lbfgs", 1e-8)
    fitted = LogisticRegression(C=np.inf, solver=solver, tol=tolerance, max_iter=2000, fit_intercept=False)
    found = fitted.fit(matrix, outcome).coef_.T
    return _answer(task, names, found if binary else (found - found[:, :1])[:, 1:], None, len(outcome))


def glum_rows(task: Task, frame: Any) -> Answer:
    """`GeneralizedLinearRegressor` without penalty, on categories."""
    from glum import GeneralizedLinearRegressor

    predictors, outcome = frame[list(task.specification.term_names)], frame["outcome"].to_numpy(dtype=float)
    model = GeneralizedLinearRegressor(
        family="binomial", alpha=0, drop_first=True, gradient_tol=1e-7, categorical_format="{name}[{category}]"
    )
    model.fit(predictors, outcome)
    errors = model.std_errors(X=predictors, y=outcome, robust=False)
    return _answer(
        task,
        ["Intercept", *model.feature_names_],
        _by_column([model.intercept_, *model.coef_]),
        _by_column(errors),
        len(frame),
    )


def pyfixest_rows(task: Task, frame: Any) -> Answer:
    """`feglm` with the logit family."""
    import pyfixest

    clusterings = task.specification.clusterings
    vcov: Any = {"CRV1": clusterings[0]} if clusterings else "iid"
    formula = f"outcome ~ {right_hand_side(task.specification)}"
    fit = pyfixest.feglm(formula, data=frame, family="logit", vcov=vcov)
    names = list(fit.coef().index)
    return _answer(task, names, _by_column(fit.coef()), _by_column(fit.se()), len(frame))


def formulaic_matrix(task: Task, patterns: Any) -> None:
    """The matrix of the patterns, a frame, by formula."""
    import formulaic

    formulaic.model_matrix(right_hand_side(task.specification), patterns)


def our_matrix(task: Task, patterns: Any) -> None:
    """The same by `inference.design`."""
    from cit_platform.inference.design import design_matrix

    design_matrix(patterns, task.specification.terms)


def connected(task: Task) -> Any:
    import pandas  # noqa: F401 - what is imported late is no part of the fit
    import scipy.special  # noqa: F401

    return connect(task.files)


def matrix_of(task: Task) -> tuple[Any, Any, list[str]]:
    """Matrix, outcome and names of the columns."""
    from cit_platform.inference.design import design_matrix

    frame = frame_of(task)
    design = design_matrix(frame, task.specification.terms)
    names = [f"{c.term}[{c.level}]" if c.level else c.term for c in design.columns]
    return design.matrix, frame["outcome"].to_numpy(), names


def patterns_of(task: Task) -> Any:
    """The patterns as a frame: numbers, and text as categories."""
    import pandas as pd

    with connected(task) as connection:
        data = solved(task, connection)[0]
    predictors = data.patterns.predictors.of_rows(data.diagnosis.kept)
    factors = {name: pd.Categorical.from_codes(f.codes, f.levels) for name, f in predictors.factors.items()}
    return pd.DataFrame({**predictors.numbers, **factors})


def _by_column(values: Any) -> Any:
    """Values (p,) or (p, J - 1) as (p, J - 1)."""
    import numpy as np

    found = np.asarray(values, dtype=float)
    return found.reshape(len(found), -1)


def _answer(task: Task, names: Iterable[str], coefficients: Any, errors: Any | None, n_rows: int) -> Answer:
    outcomes = task.specification.outcome_names[1:]
    keys: list[Key] = [key_of(outcome, name) for name in names for outcome in outcomes]
    found = dict(zip(keys, coefficients.ravel().tolist(), strict=True))
    return Answer(found, {} if errors is None else dict(zip(keys, errors.ravel().tolist(), strict=True)), n_rows)


OURS = "this platform"
TEXT, CATEGORIES = "statsmodels formula, text", "statsmodels formula, categories"
OUR_MATRIX, FORMULAIC = "design of the patterns, ours", "design of the patterns, formulaic"
METHODS = (
    Method(OURS, (FORCE, CLUSTERED, DISPOSITION), connected, ours, largest=100_000_000, fresh=True),
    Method(TEXT, (FORCE, DISPOSITION), text_of, statsmodels_text),
    Method(CATEGORIES, (FORCE, DISPOSITION), frame_of, statsmodels_formula),
    Method("statsmodels matrix", (FORCE, DISPOSITION), matrix_of, statsmodels_matrix),
    Method("glum", (FORCE,), frame_of, glum_rows),
    Method("pyfixest", (FORCE,), frame_of, pyfixest_rows),
    Method("scikit-learn", (FORCE, DISPOSITION), matrix_of, sklearn_rows),
    Method(CATEGORIES, (CLUSTERED,), frame_of, statsmodels_formula, largest=1_000_000),
    Method("pyfixest", (CLUSTERED,), frame_of, pyfixest_rows, largest=1_000_000),
    Method(OUR_MATRIX, (FORCE,), patterns_of, our_matrix, largest=110_000),
    Method(FORMULAIC, (FORCE,), patterns_of, formulaic_matrix, largest=110_000),
)
