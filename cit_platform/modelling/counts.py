"""A specification as SQL: the rows it analyses, counted by cluster, covariate pattern and outcome."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from cit_platform.inference.diagnosis import Omission
from cit_platform.modelling.features import Columns
from cit_platform.modelling.specification import UNMAPPED, Specification
from cit_platform.modelling.windows import Window

Statement = tuple[str, dict[str, object]]

# What rows of one officer, or of one incident, have in common; a contact without an officer stands alone.
OFFICER = "coalesce(cast(r.officer_key as varchar), concat('contact ', r.contact_id))"
KEYS = {
    "officer": OFFICER,
    "named_officer": "r.officer_key",
    "incident": "r.incident_id",
    # Officers of an unknown squad are not alike for that.
    "squad": f"case r.officer_squad when 'Unknown' then {OFFICER} else concat('squad ', r.officer_squad) end",
    "contact_id": "r.contact_id",
}

SIZES = "count(distinct contact_id) as contacts, count(distinct named_officer) as officers"


def counts_statement(specification: Specification, window: Window) -> Statement:
    """Count the rows of a specification.

    Returns:
        A statement and its parameters. The result has one row per cluster, pattern and value of the outcome column
        that occur: a column per term, `value`, a column of codes per clustering of the specification, rising in the
        order of their first contact, and `n`.
    """
    terms, clusters = specification.term_names, specification.clusterings
    rows, parameters = _analysed_rows(specification, window, [*clusters, "contact_id"] if clusters else [])
    keys = ", ".join([*terms, "value", *clusters])
    counted = f"counted as (\n  select {keys}, count(*) as n\n  from analysed_rows\n  group by {keys}\n)"
    joins = [f"join {name}s on {name}s.{name} = counted.{name}" for name in clusters]
    columns = ", ".join([*terms, "value", *(f"{name}_code" for name in clusters), "n"])
    tables = ",\n".join([rows, counted, *map(_codes, clusters)])
    return "\n".join([f"with {tables}", f"select {columns}", "from counted", *joins]), parameters


def officers_statement(specification: Specification, window: Window) -> Statement:
    """The `officer` of each code of `counts_statement`, in the order of the codes; they never leave the study."""
    rows, parameters = _analysed_rows(specification, window, ["officer", "contact_id"])
    sql = f"with {rows},\n{_codes('officer')}\nselect officer\nfrom officers\norder by officer_code"
    return sql, parameters


def rows_statement(specification: Specification, window: Window) -> Statement:
    """The rows themselves, as the second opinion reads them: a column per term, `value` and `officer`."""
    rows, parameters = _analysed_rows(specification, window, ["officer", "contact_id"])
    columns = ", ".join([*specification.term_names, "value", "officer"])
    return f"with {rows}\nselect {columns}\nfrom analysed_rows\norder by contact_id, value", parameters


def number_statement(specification: Specification, window: Window) -> Statement:
    """How many rows `rows_statement` answers, as `n`."""
    rows, parameters = _analysed_rows(specification, window, [])
    return f"with {rows}\nselect count(*) as n\nfrom analysed_rows", parameters


def with_outcomes(columns: Columns, specification: Specification) -> Columns:
    """The rows whose value is an outcome, its position as `outcome`, the reference 0.

    Here and not as a condition of the statement, which would be tested in every row before it is counted: that takes
    longer than to count it.
    """
    codes, values = pd.factorize(columns["value"])
    places = {outcome.value: place for place, outcome in enumerate(specification.all_outcomes)}
    # The last is for a value that is null, whose code is -1.
    outcome = np.array([*(places.get(value, -1) for value in values.tolist()), -1], dtype=np.int64)[codes]
    coded, belongs = columns | {"outcome": outcome}, outcome >= 0
    return coded if belongs.all() else {name: column[belongs] for name, column in coded.items()}


def sizes_statement(specification: Specification, window: Window, left_out: Iterable[Omission]) -> Statement:
    """Distinct `contacts` and named `officers` among the rows that stay once some levels have left."""
    rows, parameters = _analysed_rows(specification, window, ["named_officer", "contact_id"])
    condition, more = _staying(specification, left_out)
    sql = f"with {rows}\nselect {SIZES}\nfrom analysed_rows\nwhere {condition}"
    return sql, parameters | more


def group_sizes_statement(
    specification: Specification, window: Window, left_out: Iterable[Omission], term: str, groups: Mapping[str, str]
) -> Statement:
    """Of the rows that stay: `contacts`, named `officers` and `events` of each `name`d group, whole and by `arm`.

    `arm` is the exposure, null for the whole group; a level of the term is a group but where `groups` names another.
    """
    rows, parameters = _analysed_rows(specification, window, ["named_officer", "contact_id"])
    condition, more = _staying(specification, left_out)
    renamed = {level: f"level_{i}" for i, level in enumerate(groups)}
    cases = " ".join(f"when ${name} then ${name}_group" for name in renamed.values())
    name = f"case {term} {cases} else {term} end" if cases else term
    parameters |= {f"{key}": level for level, key in renamed.items()}
    parameters |= {f"{key}_group": groups[level] for level, key in renamed.items()}
    sql = (
        f"with {rows}\nselect {name} as name, {specification.exposure} as arm, {SIZES},\n"
        f"  count(*) filter (where value = $event) as events\nfrom analysed_rows\nwhere {condition}\n"
        "group by grouping sets ((name, arm), (name))\norder by name, arm nulls first"
    )
    return sql, parameters | more | {"event": specification.outcomes[0].value}


def _staying(specification: Specification, left_out: Iterable[Omission]) -> Statement:
    """The condition that a row has an outcome of the specification and no level that left."""
    values: dict[str, object] = {f"outcome_{i}": outcome.value for i, outcome in enumerate(specification.all_outcomes)}
    levels = {f"left_out_{i}": omission.column for i, omission in enumerate(left_out)}
    conditions = [
        f"value in ({', '.join(f'${name}' for name in values)})",
        *(f"{column.term} <> ${name}" for name, column in levels.items()),
    ]
    return " and ".join(conditions), values | {name: column.level for name, column in levels.items()}


def _analysed_rows(specification: Specification, window: Window, keys: Iterable[str]) -> Statement:
    """The common table `analysed_rows`: rows of the unit and window, the terms, the `value` and the keys."""
    keys = list(keys)
    table = specification.relation or f"features.{specification.unit}s"
    selects = [_rows_of(table, specification, keys, {})]
    if specification.contradictory != "left_out":
        reading = str(int(specification.contradictory == "certified"))
        selects.append(_rows_of("features.contradictory", specification, keys, {specification.exposure: reading}))
    sql = "\n".join(["analysed_rows as (", "\n  union all\n".join(selects), ")"])
    parameters = {"window_start": window[0], "window_end": window[1], "unmapped": UNMAPPED}
    only = {"only": specification.only[1]} if specification.only else {}
    first = {"first_year": specification.first_year} if specification.first_year else {}
    return sql, {**parameters, **only, **first}


def _rows_of(table: str, specification: Specification, keys: Iterable[str], read_as: Mapping[str, str]) -> str:
    """Rows of one table, some of its columns read as a constant."""
    terms = [
        f"cast(r.{t.column} as varchar) as {t.name}"
        if t.categorical
        else f"{read_as.get(t.column, f'r.{t.column}')} as {t.name}"
        for t in specification.terms
    ]
    columns = [*terms, f"r.{specification.column} as value", *(f"{KEYS[key]} as {key}" for key in keys)]
    conditions = [
        "r.reported_date between $window_start and $window_end",
        *(f"cast(r.{t.column} as varchar) is distinct from $unmapped" for t in specification.terms if t.categorical),
        *(["r.experience_years is not null"] if specification.known_experience else []),
        *(["r.year >= $first_year"] if specification.first_year else []),
        *([f"r.{specification.only[0]} = $only"] if specification.only else []),
    ]
    return "\n".join(
        [
            "  select\n    " + ",\n    ".join(columns),
            f"  from {table} r",
            "  where " + "\n    and ".join(conditions),
        ]
    )


def _codes(name: str) -> str:
    """Clusters numbered by their first contact, not by their key: the numbers do not depend on the pseudonyms."""
    number = f"row_number() over (order by min(contact_id), {name}) - 1 as {name}_code"
    return f"{name}s as (\n  select {name}, {number}\n  from analysed_rows\n  group by {name}\n)"
