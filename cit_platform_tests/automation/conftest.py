"""A Dagster instance for tests of what a tick does."""

from collections.abc import Iterator

import dagster as dg
import pytest


@pytest.fixture(scope="session")
def _instance() -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test() as made:
        yield made


@pytest.fixture
def instance(_instance: dg.DagsterInstance) -> dg.DagsterInstance:
    """An empty instance with files: making its tables takes seconds, wiping them does not."""
    _instance.wipe()
    return _instance
