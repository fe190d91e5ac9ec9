"""One contract per table of the lake; writer, checks, UI and data dictionary all read it."""

from cit_platform.contracts import clean, features, models, quality, raw
from cit_platform.contracts.table import Column, ColumnType, Table

TABLES: dict[str, Table] = {
    table.path: table for module in (raw, clean, features, models, quality) for table in module.TABLES
}

__all__ = ["TABLES", "Column", "ColumnType", "Table"]
