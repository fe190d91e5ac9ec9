"""One contract per table of the lake; writer, checks, UI and data dictionary all read it."""

from collections import ChainMap

from cit_platform.contracts import clean, features, models, operations, quality, raw
from cit_platform.contracts.table import Column, ColumnType, Table

# What a refresh computes.
TABLES: dict[str, Table] = {
    table.path: table for module in (raw, clean, features, models, quality) for table in module.TABLES
}
# What is kept of the refreshes themselves.
OPERATIONS: dict[str, Table] = {table.path: table for table in operations.TABLES}
ALL_TABLES = ChainMap(OPERATIONS, TABLES)

__all__ = ["ALL_TABLES", "OPERATIONS", "TABLES", "Column", "ColumnType", "Table"]
