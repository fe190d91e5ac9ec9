"""What a DuckDB connection reaches of the machine: the files and folders that are named, and no network."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


def confine(
    connection: "duckdb.DuckDBPyConnection", files: Iterable[str | Path] = (), folders: Iterable[str | Path] = ()
) -> None:
    """Let a connection read and write these files, and what lies in these folders, and nothing else from now on.

    No statement can take that back: the configuration is locked. What does not fit into memory still spills.
    """
    # DuckDB draws it into standard output, amid the rows of a pipe.
    connection.execute("set enable_progress_bar=false")
    for setting, paths in (("allowed_paths", files), ("allowed_directories", folders)):
        connection.execute(f"set {setting}=[{', '.join(_quoted(path) for path in paths)}]")
    connection.execute("set enable_external_access=false")
    connection.execute("set lock_configuration=true")


def _quoted(path: str | Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
