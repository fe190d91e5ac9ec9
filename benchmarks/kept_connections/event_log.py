"""Dagster's own tests of its event log in SQLite, on the one with kept connections."""

import tempfile
from collections.abc import Iterator

import dagster as dg
import pytest
from dagster_tests.storage_tests.test_event_log import TestSqliteEventLogStorage as TestsOfDagster

from cit_platform.automation.kept_connections import KeptEventLog, KeptStorage

TestsOfDagster.__test__ = False


class TestKeptEventLog(TestsOfDagster):  # type: ignore[misc]
    """The same instance and the same log, but for its class."""

    __test__ = True

    @pytest.fixture(name="instance")
    def instance(self) -> Iterator[dg.DagsterInstance]:
        with tempfile.TemporaryDirectory() as folder:
            own = {"module": KeptStorage.__module__, "class": KeptStorage.__name__, "config": {"base_dir": folder}}
            with dg.instance_for_test(overrides={"storage": {"custom": own}}, temp_dir=folder) as instance:
                yield instance

    @pytest.fixture(name="storage")
    def event_log_storage(self, instance: dg.DagsterInstance) -> KeptEventLog:
        storage = instance.event_log_storage
        assert type(storage) is KeptEventLog
        return storage
