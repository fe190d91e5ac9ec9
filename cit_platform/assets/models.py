"""Stage models: an asset per study; what a study asks, and what its result is for, stands with it in `studies/`."""

from cit_platform.assets.study_asset import feature_study, table_study
from cit_platform.contracts import features, models

RECORDS, CONTACTS, CONTRADICTORY = features.RECORDS.path, features.CONTACTS.path, features.CONTRADICTORY.path
# Studies that read something else than all feature tables.
STATED = {
    models.ESTIMATES: table_study(
        models.ESTIMATES, reads=[models.FORCE.path, models.DISPOSITION.path, models.REPLICATION.path]
    ),
    models.ABSOLUTE_RISK: feature_study(models.ABSOLUTE_RISK, reads=[CONTACTS]),
    models.INTERVENTIONIST_EFFECT: table_study(
        models.INTERVENTIONIST_EFFECT,
        reads=[models.DISPOSITION.path, models.ABSOLUTE_RISK.path, models.FIT_MATRICES.path],
    ),
    models.SITUATION: feature_study(models.SITUATION, reads=[CONTACTS]),
    models.RISK_GRADIENTS: feature_study(models.RISK_GRADIENTS, reads=[CONTACTS]),
    models.DISPOSITION_SHARES: feature_study(models.DISPOSITION_SHARES, reads=[CONTACTS]),
    models.TERM_TESTS: feature_study(models.TERM_TESTS, reads=[CONTACTS]),
    models.EVIDENCE: table_study(models.EVIDENCE, reads=[models.FORCE.path]),
    models.TRENDS: feature_study(models.TRENDS, reads=[CONTACTS]),
    models.RESPONSE: feature_study(models.RESPONSE, reads=[CONTACTS]),
}
ASSETS = [
    STATED.get(table) or feature_study(table, reads=[RECORDS, CONTACTS, CONTRADICTORY]) for table in models.TABLES
]
