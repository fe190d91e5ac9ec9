"""How a study becomes an asset; what it asks, its headline numbers and its checks come with the study.

A study is the module of `studies/` that is named as its table, and the function in it of the same name. It is loaded
when it runs: the code location shows its docstring and stays free of the heavy libraries.
"""

import ast
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

import cit_platform.studies
from cit_platform.assets.fit_looks import noted_fits
from cit_platform.assets.inputs import Inputs
from cit_platform.assets.table_asset import Checked, Result, table_asset
from cit_platform.checks.model_checks import MODEL_CHECKS, checked
from cit_platform.contracts import Table, quality
from cit_platform.engine.query import Query

if TYPE_CHECKING:
    import pandas as pd

CODE = ["codebook", "inference", "modelling", "studies"]
STUDIES = Path(cit_platform.studies.__file__).parent


def feature_study(table: Table, reads: Sequence[str], beside: Sequence[str] = ()) -> dg.AssetsDefinition:
    """A study that asks the feature tables, over all quarters or those whose exposure is usable.

    The tables of other studies `beside` are one further argument each.
    """

    def compute(inputs: Inputs) -> Result:
        from cit_platform.modelling.features import Features
        from cit_platform.modelling.windows import windows_of

        windows = windows_of(inputs.frame(quality.EXPOSURE.path), inputs.window)
        with inputs.home.duckdb.bound(Query("", inputs.files)) as connection:
            features = Features(connection, inputs.feature_files)
            found = _study(table)(features, inputs.agency, windows, *(inputs.frame(path) for path in beside))
            frame, outcomes = checked(found, features) if table.path in MODEL_CHECKS else (found, ())
            return Checked(frame, outcomes, tuple(noted_fits(table, frame, inputs.provenance)))

    return _asset(table, [*reads, *beside, quality.EXPOSURE.path], {"duckdb", "python", "numpy"}, compute)


def table_study(table: Table, reads: Sequence[str]) -> dg.AssetsDefinition:
    """A study that reads the tables of other studies, one argument each."""

    def compute(inputs: Inputs) -> Result:
        result: Result = _study(table)(*(inputs.frame(path) for path in reads))
        return result

    return _asset(table, reads, {"python"}, compute)


def _asset(table: Table, reads: Sequence[str], kinds: set[str], compute: Any) -> dg.AssetsDefinition:
    compute.__doc__ = ast.get_docstring(ast.parse((STUDIES / f"{table.name}.py").read_text(encoding="utf-8")))

    def numbers(frame: "pd.DataFrame") -> Mapping[str, float]:
        headline = getattr(_module(table), "headline_numbers", None)
        return headline(frame) if headline else {}

    return table_asset(table, reads=reads, code=CODE, kinds=kinds, numbers=numbers)(compute)


def _study(table: Table) -> Any:
    return getattr(_module(table), table.name)


def _module(table: Table) -> Any:
    return import_module(f"cit_platform.studies.{table.name}")
