"""A specification as SQL: the rows it takes, counted by cluster, covariate pattern and outcome."""

from collections.abc import Iterable

from cit_platform.inference.diagnosis import Omission
from cit_platform.studies.specification import UNMAPPED, Specification, Window

Statement = tuple[str, dict[str, object]]

# What rows of one officer, or of one incident, have in common; a contact without an officer stands alone.
CLUSTERS = {
    "officer": "coalesce(cast(r.officer_key as varchar), concat('contact ', r.contact_id))",
    "incident": "r.incident_id",
}


def counts_statement(specification: Specification, window: Window) -> Statement:
    """Count the rows of a specification.

    Returns:
        A statement and its parameters. The answer has one row per cluster, pattern and outcome that occur: a column
        per term, `outcome` (position among the outcomes, the reference 0), a column of codes from 0 per clustering of
        the specification, in the order of their first contact, and `n`.
    """
    rows, parameters = _rows(specification, window)
    terms, clusters = specification.term_names, specification.clusterings
    codes = [_codes(name) for name in clusters]
    keys = [*terms, "value", *(f"{name}_code" for name in clusters)]
    joins = [f"join {name}s on {name}s.{name} = counted.{name}" for name in clusters]
    columns = [*terms, f"{_outcome(specification)} as outcome", *(f"{name}_code" for name in clusters)]
    sql = "\n".join(
        [
            "with " + ",\n".join([rows, *codes]),
            f"select {', '.join(columns)}, count(*) as n",
            "from counted",
            *joins,
            f"group by {', '.join(keys)}",
        ]
    )
    return sql, parameters


def rows_statement(specification: Specification, window: Window) -> Statement:
    """The rows themselves, as the second opinion reads them: a column per term, `outcome` and `officer`."""
    rows, parameters = _rows(specification, window)
    columns = ", ".join([*specification.term_names, f"{_outcome(specification)} as outcome", "officer"])
    return f"with {rows}\nselect {columns}\nfrom counted\norder by contact_id, outcome", parameters


def sizes_statement(specification: Specification, window: Window, left_out: Iterable[Omission]) -> Statement:
    """Distinct `contacts` and `officers` among the rows that stay once some levels have left."""
    rows, parameters = _rows(specification, window)
    conditions = []
    for position, omission in enumerate(left_out):
        conditions.append(f"{omission.column.term} <> $left_out_{position}")
        parameters[f"left_out_{position}"] = omission.column.level
    where = f"\nwhere {' and '.join(conditions)}" if conditions else ""
    counts = "count(distinct contact_id) as contacts, count(distinct officer) as officers"
    return f"with {rows}\nselect {counts}\nfrom counted{where}", parameters


def _outcome(specification: Specification) -> str:
    """The position of `value` among the outcomes: where rows are counted, said once per value and not for every row."""
    cases = " ".join(f"when value = $outcome_{i} then {i}" for i in range(len(specification.all_outcomes)))
    return f"case {cases} end"


def _rows(specification: Specification, window: Window) -> Statement:
    """The common table `counted`: every row of the specification's unit, outcomes and window."""
    terms = [
        f"cast(r.{t.name} as varchar) as {t.name}" if t.categorical else f"r.{t.name}" for t in specification.terms
    ]
    clusters = [f"{key} as {name}" for name, key in CLUSTERS.items()]
    columns = [*terms, f"r.{specification.column} as value", *clusters, "r.contact_id"]
    outcomes = ", ".join(f"$outcome_{i}" for i in range(len(specification.all_outcomes)))
    conditions = [
        "r.reported_date between $window_start and $window_end",
        f"r.{specification.column} in ({outcomes})",
        *(f"cast(r.{t.name} as varchar) is distinct from $unmapped" for t in specification.terms if t.categorical),
    ]
    sql = "\n".join(
        [
            "counted as (",
            "  select\n    " + ",\n    ".join(columns),
            f"  from features.{specification.unit}s r",
            "  where " + "\n    and ".join(conditions),
            ")",
        ]
    )
    parameters: dict[str, object] = {f"outcome_{i}": o.value for i, o in enumerate(specification.all_outcomes)}
    return sql, parameters | {"window_start": window[0], "window_end": window[1], "unmapped": UNMAPPED}


def _codes(name: str) -> str:
    """Clusters numbered by their first contact, not by their key: the numbers do not depend on the pseudonyms."""
    number = f"row_number() over (order by min(contact_id), {name}) - 1 as {name}_code"
    return f"{name}s as (\n  select {name}, {number}\n  from counted\n  group by {name}\n)"
