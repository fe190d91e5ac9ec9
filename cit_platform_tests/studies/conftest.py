"""One small city for all tests of the studies, and its results."""

import pandas as pd
import pytest

from cit_platform.modelling.features import Features, feature_frames
from cit_platform.modelling.study import Study
from cit_platform.studies.disposition import disposition
from cit_platform.studies.force import force
from cit_platform.studies.replication import replication
from cit_platform_tests.studies.city import WINDOWS, Truth, contacts_of, records_of


@pytest.fixture(scope="session")
def contacts() -> pd.DataFrame:
    return contacts_of(4000, Truth(force_intercept=-2.6), seed=5)


@pytest.fixture(scope="session")
def records(contacts: pd.DataFrame) -> pd.DataFrame:
    return records_of(contacts, seed=6)


@pytest.fixture(scope="session")
def features(records: pd.DataFrame, contacts: pd.DataFrame) -> Features:
    return feature_frames(records, contacts)


@pytest.fixture(scope="session")
def force_study(features: Features) -> Study:
    return force(features, "seattle", WINDOWS)


@pytest.fixture(scope="session")
def forces(force_study: Study) -> pd.DataFrame:
    return force_study.table


@pytest.fixture(scope="session")
def disposition_study(features: Features) -> Study:
    return disposition(features, "seattle", WINDOWS)


@pytest.fixture(scope="session")
def dispositions(disposition_study: Study) -> pd.DataFrame:
    return disposition_study.table


@pytest.fixture(scope="session")
def replications(features: Features) -> pd.DataFrame:
    return replication(features, "seattle", WINDOWS)
