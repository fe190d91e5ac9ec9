"""SQL: one select statement per table or view of clean, features and quality, in the dialect DuckDB and Spark share."""

from pathlib import Path

ROOT = Path(__file__).parent

# Views that a table's statement reads, in the order in which they build on one another.
VIEWS: dict[str, tuple[str, ...]] = {
    "clean/exclusions": ("clean/folded", "clean/typed"),
    "clean/records": ("clean/folded", "clean/typed"),
    "quality/coverage": ("clean/folded",),
}


def read_sql(path: str) -> str:
    """The select statement of a table or view, e.g. of `clean/records`.

    Raises:
        FileNotFoundError: There is no such file.
    """
    return (ROOT / f"{path}.sql").read_text(encoding="utf-8")
