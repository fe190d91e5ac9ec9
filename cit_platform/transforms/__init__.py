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
    "clean/contradictory": ("clean/folded", "clean/typed"),
    "features/officer_levels": ("features/grouped", "features/combined"),
    "features/records": ("features/grouped",),
    "features/contacts": ("features/grouped", "features/combined"),
    "features/contradictory": ("features/grouped", "features/combined"),
    "quality/coverage": ("clean/folded",),
    "quality/flow": ("clean/folded", "clean/typed"),
    "quality/exposure": ("quality/exposure_counts",),
}
# Tables of another's statement: over records of another standing, over other files.
SAME_STATEMENT = {"clean/contradictory": "clean/records", "features/contradictory": "features/contacts"}

# The views that stand between tables of the lake, each with those that it builds on, in this order.
BETWEEN_TABLES = {
    "clean/folded": ("clean/folded",),
    "clean/typed": ("clean/folded", "clean/typed"),
    "features/grouped": ("features/grouped",),
    "features/combined": ("features/grouped", "features/combined"),
}


def views_named(text: str) -> dict[str, str]:
    """The statements of the views between tables that a text names, and of those they build on, by name in SQL."""
    named = {view for name, views in BETWEEN_TABLES.items() if name.replace("/", ".") in text for view in views}
    return {view.replace("/", "."): read_sql(view) for view in BETWEEN_TABLES if view in named}


def views_of(path: str) -> dict[str, str]:
    """The statements of the views that a table's statement reads, by their name in SQL, in order."""
    return {view.replace("/", "."): read_sql(view) for view in VIEWS.get(path, ())}


def read_sql(path: str) -> str:
    """The select statement of a table or view, e.g. of `clean/records`.

    Raises:
        FileNotFoundError: There is no such file.
    """
    return (ROOT / f"{SAME_STATEMENT.get(path, path)}.sql").read_text(encoding="utf-8")
