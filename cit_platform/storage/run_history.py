"""quality/history and quality/looks: what runs gave and saw, tables that only grow and outlive Dagster's runs."""

import fcntl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cit_platform.contracts import Table
from cit_platform.contracts.operations import HISTORY, LOOKS
from cit_platform.settings import Settings
from cit_platform.storage.home_folder import HomeFolder
from cit_platform.storage.lake import Lake
from cit_platform.storage.provenance import Provenance

LOCK_FILE = "history.lock"
RUN = "run"

Row = Mapping[str, Any]


def kept_runs(home: Path) -> frozenset[str]:
    """The ids of the runs that the history holds.

    Raises:
        DamagedTableError: The history is damaged.
    """
    lake = Lake(home)
    if not lake.exists(HISTORY.path):
        return frozenset()
    rows = lake.verified(HISTORY.path).frame(["run_id", "kind"])
    return frozenset(rows.loc[rows["kind"] == RUN, "run_id"])


def add_rows(settings: Settings, rows: Sequence[Row]) -> None:
    """Add rows of runs that the history does not hold; of one that it holds by now nothing is added.

    Raises:
        DamagedTableError: The history is damaged; it stays as it is.
        OSError: The home cannot be written.
    """
    lake = Lake(settings.home)
    with only_writer(settings.home):
        known = kept_runs(settings.home)
        new = [row for row in rows if row["run_id"] not in known]
        if new:
            _commit(settings, lake, HISTORY, new)


def add_looks(settings: Settings, rows: Sequence[Row]) -> None:
    """Add looks of runs of which the table holds none.

    Raises:
        DamagedTableError: The table is damaged; it stays as it is.
        OSError: The home cannot be written.
    """
    lake = Lake(settings.home)
    with only_writer(settings.home):
        known = set(lake.verified(LOOKS.path).frame(["run_id"])["run_id"]) if lake.exists(LOOKS.path) else set()
        new = [row for row in rows if row["run_id"] not in known]
        if new:
            _commit(settings, lake, LOOKS, new)


def _commit(settings: Settings, lake: Lake, table: Table, rows: Sequence[Row]) -> None:
    import pyarrow as pa

    from cit_platform.engine.duckdb import plain_engine
    from cit_platform.engine.query import Query

    found = pa.Table.from_pylist([{name: row.get(name) for name in table.column_names} for row in rows])
    # By name: a table of fewer columns, of an earlier version of the platform, has nothing in the new ones.
    earlier, files = "", {}
    if lake.exists(table.path):
        earlier = f"select * from {table.relation} union all by name "
        files = {table.relation: lake.verified(table.path).files}
    query = Query(f"{earlier}select * from session.found", files, relations={"session.found": found})
    engine = plain_engine(settings.memory_limit, settings.threads, HomeFolder(settings.home).spill)
    lake.commit(engine.write(query, table, lake.folder(table.path)), Provenance())


@contextmanager
def only_writer(home: Path) -> Iterator[None]:
    """One process at a time, for each writes its table anew; a refresh holds the lock of the runs for minutes."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / LOCK_FILE).open("a") as file:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX)
        yield
