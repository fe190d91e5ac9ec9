"""Cities of the generator under chosen switches, and what the topics say of them. The seeds are fixed."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib import import_module
from typing import Any

import pandas as pd

from cit_platform.modelling.estimation import estimate
from cit_platform.modelling.features import Features
from cit_platform.modelling.specification import EXPOSURE, Specification, variant_of
from cit_platform.modelling.study import tidy_study
from cit_platform.modelling.windows import Windows
from cit_platform.sources.demo.city import FORCE, OutcomeEffects
from cit_platform.studies.absolute_risk import absolute_risk
from cit_platform.studies.estimates import estimates
from cit_platform.studies.force import FORCE_SPECIFICATIONS, PRIMARY
from cit_platform_tests.publishing.conftest import content
from cit_platform_tests.studies.switched import WINDOWS, switched_city

SMALL, LARGE, LARGEST = (60_000, 900), (200_000, 3_000), (300_000, 4_000)


@cache
def city(size: tuple[int, int] = SMALL, seed: int = 7, **changes: Any) -> Features:
    """Contacts where certification does nothing, with some switches on."""
    return switched_city(size[0], seed, effect=False, n_officers=size[1], **changes)


@cache
def table(study: str, features: Features, windows: Windows = WINDOWS) -> pd.DataFrame:
    """The table of a study; those that read other studies' get them."""
    beside: list[pd.DataFrame] = []
    if study in ("negative_controls", "interference"):
        fit = estimate(PRIMARY, features, windows)
        beside = [estimates(tidy_study((fit,), "seattle", "models/force").table)]
    elif study == "unmeasured":
        beside = [absolute_risk(features, "seattle", windows)]
    elif study in ("certification_change", "recording", "dependence"):
        beside = [table("feasibility", features, windows)]
    asked = getattr(import_module(f"cit_platform.studies.{study}"), study)
    found: pd.DataFrame = asked(features, "seattle", windows, *beside)
    return found


def said(study: str, features: Features) -> Mapping[str, str]:
    """The sentences of the study's topic by key, and its paragraphs by what leads them."""
    found = content(study, {f"models/{study}": table(study, features)})
    prose = {block.lead: block.text for block in found.blocks if hasattr(block, "lead")}
    return {finding.key: finding.sentence for finding in found.findings} | prose


def cells(study: str, features: Features, caption: str) -> dict[str, tuple[str, ...]]:
    """The rows of one table of the topic by their first cell."""
    found = content(study, {f"models/{study}": table(study, features)})
    [printed] = [block.table for block in found.blocks if hasattr(block, "table") and caption in block.table.caption]
    return {row[0]: row for row in printed.rows}


def log_odds_ratio(specification: Specification, features: Features, outcome: int = 0) -> tuple[float, float]:
    """Of certification, with its standard error."""
    found = estimate(specification, features, WINDOWS)
    assert found.fit is not None
    assert found.design is not None
    [place] = found.design.positions(EXPOSURE)
    return float(found.fit.coefficients[place, outcome]), float(found.fit.std_errors[place, outcome])


def z(specification: Specification, features: Features, outcome: int = 0, truth: float = 0.0) -> float:
    value, error = log_odds_ratio(specification, features, outcome)
    return (value - truth) / error


def force_as(variant: str) -> Specification:
    return variant_of(FORCE_SPECIFICATIONS, variant)


CRUDE = replace(PRIMARY, variant="crude", terms=tuple(term for term in PRIMARY.terms if term.name != "call_risk"))
NUMBER = r"[\d.,]*\d"


def certified(odds_ratio: float) -> OutcomeEffects:
    """The generator's force with another odds ratio of certification."""
    return OutcomeEffects(**{**vars(FORCE), "cit_certified": odds_ratio})
