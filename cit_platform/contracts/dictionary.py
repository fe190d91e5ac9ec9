"""The data dictionary of `docs/`, generated from the contracts."""

from collections.abc import Iterable
from pathlib import Path

from cit_platform.contracts import ALL_TABLES, Column, Table
from cit_platform.contracts.models.columns import TIDY_COLUMNS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "data-dictionary.md"

WARNINGS = {
    "use_caution_when_counting": "use caution when counting: rows repeat contacts",
    "holds_personal_data": "holds badge numbers or other personal data: never leaves the home",
}

INTRODUCTION = """# Data dictionary

Generated from `cit_platform/contracts/` by `make docs`; a test fails when it is out of date.
A column marked *private* never leaves the home in an edition.
"""

TIDY = """## The columns of a coefficient

Shared by the tables of `models` with one row per coefficient, and printed here once.

{columns}
"""
TIDY_LINK = "The [columns of a coefficient](#the-columns-of-a-coefficient)"


def _section(table: Table) -> str:
    is_tidy = set(TIDY_COLUMNS) <= set(table.columns)
    own = [column for column in table.columns if not (is_tidy and column in TIDY_COLUMNS)]
    lines = [
        f"## {table.path}",
        "",
        table.meaning,
        "",
        f"Grain: {table.grain}. Key: {', '.join(f'`{name}`' for name in table.key)}.",
        *[f"Warning: {WARNINGS[warning]}." for warning in table.warnings],
        "",
        *([f"{TIDY_LINK}{', and' if own else '.'}", ""] if is_tidy else []),
        *([_listed(own), ""] if own else []),
    ]
    return "\n".join(lines)


def _listed(columns: Iterable[Column]) -> str:
    lines = [
        f"| `{column.name}` | {column.type} | {'yes' if column.nullable else 'no'} "
        f"| {column.meaning}{'' if column.public else ' *private*'} |"
        for column in columns
    ]
    return "\n".join(["| column | type | null | meaning |", "|---|---|---|---|", *lines])


def dictionary() -> str:
    """The page as Markdown."""
    shared = TIDY.format(columns=_listed(TIDY_COLUMNS))
    return "\n".join([INTRODUCTION, shared, *(_section(table) for table in ALL_TABLES.values())])


if __name__ == "__main__":
    PAGE.write_text(dictionary())
