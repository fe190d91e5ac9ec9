"""Which columns of which tables a column is computed from, read out of the SQL by `make docs` and kept as a file.

Not for: what Python computes: the tables of `models` have no lineage by column.
"""

import hashlib
import json
import logging
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cit_platform.codebook.agency import DEFAULT_AGENCY
from cit_platform.contracts import TABLES, Table, raw
from cit_platform.transforms import ROOT, SAME_STATEMENT, read_sql, views_of

if TYPE_CHECKING:
    from sqlglot.lineage import Node

FILE = Path(__file__).with_name("column_lineage.json")

PAGE = FILE.parents[2] / "docs" / "column-lineage.md"
PAGE_HEAD = """# Column lineage

Generated from `cit_platform/transforms/` by `make docs`; a test fails when it is out of date. What a column is computed
from, through all views and joins; conditions of joins and filters are left out. The codebook is no table of the lake;
tables of `models` are computed in Python and have no lineage by column.
"""

# Their statement compares two snapshots of the archive, by name of field and not by column.
OF_THE_ARCHIVE = (raw.REVISIONS.path, raw.COMPARISONS.path)

# The one relation of a run that a statement reads: the pseudonyms, and what they are computed from.
OF_THE_RUN = {"session": {"officers": {"officer_id": "text", "officer_key": "text"}}}
PSEUDONYMISED = ("session/officers", f"{raw.RECORDS.relation}.officer_id")

Lineage = Mapping[str, list[str]]


def column_lineage(table: Table) -> Lineage:
    """For each column its origins, such as `clean.records.force`; empty for a table that SQL does not compute."""
    known = kept_lineage().get(table.path)
    return known["columns"] if known else {}


def statement_hash(path: str) -> str:
    """A hash of a table's statement and of the views that it reads."""
    text = "\n".join([read_sql(path), *views_of(path).values()])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def lineage_of(table: Table) -> dict[str, list[str]]:
    """The lineage of a table's columns, from its statement; seconds."""
    from sqlglot.lineage import lineage

    sql, views, schema = read_sql(table.path), views_of(table.path), _schema()
    return {
        name: sorted(_origins(lineage(name, sql, schema=schema, sources=dict(views), dialect="duckdb")))
        for name in table.column_names
    }


def computed_by_sql() -> list[Table]:
    """The tables that one statement over tables of the lake computes."""
    return [
        table
        for path, table in TABLES.items()
        if path not in OF_THE_ARCHIVE and (ROOT / f"{SAME_STATEMENT.get(path, path)}.sql").exists()
    ]


def _origins(node: "Node") -> set[str]:
    """The columns of tables of the lake at the end of all ways back from a column."""
    from sqlglot import exp

    if node.downstream:
        return {origin for parent in node.downstream for origin in _origins(parent)}
    source = node.expression
    path = f"{source.db}/{source.name}" if isinstance(source, exp.Table) else ""
    if path == PSEUDONYMISED[0]:
        return {PSEUDONYMISED[1]}
    if not isinstance(source, exp.Table) or path not in TABLES:
        return set()
    return {f"{source.db}.{source.name}.{node.name.rpartition('.')[2].strip(chr(34))}"}


def _schema() -> dict[str, dict[str, dict[str, str]]]:
    """The columns of everything that a statement may read."""
    from cit_platform.codebook import codebook_relations

    schema: dict[str, dict[str, dict[str, str]]] = {**OF_THE_RUN}
    for table in TABLES.values():
        schema.setdefault(table.schema, {})[table.name] = dict.fromkeys(table.column_names, "text")
    for relation, rows in codebook_relations(DEFAULT_AGENCY).items():
        namespace, _, name = relation.partition(".")
        schema.setdefault(namespace, {})[name] = dict.fromkeys(rows.column_names, "text")
    return schema


@cache
def kept_lineage() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def lineage_page() -> str:
    """The kept lineage as a page of `docs/`: Dagster's open-source UI keeps it and does not draw it."""
    lines = [PAGE_HEAD]
    for path, lineage in kept_lineage().items():
        lines += [f"## {path}", "", "| column | computed from |", "|---|---|"]
        lines += [
            f"| `{column}` | {', '.join(f'`{origin}`' for origin in origins) or 'no column'} |"
            for column, origins in lineage["columns"].items()
        ]
        lines.append("")
    return "\n".join(lines)


def _write() -> None:
    """Read the lineage anew of every table whose statement changed."""
    # It warns of each $parameter.
    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    kept = kept_lineage() if FILE.exists() else {}
    written = {}
    for table in computed_by_sql():
        statement = statement_hash(table.path)
        before = kept.get(table.path)
        unchanged = before and before["statement"] == statement and list(before["columns"]) == list(table.column_names)
        written[table.path] = before if unchanged else {"statement": statement, "columns": lineage_of(table)}
    FILE.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")
    kept_lineage.cache_clear()
    PAGE.write_text(lineage_page(), encoding="utf-8")


if __name__ == "__main__":
    _write()
