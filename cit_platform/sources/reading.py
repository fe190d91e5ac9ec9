"""How much is read of what others wrote: rows, values, bytes; and a DuckDB that keeps within its memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cit_platform.confined import confine

if TYPE_CHECKING:
    import duckdb

MAX_ROWS = 5_000_000
# Characters of a row as it is printed, and bytes of one value; the longest seen are of some 500 and 100.
MAX_ROW_LENGTH = 1024**2
MAX_VALUE_BYTES = 128 * 1024
# Bytes of a file unpacked, of a Parquet file as text, and of what DuckDB may write beside it while it sorts.
MAX_UNPACKED_BYTES = 4 * 1024**3
MAX_SPILL_BYTES = 4 * MAX_UNPACKED_BYTES
MEMORY_LIMIT = "1GB"


@contextmanager
def bounded_connection(
    spill: Path, memory_limit: str = MEMORY_LIMIT, files: Sequence[Path] = ()
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB in memory for the files of others: it neither grows beyond a limit nor reaches anything else.

    Args:
        spill: existing directory, in the home, for what does not fit into memory.
        memory_limit: as in `CIT_MEMORY_LIMIT`.
        files: what it reads and writes besides.
    """
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory_limit,
        "temp_directory": str(spill),
        "max_temp_directory_size": f"{MAX_SPILL_BYTES // 1024**2}MiB",
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    with duckdb.connect(config=config) as connection:
        confine(connection, files, [spill])
        yield connection
