"""Questions that the portal answers by counting itself: a small part of its query language, SoQL."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Aggregate:
    """A query whose answer is a few rows of counts and extremes.

    Attributes:
        label: what is asked for, for messages.
        select: columns and aggregates with their names, such as `disposition,count(*) as n_rows`.
        where: which rows; all where it is empty.
        group: columns to group by.
        order: columns to sort by.
        limit: rows of the answer; the portal's own limit where it is 0.
    """

    label: str
    select: str
    where: str = ""
    group: str = ""
    order: str = ""
    limit: int = 0

    def params(self) -> dict[str, str]:
        """The query as SODA 2.1 takes it: one parameter of the URL for each clause."""
        clauses = {
            "$select": self.select,
            "$where": self.where,
            "$group": self.group,
            "$order": self.order,
            "$limit": str(self.limit or ""),
        }
        return {name: clause for name, clause in clauses.items() if clause}

    def text(self) -> str:
        """The query as SODA 3 takes it: one text."""
        clauses = {
            "SELECT": self.select,
            "WHERE": self.where,
            "GROUP BY": self.group,
            "ORDER BY": self.order,
            "LIMIT": str(self.limit or ""),
        }
        return " ".join(f"{keyword} {clause}" for keyword, clause in clauses.items() if clause)


def count_rows(*more: str) -> Aggregate:
    """The count of rows as `n_rows`, with other aggregates beside it."""
    return Aggregate("the count of rows", ",".join(("count(*) as n_rows", *more)))


def count_by(*columns: str, label: str, limit: int, more: str = "", where: str = "") -> Aggregate:
    """The count of rows as `n_rows` by columns, the most frequent first."""
    names = ",".join(columns)
    select = f"{names},count(*) as n_rows" + (f",{more}" if more else "")
    return Aggregate(label, select, where, names, f"n_rows desc,{names}", limit)
