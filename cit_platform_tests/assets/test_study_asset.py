"""Assets of studies: one per table of models, named alike in every room, described by the study itself."""

import inspect
from importlib import import_module
from pathlib import Path

import dagster as dg
import pytest

import cit_platform
from cit_platform.assets.models import ASSETS
from cit_platform.contracts import models

PACKAGE = Path(cit_platform.__file__).parent
NAMES = [table.name for table in models.TABLES]


def names_in(folder: str) -> set[str]:
    return {file.stem for file in (PACKAGE / folder).glob("*.py")} - {"__init__", "columns"}


def test_a_table_its_contract_its_study_and_its_asset_have_one_name() -> None:
    assert names_in("contracts/models") == names_in("studies") == set(NAMES)
    assert [asset.key.path for asset in ASSETS] == [["models", name] for name in NAMES]


@pytest.mark.parametrize("asset", ASSETS, ids=lambda asset: asset.key.path[-1])
def test_a_study_says_in_its_module_what_the_asset_is_for(asset: dg.AssetsDefinition) -> None:
    module = import_module(f"cit_platform.studies.{asset.key.path[-1]}")
    [spec] = asset.specs
    assert (spec.description or "").startswith(inspect.getdoc(module) or "nothing")
    assert callable(getattr(module, asset.key.path[-1]))
