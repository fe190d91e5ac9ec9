"""Dagster's history in SQLite for the one process of a run, which keeps the connection to each of its files open.

Dagster's own class opens a connection, and compiles its statements anew, for each of the thousands of events of a run.
It goes on to serve who lives longer, web server and daemon, and the runs that these launch. The files are the same.
`python -m benchmarks.kept_connections` asks of it what Dagster's own tests ask.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dagster as dg
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.sql import create_engine
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine
from sqlalchemy.pool import StaticPool


class KeptEventLog(SqliteEventLogStorage):
    """The event log with one connection to each file, opened when it is first asked for and closed by `dispose`."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: dict[str, Engine] = {}
        self._tables: set[str] = set()
        super().__init__(base_dir, inst_data)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        # The lock lets one thread at a time have it, as the base class does.
        with self._db_lock:
            if shard not in self._engines:
                shared = {"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False}
                engine = create_engine(self.conn_string_for_shard(shard), poolclass=StaticPool, connect_args=shared)
                self._initdb(engine)
                with engine.connect() as connection:
                    # Whoever follows a run watches its file, which a log beside it would leave unchanged for long.
                    connection.exec_driver_sql("pragma wal_autocheckpoint=1")
                self._engines[shard] = engine
            with self._engines[shard].connect() as connection, connection.begin():
                yield connection

    def has_table(self, table_name: str) -> bool:
        """Whether the index has a table; none goes again."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def wipe(self) -> None:
        self._close()
        super().wipe()

    def dispose(self) -> None:
        self._close()
        super().dispose()

    def _close(self) -> None:
        with self._db_lock:
            for engine in self._engines.values():
                engine.dispose()
            self._engines.clear()


class KeptStorage(DagsterSqliteStorage):
    """Dagster's storage in SQLite, its event log with kept connections."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(base_dir, inst_data)
        self._event_log_storage = KeptEventLog(self._event_log_storage._base_dir)

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData, config_value: Any) -> "KeptStorage":
        return cls.from_local(inst_data=inst_data, **config_value)


def instance_of_a_run() -> dg.DagsterInstance:
    """The instance that DAGSTER_HOME names, with kept connections where its history is in SQLite."""
    with dg.DagsterInstance.get() as found:
        ref = found.get_ref()
    return dg.DagsterInstance.from_ref(_kept(ref))


def _kept(ref: InstanceRef) -> InstanceRef:
    storage = ref.storage_data
    if storage is None or storage.class_name != DagsterSqliteStorage.__name__:
        return ref
    return ref._replace(storage_data=ConfigurableClassData(__name__, KeptStorage.__name__, storage.config_yaml))
