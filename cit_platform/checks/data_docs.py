"""Data Docs: one private page per table, rendered by Great Expectations, that shows offending values."""

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cit_platform.contracts import Table

if TYPE_CHECKING:
    from great_expectations.core import ExpectationValidationResult

# The library's template loads scripts and styles from content networks; a private page may not talk to anyone.
ALONE = """<head><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">"""
PRIVATE_DIRECTORY = 0o700
PRIVATE_FILE = 0o600


def data_docs_page(table: Table, directory: Path) -> Path:
    """Where the page of a table is written."""
    return directory / f"{table.schema}_{table.name}.html"


def write_data_docs(table: Table, results: "list[ExpectationValidationResult]", directory: Path) -> Path:
    """Write the page of a table into a directory that only its owner can read; a page of before is replaced.

    Returns:
        The page.
    """
    directory.mkdir(mode=PRIVATE_DIRECTORY, parents=True, exist_ok=True)
    directory.chmod(PRIVATE_DIRECTORY)
    page = data_docs_page(table, directory)
    partial = page.with_suffix(".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(_rendered(table, results))
    return partial.replace(page)


def _rendered(table: Table, results: "list[ExpectationValidationResult]") -> str:
    from great_expectations import __version__
    from great_expectations.core import ExpectationSuiteValidationResult
    from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer

    successes = sum(bool(result.success) for result in results)
    validation = ExpectationSuiteValidationResult(
        success=successes == len(results),
        results=results,
        suite_name=table.path,
        statistics={
            "evaluated_expectations": len(results),
            "successful_expectations": successes,
            "unsuccessful_expectations": len(results) - successes,
            "success_percent": 100 * successes / len(results) if results else None,
        },
        meta={"great_expectations_version": __version__},
    )
    renderer: Any = ValidationResultsPageRenderer()
    return str(_view().render(renderer.render(validation))).replace("<head>", ALONE, 1)


@cache
def _view() -> Any:
    """The page's templates, compiled once for all tables."""
    from great_expectations.render.view.view import DefaultJinjaPageView

    return DefaultJinjaPageView()
