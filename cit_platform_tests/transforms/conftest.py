"""One database for the tests of the transforms; each test replaces its tables."""

from collections.abc import Iterator
from contextlib import closing

import duckdb
import pytest

from cit_platform_tests.transforms.engine import connected


@pytest.fixture(scope="package")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with closing(connected()) as connection:
        yield connection
