"""Stage models: an asset per study; what a study asks, and what its result is for, stands with it in `studies/`."""

from cit_platform.assets.study_asset import feature_study, table_study
from cit_platform.contracts import clean, features, models, raw

RECORDS, CONTACTS, CONTRADICTORY = features.RECORDS.path, features.CONTACTS.path, features.CONTRADICTORY.path
# Studies that read something else than all feature tables.
STATED = {
    models.ESTIMATES: table_study(
        models.ESTIMATES, reads=[models.FORCE.path, models.DISPOSITION.path, models.REPLICATION.path]
    ),
    models.ABSOLUTE_RISK: feature_study(models.ABSOLUTE_RISK, reads=[CONTACTS]),
    models.DIAGNOSTICS: feature_study(models.DIAGNOSTICS, reads=[CONTACTS], beside=[models.NEGATIVE_CONTROLS.path]),
    models.INTERVENTIONIST_EFFECT: table_study(
        models.INTERVENTIONIST_EFFECT,
        reads=[models.DISPOSITION.path, models.ABSOLUTE_RISK.path, models.FIT_MATRICES.path],
    ),
    models.FEASIBILITY: feature_study(
        models.FEASIBILITY, reads=[RECORDS, CONTACTS, raw.REVISIONS.path, raw.COMPARISONS.path]
    ),
    models.DISPATCH_BALANCE: feature_study(models.DISPATCH_BALANCE, reads=[CONTACTS]),
    models.SITUATION: feature_study(models.SITUATION, reads=[CONTACTS]),
    models.PRIMARY_OUTCOMES: feature_study(models.PRIMARY_OUTCOMES, reads=[CONTACTS]),
    models.RISK_GRADIENTS: feature_study(models.RISK_GRADIENTS, reads=[CONTACTS]),
    models.DISPOSITION_SHARES: feature_study(models.DISPOSITION_SHARES, reads=[CONTACTS]),
    models.CERTIFICATION_CHANGE: feature_study(
        models.CERTIFICATION_CHANGE, reads=[CONTACTS], beside=[models.FEASIBILITY.path]
    ),
    models.RECORDING: feature_study(models.RECORDING, reads=[CONTACTS], beside=[models.FEASIBILITY.path]),
    models.CALL_DETAIL: feature_study(models.CALL_DETAIL, reads=[CONTACTS]),
    models.DEPENDENCE: feature_study(models.DEPENDENCE, reads=[CONTACTS], beside=[models.FEASIBILITY.path]),
    models.ERA: feature_study(models.ERA, reads=[CONTACTS]),
    models.PROSPECTIVE: feature_study(models.PROSPECTIVE, reads=[CONTACTS]),
    models.TERM_TESTS: feature_study(models.TERM_TESTS, reads=[CONTACTS]),
    models.UNMEASURED: feature_study(models.UNMEASURED, reads=[CONTACTS], beside=[models.ABSOLUTE_RISK.path]),
    models.BOUNDS: feature_study(models.BOUNDS, reads=[RECORDS, CONTACTS, clean.EXCLUSIONS.path, raw.RECORDS.path]),
    models.INTERFERENCE: feature_study(models.INTERFERENCE, reads=[CONTACTS], beside=[models.ESTIMATES.path]),
    models.MULTIVERSE_SUMMARY: table_study(models.MULTIVERSE_SUMMARY, reads=[models.MULTIVERSE.path]),
    models.MULTIVERSE: feature_study(
        models.MULTIVERSE, reads=[RECORDS, CONTACTS, CONTRADICTORY], beside=[models.DIAGNOSTICS.path]
    ),
    models.PERMUTATION_REFERENCE: feature_study(
        models.PERMUTATION_REFERENCE, reads=[CONTACTS, CONTRADICTORY], beside=[models.DIAGNOSTICS.path]
    ),
    models.NEGATIVE_CONTROLS: feature_study(models.NEGATIVE_CONTROLS, reads=[CONTACTS], beside=[models.ESTIMATES.path]),
    models.EVIDENCE: table_study(models.EVIDENCE, reads=[models.FORCE.path]),
    models.TRENDS: feature_study(models.TRENDS, reads=[CONTACTS]),
    models.RESPONSE: feature_study(models.RESPONSE, reads=[CONTACTS]),
}
ASSETS = [
    STATED.get(table) or feature_study(table, reads=[RECORDS, CONTACTS, CONTRADICTORY]) for table in models.TABLES
]
