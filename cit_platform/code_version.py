"""Versions of the code by content: what a table, a stage or the whole platform was computed with."""

import hashlib
import platform
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
CODE_SUFFIXES = {".py", ".sql", ".csv", ".toml", ".html", ".css", ".js", ".ipynb", ".R"}
# Whose versions an edition's bytes may depend on.
COMPUTES_WITH = ("duckdb", "jinja2", "numpy", "pandas", "plotly", "pyarrow", "scipy", "statsmodels")


def _files(paths: Iterable[Path]) -> list[Path]:
    found = {
        file
        for path in paths
        for file in ([path] if path.is_file() else path.rglob("*"))
        if file.suffix in CODE_SUFFIXES
    }
    return sorted(found)


@cache
def code_version(*parts: str) -> str:
    """First 12 hex digits of the SHA-256 over the named files and folders of the package; over all of it without names.

    Raises:
        FileNotFoundError: A named part is not in the package.
    """
    paths = [PACKAGE / part for part in parts] or [PACKAGE]
    for path in paths:
        if not path.exists():
            raise FileNotFoundError(path)
    digest = hashlib.sha256()
    for file in _files(paths):
        digest.update(file.relative_to(PACKAGE).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:12]


@cache
def environment() -> dict[str, str]:
    """Versions of Python and of the packages that results are computed and printed with, as the lock installed them."""
    return {"python": platform.python_version(), **{name: version(name) for name in COMPUTES_WITH}}
