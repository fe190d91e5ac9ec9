"""The rows of many specifications of one unit and outcome, counted once at their finest, and rolled up for each."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cit_platform.inference.crossed_logit import Rows
from cit_platform.inference.crossing import Half, half_of
from cit_platform.inference.design import BoolArray, FloatArray, IntArray, Predictors, Term, factor_of
from cit_platform.modelling.counts import OFFICER
from cit_platform.modelling.features import Columns, Features
from cit_platform.modelling.specification import UNMAPPED, Specification
from cit_platform.modelling.windows import Windows

CONTACT, RECORD, CONTRADICTORY = range(3)
OF_OFFICER_AND_PLACE = {"precinct", "experience", "experience_years", "officer_race", "officer_gender"}
# Numbered by their first contact, so that the same counts give the same digits whatever the pseudonyms.
_OFFICERS = """
officers as (
  select cluster, row_number() over (order by min(contact_id), cluster) - 1 as officer
  from analysed_rows
  group by cluster
)"""
TABLES = {CONTACT: "features.contacts", RECORD: "features.records", CONTRADICTORY: "features.contradictory"}


@dataclass(frozen=True, eq=False)
class Cube:
    """Rows of `features` that are alike in all that any of some specifications asks, counted; n of them.

    Attributes:
        predictors: every term of any of the specifications, by column.
        conditions: columns that choose rows: `year`, `experience_years`, those of `only`, and what was asked for.
        table: `CONTACT`, `RECORD` or `CONTRADICTORY`.
        usable: whether reported while certification was usable.
        certified, event: indicators; of a contradictory contact what certification says is read by nobody.
        officer: codes, in the order of the first contact; a contact without one has its own.
        n: how many rows are alike.
    """

    predictors: Predictors
    conditions: Columns
    table: IntArray
    usable: BoolArray
    certified: BoolArray
    event: BoolArray
    officer: IntArray
    n: FloatArray

    def rows_of(self, specification: Specification) -> Rows:
        """The rows that a specification analyses.

        Raises:
            KeyError: the specification has terms or conditions that the cube does not hold.
        """
        unit = RECORD if specification.unit == "record" else CONTACT
        stays, certified = self.table == unit, self.certified
        if specification.contradictory != "left_out":
            contradictory = self.table == CONTRADICTORY
            stays |= contradictory
            certified = np.where(contradictory, specification.contradictory == "certified", certified)
        if specification.quarters == "usable":
            stays &= self.usable
        if specification.first_year:
            stays &= self.conditions["year"] >= specification.first_year
        if specification.only:
            column, value = specification.only
            stays &= self.conditions[column] == value
        stays &= self.mapped(specification.terms)
        if specification.known_experience:
            stays &= ~np.isnan(self.conditions["experience_years"].astype(np.float64))
        place = np.flatnonzero(stays)
        return Rows(place, certified.take(place), self.event.take(place), self.officer.take(place), self.n.take(place))

    def what_rows(self, specification: Specification) -> Hashable:
        """What `rows_of` answers by: equal for specifications of the same rows."""
        each = specification
        awaiting = frozenset(term.column for term in each.terms if self._awaits(term))
        chosen = (each.unit, each.contradictory, each.quarters, each.first_year, each.only, each.known_experience)
        return (*chosen, awaiting)

    def _awaits(self, term: Term) -> bool:
        factor = self.predictors.factors.get(term.column)
        return term.categorical and factor is not None and UNMAPPED in factor.levels

    def mapped(self, terms: Iterable[Term]) -> BoolArray:
        """Rows none of whose labels awaits its mapping, (n,)."""
        stays = np.ones(len(self.n), dtype=np.bool_)
        for term in terms:
            if self._awaits(term):
                factor = self.predictors.factors[term.column]
                stays &= factor.codes != factor.levels.index(UNMAPPED)
        return stays

    def half(self, terms: Sequence[Term]) -> Half:
        """The half of a crossing that some terms make."""
        found = self.predictors
        factors = {term.name: found.factors[term.column] for term in terms if term.categorical}
        numbers = {term.name: found.numbers[term.column] for term in terms if not term.categorical}
        return half_of(Predictors(found.n_rows, factors, numbers), terms)


def halves_of(terms: Sequence[Term], exposure: str) -> tuple[tuple[Term, ...], tuple[Term, ...]]:
    """The terms other than the exposure in two: those of the officer and the place, and those of the contact."""
    controls = [term for term in terms if term.name != exposure]
    first = tuple(term for term in controls if term.name in OF_OFFICER_AND_PLACE)
    return first, tuple(term for term in controls if term not in first)


def cube_of(
    specifications: Sequence[Specification], features: Features, windows: Windows, beside: Sequence[str] = ()
) -> Cube:
    """Count the contacts, and the records if any asks for them, that any of the specifications may analyse.

    Columns `beside` those asked for are among the conditions.

    Raises:
        ValueError: the specifications have several outcomes or exposures.
    """
    asked = {(each.column, each.outcomes, each.exposure) for each in specifications}
    if len(asked) != 1:
        raise ValueError(f"One cube counts one outcome and one exposure, not {len(asked)}.")
    [(column, outcomes, exposure)] = asked
    terms = {term.column: term for each in specifications for term in each.terms if term.name != exposure}
    conditions = dict.fromkeys(
        ["year", "experience_years", *(each.only[0] for each in specifications if each.only), *beside]
    )
    tables = [CONTACT, *([RECORD] if any(each.unit == "record" for each in specifications) else []), CONTRADICTORY]
    counted = features.select(*_statement(tables, column, exposure, terms, list(conditions), windows))
    known = np.isin(counted["value"], [outcomes[0].value, specifications[0].reference_outcome.value])
    counted = {name: values[known] for name, values in counted.items()}
    predictors = Predictors(
        len(counted["n"]),
        {name: factor_of(counted[name]) for name, term in terms.items() if term.categorical},
        {name: counted[name].astype(np.float64) for name, term in terms.items() if not term.categorical},
    )
    return Cube(
        predictors=predictors,
        conditions={name: counted[f"condition_{name}"] for name in conditions},
        table=counted["place"].astype(np.int64),
        usable=counted["usable"].astype(np.bool_),
        certified=counted["certified"].astype(np.float64) == 1.0,
        event=counted["value"] == outcomes[0].value,
        officer=counted["officer"].astype(np.int64),
        n=counted["n"].astype(np.float64),
    )


def _statement(
    tables: Sequence[int],
    column: str,
    exposure: str,
    terms: Mapping[str, Term],
    conditions: Sequence[str],
    windows: Windows,
) -> tuple[str, dict[str, object]]:
    columns = {
        "value": f"r.{column}",
        "certified": f"r.{exposure}",
        "usable": "r.reported_date between $first_usable and $last_usable",
        **{name: f"cast(r.{name} as varchar)" if term.categorical else f"r.{name}" for name, term in terms.items()},
        **{f"condition_{name}": f"r.{name}" for name in conditions},
        "cluster": OFFICER,
        "contact_id": "r.contact_id",
    }
    values = ", ".join(f"{expression} as {name}" for name, expression in columns.items())
    selects = [
        f"  select {place} as place, {values}\n  from {TABLES[place]} r\n"
        "  where r.reported_date between $first and $last"
        for place in tables
    ]
    keys = ", ".join(["place", "officer", *(name for name in columns if name not in ("cluster", "contact_id"))])
    sql = "\n".join(
        [
            "with analysed_rows as (",
            "\n  union all\n".join(selects),
            ")," + _OFFICERS,
            f"select {keys}, count(*) as n",
            "from analysed_rows join officers using (cluster)",
            f"group by {keys}",
        ]
    )
    # Where certification is usable in no quarter, no day is.
    usable = windows.usable or (windows.all[1], windows.all[0])
    names = ("first", "last", "first_usable", "last_usable")
    return sql, dict(zip(names, (*windows.all, *usable), strict=True))
