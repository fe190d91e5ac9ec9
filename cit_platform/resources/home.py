"""The home as Dagster knows it: settings, lake and engine of one run, which holds the run lock to its end."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import dagster as dg
from dagster_duckdb import DuckDBResource

from cit_platform.engine.duckdb import DuckDBOfARun, configuration
from cit_platform.engine.query import Engine
from cit_platform.engine.spark import Spark
from cit_platform.engine.spark_session import spark_session
from cit_platform.resources.failures import user_errors_as_failures
from cit_platform.resources.run_tags import lock_tag, starting_tags
from cit_platform.settings import Settings, load_settings
from cit_platform.storage.free_space import demand_free_space
from cit_platform.storage.home_folder import HomeFolder, prepare_home
from cit_platform.storage.lake import Lake
from cit_platform.storage.pseudonym_key import establish_key
from cit_platform.storage.run_lock import run_lock


class Home(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The home that the environment names. Settings are read when a run starts, not when the code location loads.

    `accept` are changes of the source that this run lets through although they are refused otherwise: `rows`,
    `columns`, `types`, `exclusions`. `force` computes anew what was launched, also where the source shows the same
    content.
    """

    accept: list[str] = []  # noqa: RUF012 - a field of Dagster's configuration
    force: bool = False

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["Home"]:
        with user_errors_as_failures():
            prepare_home(self.settings)
        run_id = context.run.run_id if context.run else "unknown"
        say = context.log.info if context.log else print
        with run_lock(self.path, run_id, say) as hold:
            if context.run and context.instance:
                context.instance.add_run_tags(run_id, lock_tag(self.path, hold, run_id))
            self._clear_scratch()
            with user_errors_as_failures():
                establish_key(self.settings)
                demand_free_space(self.path)
            if context.run and context.instance:
                context.instance.add_run_tags(context.run.run_id, starting_tags(context.run, self.lake))
            try:
                yield self
            finally:
                self.duckdb.close()
                self._clear_scratch()

    def _clear_scratch(self) -> None:
        """Remove views and fetched snapshots, also those of a killed run: only the holder of the lock makes them."""
        shutil.rmtree(self.duckdb.views, ignore_errors=True)
        shutil.rmtree(self.folder.fetched, ignore_errors=True)

    @cached_property
    def settings(self) -> Settings:
        return load_settings()

    @property
    def path(self) -> Path:
        return self.settings.home

    @property
    def folder(self) -> HomeFolder:
        return HomeFolder(self.path)

    @property
    def lake(self) -> Lake:
        return Lake(self.path)

    @property
    def engine(self) -> Engine:
        """What computes the tables of SQL and counts for their checks: see `CIT_ENGINE`."""
        settings, spill = self.settings, self.folder.spill
        if settings.engine == "duckdb":
            return self.duckdb
        return Spark(lambda: spark_session(settings.remote, settings.memory_megabytes, spill), spill)

    @cached_property
    def duckdb(self) -> DuckDBOfARun:
        """The engine in this process, whichever the settings name: it streams what studies count, and writes frames."""
        folder = self.folder
        limits = configuration(self.settings.memory_limit, self.settings.threads, folder.spill)
        resource = DuckDBResource(database=":memory:", connection_config=limits)
        return DuckDBOfARun(resource.get_connection, folder.spill, [folder.lake, folder.archive, folder.spill])
