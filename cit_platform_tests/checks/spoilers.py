"""One way to break each check: a clean frame and its circumstances in, spoiled ones out."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pandas as pd

from cit_platform.checks.context import AuditContext
from cit_platform.checks.suites.features import FLAGS
from cit_platform.checks.suites.raw import INDICATORS
from cit_platform.contracts import TABLES
from cit_platform.sources.snapshot import Unread
from cit_platform_tests.checks.frames import DESCRIPTION, LABELS

Spoiled = tuple[pd.DataFrame, AuditContext]
Spoiler = Callable[[pd.DataFrame, AuditContext], Spoiled]


def put(column: str, value: object, rows: slice | int = 0) -> Spoiler:
    """Write a value into some rows of a column."""

    def spoil(frame: pd.DataFrame, context: AuditContext) -> Spoiled:
        values = frame[column].astype(object).copy()
        values.iloc[rows] = value
        return frame.assign(**{column: values.infer_objects()}), context

    return spoil


def both(first: Spoiler, second: Spoiler) -> Spoiler:
    return lambda frame, context: second(*first(frame, context))


def without_rows(frame: pd.DataFrame, context: AuditContext) -> Spoiled:
    return frame.iloc[:0], replace(context, n_rows=0)


def swapped_columns(frame: pd.DataFrame, context: AuditContext) -> Spoiled:
    first, second, *rest = context.columns
    return frame, replace(context, columns=(second, first, *rest))


def repeated_key(frame: pd.DataFrame, context: AuditContext) -> Spoiled:
    key = frame.columns[0]
    return put(key, frame[key].iloc[0], 1)(frame, context)


def a_month_later(frame: pd.DataFrame, context: AuditContext) -> Spoiled:
    return frame, replace(context, as_of=context.as_of + timedelta(days=30))


def halved(frame: pd.DataFrame, context: AuditContext) -> Spoiled:
    return frame, replace(context, previous_rows=2 * len(frame))


def many_revised(frame: pd.DataFrame, context: AuditContext) -> Spoiled:
    return frame.assign(record_id=[f"{row}-1" for row in range(len(frame))]), context


def one_more_received(frame: pd.DataFrame, context: AuditContext) -> Spoiled:
    return frame, replace(context, n_received=len(frame) + 1)


def one_fewer_received(frame: pd.DataFrame, context: AuditContext) -> Spoiled:
    return frame, replace(context, n_received=len(frame) - 1)


def a_page(frame: pd.DataFrame, context: AuditContext) -> Spoiled:
    whole = pd.concat([frame] * 9, ignore_index=True).iloc[:1_000]
    return whole, replace(context, n_rows=len(whole))


def all_received(frame: pd.DataFrame, context: AuditContext) -> Spoiled:
    return frame, replace(context, n_received=len(frame))


def excluded_before(share: float) -> Spoiler:
    """Three in ten are excluded now."""
    return lambda frame, context: (
        frame,
        replace(context, n_received=len(frame) * 10 // 3, previous_excluded=share),
    )


def received(**changed: Any) -> Spoiler:
    """Change what the snapshot brought besides its rows."""
    return lambda frame, context: (
        frame,
        replace(context, description=replace(context.received_description, **changed)),
    )


LATE = date(2031, 1, 1)
STRUCTURE: dict[str, Spoiler] = {"columns": swapped_columns, "row_count": without_rows, "key_unique": repeated_key}

MODELLING: dict[str, Spoiler] = {
    "officer_key_shape": put("officer_key", "7497"),
    "reported_date_range": put("reported_date", LATE),
    "year_of_reported_date": put("year", 1999),
    "experience_range": put("experience_years", 46),
    "experience_status_agrees": put("experience_status", "unknown"),
    "experience_values": put("experience", "5"),
    "watch_values": put("watch", "morning"),
    **{f"{flag}_values": put(flag, 2) for flag in FLAGS},
    "period_values": put("period", "recently"),
    "records_system_values": put("records_system", "mark44"),
    "disposition_group_values": put("disposition_group", "detox"),
    "call_risk_values": put("call_risk", "risky"),
    "call_risk_published_values": put("call_risk_published", "risky"),
    "call_class_values": put("call_class", "classy"),
    "precinct_values": put("precinct", "SouthWest"),
    "officer_race_values": put("officer_race", "Not Specified"),
    "officer_gender_values": put("officer_gender", "N"),
}

SPOILERS: dict[str, dict[str, Spoiler]] = {
    "raw/records": {
        **STRUCTURE,
        **{f"{field}_values": put(field, "MAYBE") for field in INDICATORS},
        "certification_coding": put("cit_certified_indicator", None, slice(0, 30)),
        "template_id_shape": put("template_id", "12A"),
        "experience_whole_number": put("officer_years_of_experience", "12.5"),
        "experience_range": put("officer_years_of_experience", "84"),
        "reported_date_parsable": put("reported_date", "2019-02-30"),
        "reported_date_range": put("reported_date", "2031-01-01"),
        "row_count_change": halved,
        "not_one_page": a_page,
        "newest_report": a_month_later,
        "vocabulary_known": received(labels=LABELS | {"disposition": frozenset({"DETOX", "TELEHEALTH"})}),
        "labels_impersonal": received(labels=LABELS | {"disposition": frozenset({"DETOX", "OFFICER DOE 7615"})}),
        "vocabulary_change": received(labels=LABELS | {"disposition": frozenset({"SHELTER"})}),
        "description_change": received(description=DESCRIPTION | {"licence": "All rights reserved"}),
        "fields_have_values": received(empty=("cit_officer_requested",)),
        "hours_known": received(hour_unknown=("reported_time",)),
        "values_read": received(unread=(Unread("reported_time", 3, ("noon",)),)),
        "officer_id_shape": received(unread=(Unread("officer_id", 3, ("9999x",)),)),
        "columns_known": received(unknown_columns=("shoe_size",)),
    },
    "raw/revisions": {
        **STRUCTURE,
        "row_count": halved,
        "key_unique": put("line", 1, 1),
        "change_values": put("change", "improved"),
        "field_values": put("field", "badge"),
        "field_of_a_change": put("field", "beat", 1),
        "values_differ": put("new_value", None),
        "snapshots_differ": put("to_snapshot", "a" * 64),
        "revised_share": many_revised,
    },
    "raw/comparisons": {
        **STRUCTURE,
        "row_count": halved,
        "key_unique": put("field", "reported_date", 0),
        "field_values": put("field", "badge"),
        "coding_unchanged": put("n_respelled", 2_000, slice(-10, None)),
    },
    "clean/exclusions": {
        **STRUCTURE,
        "row_count": one_fewer_received,
        "rule_values": put("rule", "officer_unpopular"),
        "field_values": put("field", "badge"),
        "private_values_hidden": both(put("field", "officer_year_of_birth"), put("value", "1982-12-31T00:00:00")),
        "records_remain": all_received,
        "excluded_share": excluded_before(0.05),
    },
    "clean/records": {
        **STRUCTURE,
        "rows_reconcile": one_more_received,
        "officer_key_shape": put("officer_key", "7497"),
        "reported_date_range": put("reported_date", LATE),
        "reported_hour_range": put("reported_hour", 24),
        "occurred_hour_range": put("occurred_hour", -1),
        "experience_range": put("experience_years", 46),
        "experience_status_agrees": put("experience_status", "unknown"),
        "experience_mostly_possible": put("experience_status", "impossible", slice(0, 30)),
        "experience_above_age": put("experience_above_age", True, slice(0, 40)),
        **{
            f"{flag}_values": put(flag, 2)
            for flag in ("force", "veteran", "cit_requested", "cit_dispatched", "cit_arrived", "cit_certified")
        },
        "force_prevalence": put("force", 1, slice(0, 20)),
        "certified_share": put("cit_certified", 0, slice(0, None)),
        "rows_per_year": put("reported_date", date(2019, 6, 1), slice(0, None)),
        "incident_size": put("incident_id", "0", slice(0, 13)),
    },
    "clean/contradictory": {
        **STRUCTURE,
        "row_count": one_fewer_received,
        "officer_key_shape": put("officer_key", "7497"),
    },
    "features/officer_levels": {**STRUCTURE, "key_unique": put("stated_level", "Race 0", 1)},
    "features/contradictory": {
        **STRUCTURE,
        "row_count": one_fewer_received,
        "officer_key_shape": put("officer_key", "7497"),
    },
    "features/records": {
        **STRUCTURE,
        **MODELLING,
        "rows_reconcile": one_fewer_received,
        "dispositions_mapped": put("disposition_group", "unmapped", slice(0, 2)),
        "dispositions_mostly_mapped": put("disposition_group", "unmapped", slice(0, 9)),
        "call_types_mapped": put("call_risk", "unmapped", slice(0, 2)),
        "call_types_mostly_mapped": put("call_risk", "unmapped", slice(0, 9)),
    },
    "features/contacts": {
        **STRUCTURE,
        **MODELLING,
        "officer_levels_shared": put("officer_gender", "F", slice(3, None)),
        "not_more_than_records": one_fewer_received,
        "records_reconcile": put("n_records", 2, slice(0, None)),
        **{f"{flag}_values": put(flag, 2) for flag in ("any_arrest", "any_emergent_detention", "any_referral")},
        "n_records_range": put("n_records", 0),
        "highest_disposition": put("any_arrest", 1, slice(0, None)),
        "records_agree": put("conflicting_fields", 1),
    },
    "quality/exposure": {
        **STRUCTURE,
        "certified_share_by_quarter": put("verdict", "implausible", slice(0, 3)),
        "window_remains": put("verdict", "implausible", -1),
    },
}

for _path in SPOILERS:
    _last_required = [column.name for column in TABLES[_path].columns if not column.nullable][-1]
    SPOILERS[_path]["required_values_present"] = put(_last_required, None)

# What is counted in 120 spoiled rows where that is not one unexpected row: rows, or what was observed.
KNOWN_NUMBERS: dict[str, dict[str, float | None]] = {
    "raw/records": {"row_count": 0, "row_count_change": 120, "newest_report": 30, "vocabulary_change": 2},
    "raw/revisions": {"row_count": 120, "revised_share": 1},
    "raw/comparisons": {"row_count": 120, "coding_unchanged": 10},
    "clean/exclusions": {"row_count": 120, "excluded_share": 0.3},
    "clean/contradictory": {"row_count": 120},
    "features/officer_levels": {"row_count": 0},
    "features/contradictory": {"row_count": 120},
    "clean/records": {
        "row_count": 0,
        "rows_reconcile": 120,
        "experience_mostly_possible": 30,
        "experience_above_age": 48,
        "force_prevalence": 21 / 120,
        "certified_share": 0,
        "rows_per_year": 12,
    },
    "features/records": {
        "row_count": 0,
        "rows_reconcile": 120,
        "dispositions_mapped": 2,
        "dispositions_mostly_mapped": 9,
        "call_types_mapped": 2,
        "call_types_mostly_mapped": 9,
    },
    "features/contacts": {
        "row_count": 0,
        "officer_levels_shared": 2,
        "not_more_than_records": 120,
        "records_reconcile": 240,
        "highest_disposition": 100,
    },
    "quality/exposure": {"row_count": 0, "certified_share_by_quarter": 3},
}
for _numbers in KNOWN_NUMBERS.values():
    _numbers |= {"key_unique": 2, "columns": None}
