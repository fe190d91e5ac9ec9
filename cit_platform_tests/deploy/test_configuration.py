"""The instance of a server in PostgreSQL is configured as the one in SQLite is, but for the storage."""

import yaml

from cit_platform_tests.conftest import REPOSITORY


def test_both_configurations_differ_in_the_storage_alone() -> None:
    files = (REPOSITORY / "deploy" / "dagster.postgres.yaml", REPOSITORY / "dagster.yaml")
    postgres, sqlite = (yaml.safe_load(path.read_text()) for path in files)
    assert postgres.pop("storage")
    assert postgres == sqlite
