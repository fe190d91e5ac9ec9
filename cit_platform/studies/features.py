"""How studies reach the feature tables: by SQL that counts, so that no study holds rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    import pyarrow as pa


@dataclass(frozen=True)
class Features:
    """The tables `features.records` and `features.contacts` of one snapshot, under these names in a connection."""

    connection: "duckdb.DuckDBPyConnection"

    def select(self, sql: str, parameters: Mapping[str, object]) -> "pd.DataFrame":
        """The whole answer to one select statement, its values bound by name; text as sorted categories."""
        import pandas as pd

        table = self.connection.sql(sql, params=dict(parameters)).to_arrow_table()
        return pd.DataFrame({name: _column(table[name]) for name in table.column_names})


def _column(values: "pa.ChunkedArray") -> "pd.Categorical | pd.Series":
    """A column of an answer: text as codes, for the studies compare and count it and never read it row by row."""
    import numpy as np
    import pandas as pd
    import pyarrow as pa

    if not (pa.types.is_string(values.type) or pa.types.is_dictionary(values.type)):
        numbers: pd.Series = values.to_pandas()
        return numbers
    encoded = values.combine_chunks().dictionary_encode()
    levels = encoded.dictionary.to_numpy(zero_copy_only=False)
    order = np.argsort(levels)
    rank = np.append(np.argsort(order), -1)
    codes = encoded.indices.fill_null(-1).to_numpy()
    return pd.Categorical.from_codes(rank[codes], categories=levels[order])


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
