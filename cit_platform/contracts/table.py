"""What a table promises: its columns, their types and meaning, its key and its warnings."""

from dataclasses import dataclass
from typing import Literal

# Who answers for every table and what is made of it.
OWNER = "team:cit-platform"

ColumnType = Literal["string", "int32", "int64", "double", "boolean", "date", "timestamp_ntz"]


@dataclass(frozen=True)
class Column:
    """One column of a table.

    `public` is the redaction list beside the schema: a private column never leaves the home in an edition.
    """

    name: str
    type: ColumnType
    meaning: str
    nullable: bool = True
    public: bool = True


@dataclass(frozen=True)
class Table:
    """One table of the lake; `key` holds the columns that identify and order its rows.

    `packed` is a table of thousands of rows, whose CSV is published gzipped.
    """

    schema: str
    name: str
    grain: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    may_be_empty: bool = False
    warnings: tuple[str, ...] = ()
    packed: bool = False

    @property
    def path(self) -> str:
        """Asset key as text and path below the lake, e.g. `clean/records`."""
        return f"{self.schema}/{self.name}"

    @property
    def relation(self) -> str:
        """Name of the table in SQL, e.g. `clean.records`."""
        return f"{self.schema}.{self.name}"

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def public_columns(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.public)
