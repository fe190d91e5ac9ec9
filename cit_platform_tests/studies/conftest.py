"""One small city for all tests of the studies, and its results."""

import pandas as pd
import pytest

from cit_platform.studies.disposition import disposition
from cit_platform.studies.force import force
from cit_platform.studies.replication import replication
from cit_platform_tests.studies.city import WINDOW, Truth, contacts_of, records_of


@pytest.fixture(scope="session")
def contacts() -> pd.DataFrame:
    return contacts_of(4000, Truth(force_intercept=-2.6), seed=5)


@pytest.fixture(scope="session")
def records(contacts: pd.DataFrame) -> pd.DataFrame:
    return records_of(contacts, seed=6)


@pytest.fixture(scope="session")
def forces(records: pd.DataFrame, contacts: pd.DataFrame) -> pd.DataFrame:
    return force(records, contacts, "seattle", WINDOW)


@pytest.fixture(scope="session")
def dispositions(records: pd.DataFrame, contacts: pd.DataFrame) -> pd.DataFrame:
    return disposition(records, contacts, "seattle", WINDOW)


@pytest.fixture(scope="session")
def replications(records: pd.DataFrame, contacts: pd.DataFrame) -> pd.DataFrame:
    return replication(records, contacts, "seattle", WINDOW)
