"""Stage models: an asset per study; what a study asks, and what its result is for, stands with it in `studies/`."""

from cit_platform.assets.study_asset import feature_study, table_study
from cit_platform.contracts import features, models

RECORDS, CONTACTS = features.RECORDS.path, features.CONTACTS.path

ASSETS = [
    feature_study(models.FORCE, reads=[RECORDS, CONTACTS]),
    feature_study(models.DISPOSITION, reads=[RECORDS, CONTACTS]),
    feature_study(models.REPLICATION, reads=[RECORDS, CONTACTS]),
    table_study(models.ESTIMATES, reads=[models.FORCE.path, models.DISPOSITION.path, models.REPLICATION.path]),
    feature_study(models.ABSOLUTE_RISK, reads=[CONTACTS]),
    feature_study(models.LADDER, reads=[RECORDS, CONTACTS]),
    table_study(models.INTERVENTIONIST_EFFECT, reads=[models.ABSOLUTE_RISK.path]),
    feature_study(models.DISPOSITION_SHARES, reads=[CONTACTS]),
    feature_study(models.TERM_TESTS, reads=[CONTACTS]),
]
