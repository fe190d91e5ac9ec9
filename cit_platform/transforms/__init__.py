"""SQL: one select statement per computed table or view, in the dialect that DuckDB and Spark share."""

from pathlib import Path

ROOT = Path(__file__).parent

# Views that a table's statement reads, in the order in which they build on one another.
COMPARED = (
    *("raw/cells", "raw/meanings", "raw/differing", "raw/held", "raw/absent", "raw/rules"),
    *("raw/translated", "raw/pairs", "raw/compared"),
)
VIEWS: dict[str, tuple[str, ...]] = {
    "raw/revisions": COMPARED,
    "raw/comparisons": COMPARED,
    "clean/exclusions": ("clean/folded", "clean/typed"),
    "clean/records": ("clean/folded", "clean/typed"),
    "quality/coverage": ("clean/folded",),
}


# The views that stand between tables of the lake, in the order in which they build on one another.
BETWEEN_TABLES = ("clean/folded", "clean/typed")


def views_named(text: str) -> dict[str, str]:
    """The statements of the views between tables that a text names, and of those before them, by name in SQL."""
    last = max((n for n, view in enumerate(BETWEEN_TABLES, 1) if view.replace("/", ".") in text), default=0)
    return {view.replace("/", "."): read_sql(view) for view in BETWEEN_TABLES[:last]}


def views_of(path: str) -> dict[str, str]:
    """The statements of the views that a table's statement reads, by their name in SQL, in order."""
    return {view.replace("/", "."): read_sql(view) for view in VIEWS.get(path, ())}


def read_sql(path: str) -> str:
    """The select statement of a table or view, e.g. of `clean/records`.

    Raises:
        FileNotFoundError: There is no such file.
    """
    return (ROOT / f"{path}.sql").read_text(encoding="utf-8")
