"""What the checks look at: the staged rows with derived columns, or one row per year, incident or table."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from cit_platform.checks.codebook_values import NO_CALL_TYPE, NO_DISPOSITION
from cit_platform.checks.context import AuditContext
from cit_platform.checks.differences import description_changes
from cit_platform.codebook.vocabulary import BLANKS, placeholders, vocabulary_of
from cit_platform.contracts import Table
from cit_platform.settings import FIRST_REPORT

if TYPE_CHECKING:
    import pandas as pd

INDICATORS = (
    "use_of_force_indicator",
    "subject_veteran_indicator",
    "cit_officer_requested",
    "cit_officer_dispatched",
    "cit_officer_arrived",
    "cit_certified_indicator",
)
UNKNOWN_EXPERIENCE = -1
PRIVATE_EXCLUDED_FIELDS = ("officer_id", "officer_year_of_birth")
# Every check copies the rows it looks at; levels are copied faster than text.
LABELS = (
    *("period", "records_system", "disposition_group", "call_risk", "call_class"),
    *("precinct", "officer_race", "officer_gender", "officer_key"),
)
DISPOSITION_FLAGS = ("any_arrest", "any_emergent_detention", "any_referral")

# The shape of a day is that of the query of clean/folded.
DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]*)?"
# More records of a snapshot in another spelling are a change of coding.
MOST_RESPELLED = 0.01
# A shorter stretch of a year says little of its pace.
SHORTEST_STRETCH = 30


@dataclass(frozen=True)
class Subject:
    """A frame that expectations are evaluated on; `key` is the column that names an offending row.

    `prepare` gets the staged rows (the columns that the checks need) and gives the frame with a fresh index.
    """

    name: str
    key: str | None
    prepare: Callable[["pd.DataFrame", AuditContext], "pd.DataFrame"]


def last_date(context: AuditContext) -> date:
    """The latest date that can be right: the day after the as-of date, for clocks across midnight."""
    return context.as_of + timedelta(days=1)


def _staged_columns(_: "pd.DataFrame", context: AuditContext) -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame(columns=list(context.columns))


def _source_field(frame: "pd.DataFrame", context: AuditContext, field: str) -> "pd.Series":
    """A source field with its blanks folded, in capitals; what stands for a missing value is null."""
    import pandas as pd

    missing = placeholders(context.agency)[field]
    # Values repeat, and folding is slow: each distinct one is folded once.
    positions, distinct = pd.factorize(frame[field].astype("string"))
    folded = pd.Series(distinct, dtype="string").str.replace(BLANKS, " ", regex=True).str.strip(" ").str.upper()
    prefixes = tuple(word[:-1] for word in missing if word.endswith("*"))
    is_missing = folded.isin(["", *missing]) | folded.str.startswith(prefixes)
    # The position -1, of null, takes the null that is appended.
    levels = pd.concat([folded.mask(is_missing), pd.Series([None], dtype="string")], ignore_index=True)
    return levels.take(positions).reset_index(drop=True)


def _day(text: "pd.Series") -> "pd.Series":
    """The calendar day that a text begins with; null where it begins with none."""
    import pandas as pd

    shaped = text.where(text.str.fullmatch(DAY))
    return _comparable_time(pd.to_datetime(shaped.str.slice(0, 10), format="%Y-%m-%d", errors="coerce"))


def _comparable_time(times: "pd.Series") -> "pd.Series":
    """Times in nanoseconds, the unit that Great Expectations compares column-wise; far ones are drawn near to fit."""
    import pandas as pd

    # A column that holds something else is an error of its checks, not a matter for guessing.
    days = pd.to_datetime(times, format="%Y-%m-%d")
    earliest, latest = pd.Timestamp(1700, 1, 1), pd.Timestamp(2200, 1, 1)
    return days.mask(days < earliest, earliest).mask(days > latest, latest).astype("datetime64[ns]")


def _within_range(day: "pd.Series", context: AuditContext) -> "pd.Series":
    import pandas as pd

    return day.where(day.between(pd.Timestamp(FIRST_REPORT), pd.Timestamp(last_date(context))))


def required_columns(table: Table) -> Subject:
    """One row per column that the contract requires: how many of its values are missing."""
    names = [column.name for column in table.columns if not column.nullable]

    def prepare(frame: "pd.DataFrame", _: AuditContext) -> "pd.DataFrame":
        import pandas as pd

        return pd.DataFrame({"column": names, "n_missing": [float(frame[name].isna().sum()) for name in names]})

    return Subject("required_columns", "column", prepare)


def _raw_rows(frame: "pd.DataFrame", context: AuditContext) -> "pd.DataFrame":
    import pandas as pd

    experience = _source_field(frame, context, "officer_years_of_experience")
    years = pd.to_numeric(experience, errors="coerce").astype("float64")
    reported = _source_field(frame, context, "reported_date")
    reported_day = _day(reported)
    return pd.DataFrame(
        {
            "record_id": frame["record_id"],
            "template_id": _source_field(frame, context, "template_id"),
            **{field: _source_field(frame, context, field) for field in INDICATORS},
            "experience": experience,
            "experience_years": years.mask(years == UNKNOWN_EXPERIENCE),
            "reported_date_parsable": reported_day.notna().astype(float).where(reported.notna()),
            "reported_date": reported_day,
        }
    )


def _raw_years(frame: "pd.DataFrame", context: AuditContext) -> "pd.DataFrame":
    """One row per report year: the smaller of the shares of missing and of negative certifications."""
    import pandas as pd

    reported = _within_range(_day(_source_field(frame, context, "reported_date")), context)
    occurred = _within_range(_day(_source_field(frame, context, "occured_date_time")), context)
    certified = _source_field(frame, context, "cit_certified_indicator")
    answers = pd.DataFrame(
        {
            "year": reported.fillna(occurred).dt.year.astype("Int64"),
            "missing": certified.isna(),
            "negative": certified.isin(["N", "NO", "FALSE", "0"]),
        }
    )
    shares = answers.groupby("year").mean()
    return shares.min(axis="columns").rename("smaller_share").reset_index()


def _raw_totals(frame: "pd.DataFrame", context: AuditContext) -> "pd.DataFrame":
    """One row: the newest report and its age in days; without any report, that of the source's first day."""
    import pandas as pd

    newest = _within_range(_day(_source_field(frame, context, "reported_date")), context).max()
    words = "no report has a day" if pd.isna(newest) else f"The newest report is of {newest.date()}"
    newest = pd.Timestamp(FIRST_REPORT) if pd.isna(newest) else newest
    age = (pd.Timestamp(context.as_of) - newest).days
    return pd.DataFrame({"newest_report_age_days": [age], "newest_report": [words]})


def _vocabulary(_: "pd.DataFrame", context: AuditContext) -> "pd.DataFrame":
    """One row per label of a coded field, in this snapshot or the last: unknown to the codebook? come or vanished?"""
    import pandas as pd

    known, now, before = vocabulary_of(context.agency), context.arrived.labels, context.arrived.labels_before
    rows = []
    for field, labels in now.items():
        previous = labels if before is None else before[field]
        for label in sorted(labels | previous):
            words = f"{field}: {known.told(field, label)}"
            is_unknown = label in labels and not known.knows(field, label)
            sign = "" if label in labels & previous else ("+" if label in labels else "-")
            rows.append((words, int(is_unknown), words * is_unknown, len(sign), f"{sign} {words}" if sign else ""))
    return pd.DataFrame(rows, columns=["label", "unknown", "unknown_label", "changed", "change"])


def _description(_: "pd.DataFrame", context: AuditContext) -> "pd.DataFrame":
    """One row per item of the portal's description, now or with the last snapshot: how it changed, if it did."""
    import pandas as pd

    now, before = context.arrived.description, context.arrived.description_before
    changes = description_changes(before, now)
    items = dict.fromkeys([*(before or {}), *(now or {}), *changes])
    rows = [(item, int(item in changes), f"{item}: {changes[item]}" if item in changes else "") for item in items]
    # A source without a description, such as a file, passes by saying so.
    return pd.DataFrame(rows or [("description", 0, "no description")], columns=["item", "changed", "change"])


def _revision_rows(frame: "pd.DataFrame", _: AuditContext) -> "pd.DataFrame":
    """One row per line: what it says of itself, without the values."""
    import pandas as pd

    changed = frame["change"] == "changed"
    same = (frame["old_value"] == frame["new_value"]) | (frame["old_value"].isna() & frame["new_value"].isna())
    return pd.DataFrame(
        {
            "sequence": frame["sequence"],
            "line": frame["line"],
            "record_id": frame["record_id"],
            "change": frame["change"],
            "field": frame["field"],
            "field_fits": (frame["field"].notna() == changed).astype(int),
            "values_differ": (same != changed).astype(int),
            "snapshots_differ": (frame["from_snapshot"] != frame["to_snapshot"]).astype(int),
        }
    )


def _newest_revisions(frame: "pd.DataFrame", context: AuditContext) -> "pd.DataFrame":
    """One row: the share of the records received that the newest comparison names."""
    import pandas as pd

    newest = frame.loc[frame["sequence"] == frame["sequence"].max(), "record_id"]
    return pd.DataFrame({"share": [newest.nunique() / max(context.received, 1)]})


def _newest_comparison(frame: "pd.DataFrame", _: AuditContext) -> "pd.DataFrame":
    """One row per field: the share of the newest snapshot's records that print it otherwise."""
    import pandas as pd

    newest = frame[frame["sequence"] == frame["sequence"].max()].reset_index(drop=True)
    share = newest["n_respelled"].astype(float) / newest["n_records"].astype(float)
    respelled = newest["field"].where(share > MOST_RESPELLED, "")
    return pd.DataFrame({"field": newest["field"], "share": share, "respelled": respelled})


def _comparison_rows(frame: "pd.DataFrame", _: AuditContext) -> "pd.DataFrame":
    return frame[["sequence", "field"]]


def _exclusion_rows(frame: "pd.DataFrame", _: AuditContext) -> "pd.DataFrame":
    shown = frame["field"].isin(PRIVATE_EXCLUDED_FIELDS) & frame["value"].notna()
    return frame.drop(columns="value").assign(shows_private_value=shown.astype(int))


def _dated_rows(frame: "pd.DataFrame", _: AuditContext) -> "pd.DataFrame":
    """The rows in types that Great Expectations compares column-wise; dates it does not compare at all."""
    # A column that should hold numbers and does not is left as it is: its checks have to say so.
    numbers = frame.select_dtypes("number").columns
    labels = [column for column in LABELS if column in frame]
    types = {**dict.fromkeys(numbers, "float64"), **dict.fromkeys(labels, "category")}
    return frame.astype(types).assign(reported_date=_comparable_time(frame["reported_date"]))


def _clean_rows(frame: "pd.DataFrame", context: AuditContext) -> "pd.DataFrame":
    return _dated_rows(frame, context).assign(experience_above_age=frame["experience_above_age"].astype(float))


def _clean_years(frame: "pd.DataFrame", context: AuditContext) -> "pd.DataFrame":
    """One row per year of the source, also of years without rows: rows as if all of the year were covered."""
    import pandas as pd

    counts = _comparable_time(frame["reported_date"]).dt.year.value_counts()
    years = range(FIRST_REPORT.year, context.as_of.year + 1)
    stretches = {
        year: (min(date(year, 12, 31), context.as_of) - max(date(year, 1, 1), FIRST_REPORT)).days + 1 for year in years
    }
    paces = [
        (year, int(counts.get(year, 0)) * 365 / days) for year, days in stretches.items() if days >= SHORTEST_STRETCH
    ]
    return pd.DataFrame(paces, columns=["year", "records_per_365_days"])


def _clean_incidents(frame: "pd.DataFrame", _: AuditContext) -> "pd.DataFrame":
    return frame.groupby("incident_id")["contact_id"].nunique().rename("n_contacts").reset_index()


def _feature_rows(frame: "pd.DataFrame", context: AuditContext) -> "pd.DataFrame":
    dated = _dated_rows(frame, context)
    return dated.assign(
        year_agrees=(dated["year"] == dated["reported_date"].dt.year).astype(int),
        disposition_given=dated["disposition_group"].where(dated["disposition_group"] != NO_DISPOSITION),
        call_type_given=dated["call_risk"].where(dated["call_risk"] != NO_CALL_TYPE),
    )


def _contact_rows(frame: "pd.DataFrame", context: AuditContext) -> "pd.DataFrame":
    """The rows, and whether the disposition is the highest of those that the flags name."""
    groups = [flag.removeprefix("any_") for flag in DISPOSITION_FLAGS]
    flags = frame[list(DISPOSITION_FLAGS)].eq(1).set_axis(groups, axis="columns")
    agrees = ~(frame["disposition_group"].isin(groups) | flags.any(axis="columns"))
    higher = agrees & False
    for group in groups:
        agrees |= (frame["disposition_group"] == group) & flags[group] & ~higher
        higher |= flags[group]
    return _feature_rows(frame, context).assign(highest_agrees=agrees.astype(int))


STAGED_COLUMNS = Subject("staged_columns", None, _staged_columns)
RAW_ROWS = Subject("rows", "record_id", _raw_rows)
RAW_YEARS = Subject("years", "year", _raw_years)
RAW_TOTALS = Subject("totals", None, _raw_totals)
VOCABULARY = Subject("labels", "label", _vocabulary)
DESCRIPTION = Subject("items", "item", _description)
REVISION_ROWS = Subject("rows", "record_id", _revision_rows)
NEWEST_REVISIONS = Subject("totals", None, _newest_revisions)
COMPARISON_ROWS = Subject("rows", None, _comparison_rows)
NEWEST_COMPARISON = Subject("fields", "field", _newest_comparison)
EXCLUSION_ROWS = Subject("rows", "record_id", _exclusion_rows)
CLEAN_ROWS = Subject("rows", "record_id", _clean_rows)
CLEAN_YEARS = Subject("years", "year", _clean_years)
CLEAN_INCIDENTS = Subject("incidents", "incident_id", _clean_incidents)
FEATURE_ROWS = Subject("rows", "record_id", _feature_rows)
CONTACT_ROWS = Subject("rows", "contact_id", _contact_rows)
