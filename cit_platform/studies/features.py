"""How studies reach the feature tables: by SQL that counts, so that no study holds rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb
    import pandas as pd


@dataclass(frozen=True)
class Features:
    """The tables `features.records` and `features.contacts` of one snapshot, under these names in a connection."""

    connection: "duckdb.DuckDBPyConnection"

    def select(self, sql: str, parameters: Mapping[str, object]) -> "pd.DataFrame":
        """The whole answer to one select statement, its values bound by name."""
        return self.connection.execute(sql, dict(parameters)).df()


def feature_frames(records: "pd.DataFrame", contacts: "pd.DataFrame") -> Features:
    """Feature tables held in memory, asked by the same SQL as those of the lake."""
    import duckdb

    connection = duckdb.connect(":memory:")
    connection.execute("create schema features").fetchall()
    for name, frame in (("records", records), ("contacts", contacts)):
        connection.register("arriving", frame)
        connection.execute(f"create table features.{name} as select * from arriving").fetchall()
        connection.unregister("arriving")
    return Features(connection)
