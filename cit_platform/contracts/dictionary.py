"""The data dictionary of `docs/`, generated from the contracts."""

from pathlib import Path

from cit_platform.contracts import TABLES, Table

PAGE = Path(__file__).resolve().parents[2] / "docs" / "data-dictionary.md"

WARNINGS = {
    "use_caution_when_counting": "use caution when counting: rows repeat contacts",
    "holds_personal_data": "holds badge numbers or other personal data: never leaves the home",
}

INTRODUCTION = """# Data dictionary

Generated from `cit_platform/contracts/` by `make docs`; a test fails when it is out of date.
A column marked *private* never leaves the home in an edition.
"""


def _section(table: Table) -> str:
    lines = [
        f"## {table.path}",
        "",
        table.meaning,
        "",
        f"Grain: {table.grain}. Key: {', '.join(f'`{name}`' for name in table.key)}.",
        *[f"Warning: {WARNINGS[warning]}." for warning in table.warnings],
        "",
        "| column | type | null | meaning |",
        "|---|---|---|---|",
        *[
            f"| `{column.name}` | {column.type} | {'yes' if column.nullable else 'no'} "
            f"| {column.meaning}{'' if column.public else ' *private*'} |"
            for column in table.columns
        ],
        "",
    ]
    return "\n".join(lines)


def dictionary() -> str:
    """The page as Markdown."""
    return "\n".join([INTRODUCTION, *(_section(table) for table in TABLES.values())])


if __name__ == "__main__":
    PAGE.write_text(dictionary())
