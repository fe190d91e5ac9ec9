"""How far does the answer on force hang on choices that could have been made otherwise? All of them, combined.

For: seeing the range of the standardised difference over every combination of the protocol's forks, on one population.
Not for: counting how many ways point where: they share their data, and some choices are worse than others.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from cit_platform.inference.crossed_logit import CrossedFit, Rows, fit_crossed
from cit_platform.inference.crossing import Crossed, Half, crossed
from cit_platform.inference.design import DesignColumn, FloatArray, Term
from cit_platform.inference.power import detectable_std_errors
from cit_platform.modelling.cube import CONTACT, Cube, cube_of, halves_of
from cit_platform.modelling.features import Features
from cit_platform.modelling.specification import Specification
from cit_platform.modelling.tidy import conform, reason_columns
from cit_platform.modelling.windows import Windows
from cit_platform.studies.diagnostics import reason_against_variants
from cit_platform.studies.force import PRIMARY
from cit_platform.studies.protocol import protocol
from cit_platform.studies.protocol.specifications import combined

PATH = "models/multiverse"
Chosen = Mapping[str, str]


def multiverse(features: Features, agency: str, windows: Windows, diagnostics: pd.DataFrame) -> pd.DataFrame:
    """A row per combination of choices, in the contract of `models/multiverse`.

    Where the specification that speaks has no number to show, or too few events, no other is asked.
    """
    asked = list(combined(PRIMARY))
    why = reason_against_variants(PRIMARY, features, windows, diagnostics)
    if why is None:
        return combination_rows(asked, features, agency, windows)
    return conform([_row(chosen, CrossedFit(why), agency) for chosen, _ in asked], PATH)


def combination_rows(
    asked: Sequence[tuple[Chosen, Specification]], features: Features, agency: str, windows: Windows
) -> pd.DataFrame:
    """The rows of some combinations, averaged over the contacts that all of them speak of."""
    fits = fit_all([specification for _, specification in asked], features, windows)
    return conform([_row(chosen, fit, agency) for (chosen, _), fit in zip(asked, fits, strict=True)], PATH)


def headline_numbers(frame: pd.DataFrame) -> dict[str, float]:
    """The range of the differences that are shown, per 1,000 contacts, for the UI to plot over time."""
    shown = frame[frame["converged"] & ~frame["refused"].fillna(value=True)]["risk_difference"] * 1000
    if shown.empty:
        return {}
    return {"lowest per 1,000": float(shown.min()), "median": float(shown.median()), "highest": float(shown.max())}


def fit_all(specifications: Sequence[Specification], features: Features, windows: Windows) -> list[CrossedFit]:
    """Fit every specification of one outcome, standardised over the contacts that all of them speak of."""
    found: dict[int, CrossedFit] = {}
    choosing = [each.only[0] for each in specifications if each.only]
    for unit in dict.fromkeys(each.unit for each in specifications):
        places = [place for place, each in enumerate(specifications) if each.unit == unit]
        cube = cube_of([specifications[place] for place in places], features, windows, choosing)
        population = population_of(cube, specifications)
        everything = np.arange(len(population))
        start: Mapping[DesignColumn, float] = {}
        rows: dict[Hashable, Rows] = {}
        for table, alike in _by_terms(cube, specifications, places):
            weight = table.weighed(everything, population)
            for place in alike:
                specification = specifications[place]
                asked = cube.what_rows(specification)
                if asked not in rows:
                    rows[asked] = cube.rows_of(specification)
                found[place] = fit_crossed(table, rows[asked], weight, start)
                start = found[place].coefficients or start
    return [found[place] for place in range(len(specifications))]


def population_of(cube: Cube, specifications: Sequence[Specification]) -> FloatArray:
    """The contacts that every specification can speak of, (n,) as counted: those that each choice of rows leaves in.

    A choice that leaves nothing in says nothing of anybody, and does not count.
    """
    of_rows: dict[str, Any] = {"terms": (), "unit": "contact", "contradictory": "left_out", "variant": ""}
    chosen = dict.fromkeys(replace(each, **of_rows) for each in specifications)
    known = cube.mapped(term for each in specifications for term in each.terms)
    population: FloatArray = np.where(known & (cube.table == CONTACT), cube.n, 0.0)
    for specification in chosen:
        left, place = np.zeros_like(population), cube.rows_of(specification).place
        left[place] = population[place]
        population = left if left.any() else population
    return population


def _by_terms(
    cube: Cube, specifications: Sequence[Specification], places: Sequence[int]
) -> Iterator[tuple[Crossed, list[int]]]:
    """The specifications that hold the same constant, by their places, with the crossing of their terms."""
    halves: dict[tuple[Term, ...], Half] = {}
    by_terms: dict[tuple[tuple[Term, ...], tuple[Term, ...]], list[int]] = {}
    for place in places:
        pair = halves_of(specifications[place].terms, specifications[place].exposure)
        by_terms.setdefault(pair, []).append(place)
    for pair, alike in by_terms.items():
        for terms in pair:
            if terms not in halves:
                halves[terms] = cube.half(terms)
        yield crossed(*(halves[terms] for terms in pair)), alike


def _row(chosen: Chosen, fit: CrossedFit, agency: str) -> dict[str, Any]:
    found, refusing = fit.risk_difference, _refusing(fit)
    numbers = (
        {}
        if found is None
        else {
            "risk_difference": float(found.estimate[0]),
            "conf_low": float(found.low[0]),
            "conf_high": float(found.high[0]),
            "effective_clusters": fit.effective_clusters,
            "n_contacts": round(fit.n_population),
        }
    )
    return {
        "agency": agency,
        "outcome": PRIMARY.outcomes[0].name,
        **chosen,
        **numbers,
        "n_rows": fit.n_rows,
        "n_events": fit.n_events,
        "left_out": fit.left_out,
        "refused": None if found is None else bool(refusing),
        "refused_by": "; ".join(refusing),
        "converged": found is not None,
        **reason_columns(fit.verdict),
    }


def _refusing(fit: CrossedFit) -> list[str]:
    """The gates of the protocol that a fit fails; those that need no second model of it are asked."""
    if fit.risk_difference is None:
        return []
    # In log odds, by the slope of the risk: what the other coefficients add to it is of second order.
    error = float(fit.risk_difference.std_error[0]) / fit.slope
    needed = float(detectable_std_errors(np.array(fit.effective_clusters))) * error
    values = {
        "left_out": max(fit.left_out, 1.0 - fit.population_share),
        "effective_clusters": fit.effective_clusters,
        "detectable_above": float(np.exp(needed)),
        "detectable_below": float(np.exp(-needed)),
    }
    thresholds = protocol().thresholds
    return [name for name, value in values.items() if thresholds[name].gate and not thresholds[name].passes(value)]
