"""How studies reach the feature tables: by SQL that counts, so that no study holds rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cit_platform.confined import confine
from cit_platform.contracts import TABLES

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Features:
    """The tables `features.records`, `contacts` and `contradictory` of one snapshot, so named in a connection.

    Beside them the others that a study reads, under their own names. `files` are those that they lie in, which never
    change; there are none for tables in memory.
    """

    connection: "duckdb.DuckDBPyConnection"
    files: tuple[str, ...] = ()

    def select(self, sql: str, parameters: Mapping[str, object]) -> Columns:
        """The whole result of one select statement, its values bound by name: columns (n,), text as objects.

        A null is None in a column of text, NaT among dates, NaN among numbers.
        """
        columns: dict[str, Any] = self.connection.execute(sql, dict(parameters)).fetchnumpy()
        return {name: _unmasked(column) for name, column in columns.items()}


# By kind of column; numbers become floats.
NULLS = {"O": None, "M": np.datetime64("NaT")}


def _unmasked(column: NDArray[Any]) -> NDArray[Any]:
    if not isinstance(column, np.ma.MaskedArray):
        return column
    kind = column.dtype.kind
    plain: NDArray[Any] = column.data.copy() if kind in NULLS else column.data.astype(np.float64)
    plain[column.mask] = NULLS.get(kind, np.nan)
    return plain


def feature_frames(
    records: "pd.DataFrame",
    contacts: "pd.DataFrame",
    contradictory: "pd.DataFrame | None" = None,
    others: "Mapping[str, pd.DataFrame] | None" = None,
) -> Features:
    """Feature tables held in memory, asked by the same SQL as those of the lake.

    Args:
        records: features/records.
        contacts: features/contacts.
        contradictory: features/contradictory; none if not given.
        others: further tables by `schema.name`; raw.revisions and raw.comparisons are those of a first snapshot, and
            so without rows, if not given.
    """
    import duckdb

    connection = duckdb.connect(":memory:")
    confine(connection)
    tables = {"features.records": records, "features.contacts": contacts}
    tables["features.contradictory"] = contacts.head(0) if contradictory is None else contradictory
    for name, frame in (tables | _first_snapshot() | dict(others or {})).items():
        connection.execute(f"create schema if not exists {name.split('.')[0]}").fetchall()
        connection.register("arriving", frame)
        connection.execute(f"create table {name} as select * from arriving").fetchall()
        connection.unregister("arriving")
    return Features(connection)


def _first_snapshot() -> "dict[str, pd.DataFrame]":
    import pandas as pd

    return {
        f"raw.{name}": pd.DataFrame(columns=list(TABLES[f"raw/{name}"].column_names))
        for name in ("revisions", "comparisons")
    }
