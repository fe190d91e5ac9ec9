"""How grave each check is: one table for all suites, and the rule that reads it."""

from enum import StrEnum
from typing import Literal

from cit_platform.checks.context import AuditContext
from cit_platform.contracts import clean, features, raw

Severity = Literal["ERROR", "WARN"]

WHOLE_LIVE_SET = 50_000
"""Rows from which on the live source is taken for the whole set, so that its magnitudes can be judged."""


class Rule(StrEnum):
    """When a failed check blocks: always, never, or only on the whole live set."""

    ERROR = "error"
    WARN = "warn"
    LIVE = "live"

    @property
    def can_block(self) -> bool:
        """Whether it blocks in any circumstances."""
        return self is not Rule.WARN

    def severity(self, context: AuditContext) -> Severity:
        """ERROR blocks, WARN does not.

        A live set that was whole counts as whole, however little of it arrived this time.
        """
        rows = max(context.n_rows, context.n_received or 0, context.previous_rows or 0)
        whole = context.source == "socrata" and rows >= WHOLE_LIVE_SET
        return "ERROR" if self is Rule.ERROR or (self is Rule.LIVE and whole) else "WARN"


def _structure() -> dict[str, Rule]:
    """The checks that every table has: they follow from its contract."""
    return dict.fromkeys(("columns", "row_count", "key_unique", "required_values_present"), Rule.ERROR)


SEVERITIES: dict[str, dict[str, Rule]] = {
    raw.RECORDS.path: {
        **_structure(),
        "use_of_force_indicator_values": Rule.ERROR,
        "subject_veteran_indicator_values": Rule.ERROR,
        "cit_officer_requested_values": Rule.ERROR,
        "cit_officer_dispatched_values": Rule.ERROR,
        "cit_officer_arrived_values": Rule.ERROR,
        "cit_certified_indicator_values": Rule.ERROR,
        "certification_coding": Rule.ERROR,
        "template_id_shape": Rule.WARN,
        "experience_whole_number": Rule.WARN,
        "experience_range": Rule.WARN,
        "reported_date_parsable": Rule.WARN,
        "reported_date_range": Rule.WARN,
        "row_count_change": Rule.LIVE,
        "newest_report": Rule.WARN,
        "vocabulary_known": Rule.WARN,
        "vocabulary_change": Rule.WARN,
        "description_change": Rule.WARN,
    },
    raw.REVISIONS.path: {
        **_structure(),
        "change_values": Rule.ERROR,
        "field_values": Rule.ERROR,
        "field_of_a_change": Rule.ERROR,
        "values_differ": Rule.ERROR,
        "snapshots_differ": Rule.ERROR,
        "revised_share": Rule.WARN,
    },
    raw.COMPARISONS.path: {
        **_structure(),
        "field_values": Rule.ERROR,
        "coding_unchanged": Rule.WARN,
    },
    clean.EXCLUSIONS.path: {
        **_structure(),
        "rule_values": Rule.ERROR,
        "field_values": Rule.ERROR,
        "private_values_hidden": Rule.ERROR,
    },
    clean.RECORDS.path: {
        **_structure(),
        "rows_reconcile": Rule.ERROR,
        "officer_key_shape": Rule.ERROR,
        "reported_date_range": Rule.ERROR,
        "reported_hour_range": Rule.ERROR,
        "occurred_hour_range": Rule.ERROR,
        "experience_range": Rule.ERROR,
        "experience_above_age": Rule.WARN,
        "force_values": Rule.ERROR,
        "veteran_values": Rule.ERROR,
        "cit_requested_values": Rule.ERROR,
        "cit_dispatched_values": Rule.ERROR,
        "cit_arrived_values": Rule.ERROR,
        "cit_certified_values": Rule.ERROR,
        "force_prevalence": Rule.LIVE,
        "certified_share": Rule.LIVE,
        "rows_per_year": Rule.LIVE,
        "incident_size": Rule.WARN,
    },
    features.RECORDS.path: {
        **_structure(),
        "rows_reconcile": Rule.ERROR,
        "officer_key_shape": Rule.ERROR,
        "reported_date_range": Rule.ERROR,
        "year_of_reported_date": Rule.ERROR,
        "experience_range": Rule.ERROR,
        "force_values": Rule.ERROR,
        "cit_certified_values": Rule.ERROR,
        "cit_arrived_values": Rule.ERROR,
        "cit_requested_values": Rule.ERROR,
        "period_values": Rule.ERROR,
        "records_system_values": Rule.ERROR,
        "disposition_group_values": Rule.ERROR,
        "call_risk_values": Rule.ERROR,
        "call_class_values": Rule.ERROR,
        "precinct_values": Rule.ERROR,
        "officer_race_values": Rule.ERROR,
        "officer_gender_values": Rule.ERROR,
        "dispositions_mapped": Rule.WARN,
        "dispositions_mostly_mapped": Rule.ERROR,
        "call_types_mapped": Rule.WARN,
        "call_types_mostly_mapped": Rule.ERROR,
    },
    features.CONTACTS.path: {
        **_structure(),
        "not_more_than_records": Rule.ERROR,
        "records_reconcile": Rule.ERROR,
        "officer_key_shape": Rule.ERROR,
        "reported_date_range": Rule.ERROR,
        "year_of_reported_date": Rule.ERROR,
        "experience_range": Rule.ERROR,
        "force_values": Rule.ERROR,
        "cit_certified_values": Rule.ERROR,
        "cit_arrived_values": Rule.ERROR,
        "cit_requested_values": Rule.ERROR,
        "any_arrest_values": Rule.ERROR,
        "any_emergent_detention_values": Rule.ERROR,
        "any_referral_values": Rule.ERROR,
        "period_values": Rule.ERROR,
        "records_system_values": Rule.ERROR,
        "disposition_group_values": Rule.ERROR,
        "call_risk_values": Rule.ERROR,
        "call_class_values": Rule.ERROR,
        "precinct_values": Rule.ERROR,
        "officer_race_values": Rule.ERROR,
        "officer_gender_values": Rule.ERROR,
        "n_records_range": Rule.ERROR,
        "highest_disposition": Rule.ERROR,
        "records_agree": Rule.WARN,
    },
}
