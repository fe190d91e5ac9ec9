"""A specification whose exposure has a coefficient of its own in each group of contacts, with one joint covariance."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from cit_platform.inference.by_group import split_exposure, term_of
from cit_platform.inference.counts import fit_counts
from cit_platform.inference.design import Design, DesignColumn, FloatArray, IntArray, Term
from cit_platform.inference.diagnosis import MINIMUM_EVENTS
from cit_platform.inference.fit import Fit
from cit_platform.inference.jackknife import jackknifed, one_step_jackknife
from cit_platform.inference.verdict import Kind, Verdict
from cit_platform.modelling.counts import group_sizes_statement
from cit_platform.modelling.estimation import GroupedData, prepare, without_levels
from cit_platform.modelling.features import Features
from cit_platform.modelling.specification import Specification
from cit_platform.modelling.windows import Windows

# Fewer officers on one side of a comparison are not shown.
FEWEST_OFFICERS = 10


@dataclass(frozen=True)
class GroupSizes:
    """What a group holds: contacts, named officers, contacts with the outcome, and officers of the smaller arm."""

    contacts: int
    officers: int
    events: int
    officers_of_arm: int


@dataclass(frozen=True, eq=False)
class ByGroup:
    """The exposure in each group.

    `names` are the groups that have numbers, in order; `fit` is that of `design`, whose column of the exposure is split
    by `group` (m,). `refused` says of the other groups why they have none; `verdict` of all, with `fit` None.
    """

    data: GroupedData
    names: tuple[str, ...]
    group: IntArray
    design: Design | None
    fit: Fit | None
    refused: Mapping[str, Verdict]
    sizes: Mapping[str, GroupSizes]
    verdict: Verdict | None

    @property
    def weights(self) -> FloatArray:
        """Contacts by pattern, (m,)."""
        return np.asarray(self.data.counts.sum(axis=1), dtype=np.float64)

    def positions(self) -> list[int]:
        """Columns of the exposure in each group, in the order of the names."""
        assert self.design is not None
        exposure = self.data.specification.exposure
        return [self.design.positions(term_of(exposure, name))[0] for name in self.names]


def estimate_by_group(
    specification: Specification,
    features: Features,
    windows: Windows,
    term: Term,
    groups: Mapping[str, str] | None = None,
) -> ByGroup:
    """Fit a specification of two outcomes with the exposure split by the levels of one of its terms.

    A group with too few events or officers on one side has no number, and its rows leave the fit.

    Args:
        specification: with `term` among its terms; its covariance is that of the jackknife over its first clustering.
        features: feature tables.
        windows: report dates.
        term: whose levels are the groups.
        groups: the group of a level that is not its own.
    """
    data = prepare(specification, features, windows)
    group_of = dict(groups or {})
    if data.diagnosis.design is None:
        return _nothing(data, {}, {}, data.diagnosis.verdict)
    sizes = _sizes(data, features, term, group_of)
    refused: dict[str, Verdict] = {
        name: Verdict(Kind.FEW_OFFICERS, {"minimum": FEWEST_OFFICERS})
        for name, size in sizes.items()
        if size.officers_of_arm < FEWEST_OFFICERS
    }
    refused |= _left_at_once(data, term, group_of)
    while True:
        left = without_levels(data, _leaving(data, term, group_of, refused))
        if left.diagnosis.design is None:
            # Where no group is left, why the first one left says more than that there is nothing.
            verdict = next(iter(refused.values())) if refused.keys() >= sizes.keys() else left.diagnosis.verdict
            return _nothing(left, refused, sizes, verdict)
        more = dict(_too_few_events(left, term, group_of))
        if not more:
            break
        refused |= more
    if left.diagnosis.left_out != data.diagnosis.left_out:
        sizes |= _sizes(left, features, term, group_of)
    return _fitted(left, term, group_of, refused, sizes)


def _fitted(
    data: GroupedData,
    term: Term,
    group_of: Mapping[str, str],
    refused: Mapping[str, Verdict],
    sizes: Mapping[str, GroupSizes],
) -> ByGroup:
    assert data.diagnosis.design is not None
    names, group = _groups(data, term, group_of)
    design = split_exposure(data.diagnosis.design, data.specification.exposure, group, names)
    fit = fit_counts(design, data.counts, data.specification.outcome_names)
    if fit.converged:
        fit = jackknifed(fit, design, data.kept_cells, one_step_jackknife(fit, design, data.kept_cells))
    if not fit.converged:
        return _nothing(data, refused, sizes, fit.verdict)
    return ByGroup(data, names, group, design, fit, refused, sizes, None)


def _nothing(
    data: GroupedData, refused: Mapping[str, Verdict], sizes: Mapping[str, GroupSizes], verdict: Verdict | None
) -> ByGroup:
    return ByGroup(data, (), np.zeros(0, dtype=np.int64), None, None, refused, sizes, verdict)


def _groups(data: GroupedData, term: Term, group_of: Mapping[str, str]) -> tuple[tuple[str, ...], IntArray]:
    """Names of the groups of the kept patterns, and the group (m,) of each."""
    factor, kept = data.patterns.predictors.factors[term.name], data.diagnosis.kept
    level_names = np.array([group_of.get(level, level) for level in factor.levels], dtype=object)
    names, group = np.unique(level_names[factor.codes[kept]].astype(str), return_inverse=True)
    return tuple(map(str, names)), group.astype(np.int64)


def _left_at_once(data: GroupedData, term: Term, group_of: Mapping[str, str]) -> dict[str, Verdict]:
    """Groups all of whose levels the diagnosis left out, and why."""
    left = {each.column.level: each.verdict for each in data.diagnosis.left_out if each.column.term == term.name}
    stay = _groups(data, term, group_of)[0]
    named = {group_of.get(level, level): verdict for level, verdict in left.items()}
    return {name: verdict for name, verdict in named.items() if name not in stay}


def _leaving(
    data: GroupedData, term: Term, group_of: Mapping[str, str], refused: Mapping[str, Verdict]
) -> dict[DesignColumn, Verdict]:
    """The levels of the refused groups."""
    levels = data.patterns.predictors.factors[term.name].levels
    named = {level: group_of.get(level, level) for level in levels}
    return {DesignColumn(term.name, level): refused[name] for level, name in named.items() if name in refused}


def _too_few_events(data: GroupedData, term: Term, group_of: Mapping[str, str]) -> Iterator[tuple[str, Verdict]]:
    """Groups in which an arm has too few rows of one outcome, and why."""
    assert data.diagnosis.design is not None
    specification, design = data.specification, data.diagnosis.design
    exposed = design.matrix[:, design.positions(specification.exposure)[0]] == 1
    names, group = _groups(data, term, group_of)
    for place, name in enumerate(names):
        arms = {arm: data.counts[(group == place) & (exposed == bool(arm))].sum(axis=0) for arm in (0, 1)}
        cases = [
            {"value": arm, "outcome": outcome, "n_events": round(n), "n_rows": round(counts.sum())}
            for arm, counts in arms.items()
            for outcome, n in zip(specification.outcome_names, counts.tolist(), strict=True)
            if n < MINIMUM_EVENTS
        ]
        if cases:
            facts = {"exposure": specification.exposure, "minimum": MINIMUM_EVENTS, "cases": cases}
            yield name, Verdict(Kind.TOO_FEW_EVENTS, facts)


def _sizes(data: GroupedData, features: Features, term: Term, group_of: Mapping[str, str]) -> dict[str, GroupSizes]:
    """Sizes of the groups that stay; an arm without a contact has no officer."""
    statement = group_sizes_statement(data.specification, data.window, data.diagnosis.left_out, term.name, group_of)
    found = features.select(*statement)
    rows = list(zip(found["name"], found["arm"], found["contacts"], found["officers"], found["events"], strict=True))
    officers = {(name, int(arm)): int(n) for name, arm, _, n, _ in rows if not np.isnan(arm)}
    return {
        str(name): GroupSizes(
            int(contacts), int(named), int(events), min(officers.get((name, arm), 0) for arm in (0, 1))
        )
        for name, arm, contacts, named, events in rows
        if np.isnan(arm)
    }
