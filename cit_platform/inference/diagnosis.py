"""What can be estimated from a table, judged before fitting: missing values, empty levels, separation, rank."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cit_platform.inference.design import (
    BoolArray,
    Design,
    DesignColumn,
    FloatArray,
    IntArray,
    Predictors,
    Term,
    design_columns,
    design_of,
)
from cit_platform.inference.patterns import ClusterCounts, check_counts
from cit_platform.inference.verdict import Kind, Verdict

MINIMUM_EVENTS = 5
# Share of a column's length that other columns leave unexplained; exact collinearity gives about 1e-15.
RANK_TOLERANCE = 1e-10
NO_LEVELS: Mapping[DesignColumn, Verdict] = {}


@dataclass(frozen=True)
class Omission:
    """One coefficient that cannot be estimated, and why."""

    column: DesignColumn
    verdict: Verdict


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """What is left to fit.

    `kept` (m,) marks the rows that stay. `terms` have the references in force. `columns` are all coefficients of the
    kept rows, `left_out` the levels whose rows left, `unidentified` the columns that collinearity makes meaningless.
    `remarks` says by term what was changed. `design` is what to fit, (kept rows, p); None where `verdict` says why
    nothing can be estimated.
    """

    kept: BoolArray
    terms: tuple[Term, ...]
    columns: tuple[DesignColumn, ...]
    left_out: tuple[Omission, ...]
    unidentified: tuple[Omission, ...]
    remarks: dict[str, Verdict]
    design: Design | None
    verdict: Verdict | None


def diagnose(
    predictors: Predictors,
    counts: FloatArray,
    outcomes: tuple[str, ...],
    terms: Sequence[Term],
    exposure: str,
    cells: ClusterCounts | None = None,
    leaving: Mapping[DesignColumn, Verdict] = NO_LEVELS,
) -> Diagnosis:
    """Judge a table before a logit of its outcomes is fitted to it.

    A level of a control in which some outcome never occurs (for two outcomes: no events, or only events) has an
    infinite coefficient. Its rows leave the model, again and again until no such level is left; for two outcomes the
    other estimates are then what they would be in the limit, for more they are those of the rows that stay. If a
    reference left, the most frequent level that stays takes its place. A control that other columns determine leaves
    the model too. Only what concerns the exposure itself, or the table as a whole, is a verdict that nothing can be
    estimated.

    With cells, a level needs rows in two clusters as well: the scores of a level that lies within one add up to zero
    there, and its variance would not be estimated but missing. Patterns without rows are not there at all.

    Args:
        predictors: the terms of m rows or patterns.
        counts: (m, J) rows that each row represents, by outcome; the reference outcome first.
        outcomes: J names.
        terms: predictors, the exposure among them.
        exposure: name of an indicator; each arm needs 5 rows of every outcome.
        cells: the same counts by cluster, where the covariance shall be clustered.
        leaving: levels that leave in any case, and why.

    Raises:
        ValueError: the exposure is not an indicator of 0 and 1 among the terms, or the counts are not counts.

    Source: Albert and Anderson (1984), Biometrika 71, 1-10 (separation); Peduzzi et al. (1996), Journal of Clinical
    Epidemiology 49, 1373-1379 (events per variable).
    """
    _check_exposure(predictors, terms, exposure)
    check_counts(counts, predictors.n_rows, len(outcomes))
    occupied = np.asarray(counts.any(axis=1), dtype=np.bool_)
    result = _diagnose(_Table(predictors, counts, cells, leaving).of_rows(occupied), outcomes, terms, exposure)
    kept = np.zeros(predictors.n_rows, dtype=np.bool_)
    kept[occupied] = result.kept
    return replace(result, kept=kept)


@dataclass(frozen=True, eq=False)
class _Table:
    """Predictors of m rows, counts (m, J), the same by cluster where that matters, and levels that shall leave."""

    predictors: Predictors
    counts: FloatArray
    cells: ClusterCounts | None
    leaving: Mapping[DesignColumn, Verdict]

    def of_rows(self, kept: BoolArray) -> "_Table":
        """The rows (m,) that are kept."""
        if kept.all():
            return self
        cells = None if self.cells is None else self.cells.of_patterns(kept)
        return _Table(self.predictors.of_rows(kept), self.counts[kept], cells, self.leaving)


def _diagnose(whole: _Table, outcomes: tuple[str, ...], terms: Sequence[Term], exposure: str) -> Diagnosis:
    everything = np.ones(whole.predictors.n_rows, dtype=np.bool_)
    verdict = _table_verdict(whole, outcomes, terms) or _exposure_verdict(whole, outcomes, exposure)
    if verdict:
        terms, remarks = _present_references(whole, terms, frozenset())
        return _without_design(whole.predictors, everything, terms, (), remarks, verdict)
    kept, left_out = _leave_out_levels(whole, outcomes)
    table = whole.of_rows(kept)
    terms, remarks = _present_references(table, terms, frozenset(omission.column for omission in left_out))
    verdict = _exposure_verdict(table, outcomes, exposure) if kept.any() else _no_rows_left(left_out)
    if verdict:
        return _without_design(table.predictors, kept, terms, left_out, remarks, verdict)
    design = design_of(table.predictors, terms)
    redundant, unidentified = _collinear(design, table.counts.sum(axis=1), exposure)
    about_exposure = [omission for omission in unidentified if omission.column.term == exposure]
    if about_exposure:
        return _without_design(table.predictors, kept, terms, left_out, remarks, about_exposure[0].verdict)
    return Diagnosis(
        kept=kept,
        terms=terms,
        columns=design.columns,
        left_out=left_out,
        unidentified=tuple(unidentified),
        remarks=remarks | _single_levels(terms, design),
        design=design.without(redundant),
        verdict=None,
    )


def _without_design(
    predictors: Predictors,
    kept: BoolArray,
    terms: tuple[Term, ...],
    left_out: tuple[Omission, ...],
    remarks: dict[str, Verdict],
    verdict: Verdict,
) -> Diagnosis:
    return Diagnosis(kept, terms, design_columns(predictors, terms), left_out, (), remarks, None, verdict)


def _check_exposure(predictors: Predictors, terms: Sequence[Term], exposure: str) -> None:
    if not any(term.name == exposure and term.kind == "indicator" for term in terms):
        raise ValueError(f"The exposure {exposure} is not an indicator among the terms.")
    values = predictors.numbers[exposure]
    if not np.isin(values[~np.isnan(values)], (0.0, 1.0)).all():
        raise ValueError(f"The exposure {exposure} has values other than 0 and 1.")


def _table_verdict(table: _Table, outcomes: tuple[str, ...], terms: Sequence[Term]) -> Verdict | None:
    """Why the table as a whole allows no fit; None if it does."""
    counts = table.counts
    if counts.sum() == 0:
        return Verdict(Kind.NO_ROWS)
    for term in terms:
        missing = _missing(table.predictors, term)
        if missing.any():
            return Verdict(Kind.MISSING_VALUES, {"term": term.name, "n_rows": round(counts[missing].sum())})
    present = [name for name, n in zip(outcomes, counts.sum(axis=0), strict=True) if n > 0]
    if len(present) == 1:
        return Verdict(Kind.NO_CONTRAST, {"n_rows": round(counts.sum()), "outcome": present[0]})
    return None


def _missing(predictors: Predictors, term: Term) -> BoolArray:
    if term.categorical:
        return predictors.factors[term.name].codes < 0
    return np.asarray(~np.isfinite(predictors.numbers[term.name]), dtype=np.bool_)


def _exposure_verdict(table: _Table, outcomes: tuple[str, ...], exposure: str) -> Verdict | None:
    """Why the arms of the exposure cannot be compared; None if they can."""
    exposed = table.predictors.numbers[exposure]
    arms = {1: exposed @ table.counts, 0: (1.0 - exposed) @ table.counts}
    for value, arm in arms.items():
        if arm.sum() == 0:
            return Verdict(Kind.CONSTANT_EXPOSURE, {"exposure": exposure, "value": value})
    cases = [
        {"value": value, "outcome": name, "n_events": round(arm[j]), "n_rows": round(arm.sum())}
        for value, arm in arms.items()
        for j, name in enumerate(outcomes)
        if arm[j] < MINIMUM_EVENTS
    ]
    if cases:
        return Verdict(Kind.TOO_FEW_EVENTS, {"exposure": exposure, "cases": cases, "minimum": MINIMUM_EVENTS})
    for value, arm in arms.items():
        if _in_one_cluster(table.cells, exposed, value, arm.sum()):
            return Verdict(Kind.ONE_CLUSTER, {"exposure": exposure, "value": value, "n_rows": round(arm.sum())})
    return None


def _in_one_cluster(cells: ClusterCounts | None, values: FloatArray | IntArray, value: int, n_rows: float) -> bool:
    """Whether the `n_rows` rows of the patterns (m,) with this value are of one cluster, in any of the clusterings."""
    if cells is None or n_rows > cells.largest_cluster:
        return False
    clusters = cells.clusters[(values == value)[cells.pattern] & (cells.rows > 0)]
    return bool((clusters == clusters[0]).all(axis=0).any())


def _leave_out_levels(table: _Table, outcomes: tuple[str, ...]) -> tuple[BoolArray, tuple[Omission, ...]]:
    """Rows that stay once every control level without some outcome or a second cluster has left, and these levels.

    Then those that shall leave in any case.
    """
    kept = np.ones(table.predictors.n_rows, dtype=np.bool_)
    left_out: list[Omission] = []
    while True:
        unusable = list(_unusable_levels(table, outcomes)) or list(_leaving_levels(table))
        if not unusable:
            return kept, tuple(left_out)
        stays = np.ones(table.predictors.n_rows, dtype=np.bool_)
        for name, code, verdict in unusable:
            factor = table.predictors.factors[name]
            left_out.append(Omission(DesignColumn(name, factor.levels[code]), verdict))
            stays &= factor.codes != code
        kept[kept] = stays
        table = table.of_rows(stays)


def _unusable_levels(table: _Table, outcomes: tuple[str, ...]) -> Iterator[tuple[str, int, Verdict]]:
    """Factor, code and verdict of each level that has no coefficient, or no variance."""
    for name, factor in table.predictors.factors.items():
        by_level = [np.bincount(factor.codes, weights=n, minlength=len(factor.levels)) for n in table.counts.T]
        for code, counts in enumerate(np.column_stack(by_level)):
            n_rows = counts.sum()
            absent = [outcome for outcome, n in zip(outcomes, counts, strict=True) if n == 0]
            if n_rows > 0 and (absent or _in_one_cluster(table.cells, factor.codes, code, n_rows)):
                yield name, code, Verdict(Kind.LEVEL_LEFT_OUT, {"absent": absent, "n_rows": round(n_rows)})


def _leaving_levels(table: _Table) -> Iterator[tuple[str, int, Verdict]]:
    """Factor, code and verdict of each level that occurs and shall leave."""
    for name, factor in table.predictors.factors.items():
        for code in factor.present.tolist():
            verdict = table.leaving.get(DesignColumn(name, factor.levels[code]))
            if verdict is not None:
                yield name, code, verdict


def _no_rows_left(omissions: Sequence[Omission]) -> Verdict:
    levels = [{"column": omission.column.label, **omission.verdict.facts} for omission in omissions]
    return Verdict(Kind.NO_ROWS_LEFT, {"levels": levels})


def _present_references(
    table: _Table, terms: Sequence[Term], gone: frozenset[DesignColumn]
) -> tuple[tuple[Term, ...], dict[str, Verdict]]:
    """Terms whose reference occurs; where it does not, the most frequent level takes its place, with a remark."""
    present: list[Term] = []
    remarks: dict[str, Verdict] = {}
    for term in terms:
        level = _most_frequent(table, term) if term.categorical else ""
        if not level or level == term.reference:
            present.append(term)
            continue
        left_out = DesignColumn(term.name, term.reference) in gone
        facts = {"reference": term.reference, "left_out": left_out, "level": level}
        remarks[term.name] = Verdict(Kind.REFERENCE_REPLACED, facts)
        present.append(replace(term, reference=level))
    return tuple(present), remarks


def _most_frequent(table: _Table, term: Term) -> str:
    """The reference if it occurs, else the level with most rows; empty where no level is left."""
    factor = table.predictors.factors[term.name]
    occurring = [factor.levels[code] for code in factor.present]
    if term.reference in occurring or not occurring:
        return term.reference
    known = factor.codes >= 0
    rows = table.counts.sum(axis=1)[known]
    return factor.levels[int(np.argmax(np.bincount(factor.codes[known], weights=rows, minlength=len(factor.levels))))]


def _single_levels(terms: Sequence[Term], design: Design) -> dict[str, Verdict]:
    """Categorical terms that vanish because one level is left."""
    return {
        term.name: Verdict(Kind.CONSTANT_TERM, {"term": term.name, "level": term.reference})
        for term in terms
        if term.categorical and not design.positions(term.name)
    }


def _collinear(design: Design, weights: FloatArray, exposure: str) -> tuple[list[int], list[Omission]]:
    """Positions of the columns that others determine, and every coefficient that loses its meaning by it.

    The exposure is tried last, so a control is never found to depend on it: the exposure then depends on the control.
    """
    gram = design.gram(weights)
    order = sorted(range(len(gram)), key=lambda j: design.columns[j].term == exposure)
    if _of_full_rank(gram[np.ix_(order, order)]):
        return [], []
    independent: list[int] = []
    redundant: list[int] = []
    verdicts: dict[int, Verdict] = {}
    for j in order:
        partners = _partners(gram, independent, j)
        if partners is None:
            independent.append(j)
            continue
        redundant.append(j)
        if partners in ([], [0]):
            verdicts[j] = Verdict(Kind.CONSTANT_COLUMN, {"column": design.columns[j].label})
            continue
        group = [j, *partners]
        for member in group:
            others = [design.columns[i].label for i in group if i != member]
            facts = {"column": design.columns[member].label, "others": others}
            verdicts[member] = Verdict(Kind.COLLINEAR, facts)
    return redundant, [Omission(design.columns[j], verdicts[j]) for j in sorted(verdicts)]


def _of_full_rank(gram: FloatArray) -> bool:
    """Whether every column keeps enough of its length when those before it have explained what they can."""
    length = np.sqrt(np.diag(gram))
    if not length.all():
        return False
    try:
        unexplained = np.diag(np.linalg.cholesky(gram / np.outer(length, length))) ** 2
    except np.linalg.LinAlgError:
        return False
    return bool(unexplained.min() > RANK_TOLERANCE)


def _partners(gram: FloatArray, independent: list[int], j: int) -> list[int] | None:
    """Independent columns that together determine column j; None if they do not."""
    if gram[j, j] == 0:
        return []
    if not independent:
        return None
    scale = np.sqrt(np.diag(gram)[independent])
    inner = gram[np.ix_(independent, independent)] / np.outer(scale, scale)
    loading = np.linalg.solve(inner, gram[independent, j] / scale)
    unexplained = gram[j, j] - loading @ (gram[independent, j] / scale)
    if unexplained > RANK_TOLERANCE * gram[j, j]:
        return None
    relevant = np.abs(loading) > 1e-6 * np.sqrt(gram[j, j])
    return [i for i, counts in zip(independent, relevant, strict=True) if counts]
