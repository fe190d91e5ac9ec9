"""Clean frames of every audited table: what a good night stages, small or large."""

from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from cit_platform.checks.audit import CheckOutcome, audit
from cit_platform.checks.context import AuditContext, ReceivedDescription
from cit_platform.checks.counting import StagedRows
from cit_platform.checks.suites import SUITES
from cit_platform.checks.suites.raw import INDICATORS
from cit_platform.codebook.vocabulary import CODED_FIELDS
from cit_platform.contracts import TABLES
from cit_platform.contracts.raw import SOURCE_FIELDS
from cit_platform.engine.duckdb import plain_engine
from cit_platform.engine.query import Engine, Query, Staged

AS_OF = date(2026, 11, 21)
# 15 rows a day give 5,475 a year; the last one is reported on the as-of date.
N_DAYS = (AS_OF - date(2015, 5, 15)).days + 1


def dates(n: int) -> pd.Series:
    """`n` report dates spread evenly from the first day of the source to the as-of date, as `datetime.date`."""
    days = np.linspace(0, N_DAYS - 1, n).astype(int)
    return pd.Series([date(2015, 5, 15) + timedelta(days=int(day)) for day in days], dtype=object)


def ids(n: int) -> list[str]:
    return [f"{row:032x}-1" for row in range(n)]


def cycle(values: tuple[Any, ...], n: int) -> list[Any]:
    return [values[row % len(values)] for row in range(n)]


def raw_records(n: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "record_id": ids(n),
            "template_id": [str(25_000_000_000 + row) for row in range(n)],
            "reported_date": [day.isoformat() for day in dates(n)],
            "occured_date_time": [f"{day.isoformat()}T10:11:12" for day in dates(n)],
            **{field: cycle(("N", "Y", "n", "YES", "no", "1", "false"), n) for field in INDICATORS},
            "officer_years_of_experience": cycle(("0", "7", "45", "12", "-1", None), n),
        }
    ).assign(subject_veteran_indicator=cycle(("Unknown", "-", None, None, "Yes"), n))


def revisions(n: int) -> pd.DataFrame:
    changes = cycle(("changed", "removed", "added"), n)
    return pd.DataFrame(
        {
            "sequence": 2,
            "line": list(range(1, n + 1)),
            "record_id": cycle(tuple(ids(4)), n),
            "change": changes,
            "field": ["precinct" if change == "changed" else None for change in changes],
            "old_value": [
                ("West" if row % 2 else None) if change == "changed" else None for row, change in enumerate(changes)
            ],
            "new_value": ["East" if change == "changed" else None for change in changes],
            "from_snapshot": "a" * 64,
            "to_snapshot": "b" * 64,
            "seen_at": pd.Timestamp(AS_OF),
        }
    )


def comparisons(n: int) -> pd.DataFrame:
    fields = [field.name for field in SOURCE_FIELDS]
    return pd.DataFrame(
        {
            "sequence": [1 + row // len(fields) for row in range(n)],
            "field": cycle(tuple(fields), n),
            "to_snapshot": "b" * 64,
            "seen_at": pd.Timestamp(AS_OF),
            "n_records": 5_000,
            "n_respelled": cycle((0, 50), n),
            "n_absent": 0,
            "n_collapsed": 0,
        }
    )


def exclusions(n: int) -> pd.DataFrame:
    fields = ("record_id", "template_id", "officer_years_of_experience", "officer_id", "officer_year_of_birth")
    return pd.DataFrame(
        {
            "record_id": ids(n),
            "rule": cycle(("exact_duplicate", "template_missing", "indicator_missing", "contact_conflict"), n),
            "field": cycle(fields, n),
            "value": cycle((None, None, "-1", None, None), n),
        }
    )


def clean_records(n: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "record_id": ids(n),
            "contact_id": [str(row) for row in range(n)],
            "incident_id": [str(row // 2) for row in range(n)],
            "officer_key": cycle((*(f"{officer:064x}" for officer in range(50)), None), n),
            "reported_date": dates(n),
            "reported_hour": cycle((0, 23, None), n),
            "call_type": cycle(("UFO LANDED", "UFO LANDED", "911"), n),
            "disposition": cycle(("Abducted", "Levitated", "Abducted"), n),
            "occurred_hour": cycle((0, 23, None), n),
            "force": cycle((1, *[0] * 59), n),
            "veteran": cycle((1, 0, None), n),
            "cit_requested": cycle((1, 0, None), n),
            "cit_dispatched": cycle((1, 0, None), n),
            "cit_arrived": cycle((1, 0, None), n),
            "cit_certified": cycle((1, 0), n),
            "experience_years": pd.Series(cycle((0, 12, 45, None), n), dtype="Int32"),
            "experience_status": cycle(("known", "known", "known", "unknown"), n),
            "experience_above_age": pd.Series(cycle((True, *[False] * 8, None), n), dtype=object),
        }
    )


def feature_records(n: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "record_id": ids(n),
            "contact_id": [str(row // 2) for row in range(n)],
            "incident_id": [str(row // 4) for row in range(n)],
            "officer_key": cycle((*(f"{officer:064x}" for officer in range(50)), None), n),
            "reported_date": dates(n),
            "year": [day.year for day in dates(n)],
            "month": [day.replace(day=1) for day in dates(n)],
            "period": cycle(("baseline", "pandemic"), n),
            "records_system": cycle(("legacy", "mark43"), n),
            "force": cycle((1, *[0] * 59), n),
            "disposition_group": cycle(
                ("arrest", "emergent_detention", "referral", "no_action", "other", "missing"), n
            ),
            "cit_certified": cycle((1, 0), n),
            "cit_arrived": cycle((1, 0, None), n),
            "cit_requested": cycle((1, 0, None), n),
            "cit_dispatched": cycle((1, 0, None), n),
            "veteran": cycle((1, 0, None), n),
            "experience_years": pd.Series(cycle((0, 12, 45, None), n), dtype="Int32"),
            "experience_status": cycle(("known", "known", "known", "impossible"), n),
            "experience": cycle(("0-4", "10-14", "20+", "unknown"), n),
            "hour": pd.Series(cycle((0, 8, 23, None), n), dtype="Int32"),
            "watch": cycle(("night", "day", "evening", "unknown"), n),
            "weekend": cycle((0, 0, 1), n),
            "call_risk": cycle(("crisis", "suicide", "disturbance", "violent", "other", "unknown"), n),
            "call_risk_published": cycle(("welfare", "suicide", "disturbance", "violent", "other", "unknown"), n),
            "call_class": cycle(("welfare_check", "suicide", "assault", "unknown"), n),
            "call_received": cycle(("911", "ONVIEW", "unknown"), n),
            "missing_call_fields": cycle((0, 0, 1), n),
            "precinct": cycle(("North", "West", "East", "South", "Southwest", "Unknown"), n),
            "beat": cycle(("B1", "K2", "Unknown"), n),
            "officer_squad": cycle(("NORTH PCT 1ST W - BOY", "Unknown"), n),
            "officer_race": cycle(("White", "Asian", "Unknown"), n),
            "officer_gender": cycle(("M", "F", "Unknown"), n),
        }
    )


def officer_levels(n: int) -> pd.DataFrame:
    levels = [f"Race {row}" for row in range(n)]
    return pd.DataFrame({"term": "officer_race", "stated_level": levels, "becomes": levels})


def contacts(n: int) -> pd.DataFrame:
    group = pd.Series(feature_records(n)["disposition_group"])
    return (
        feature_records(n)
        .drop(columns="record_id")
        .assign(
            contact_id=[str(row) for row in range(n)],
            any_arrest=(group == "arrest").astype(int),
            any_emergent_detention=(group.isin(["arrest", "emergent_detention"])).astype(int),
            any_referral=(group == "referral").astype(int),
            n_records=1,
            conflicting_fields=0,
        )
    )


def exposure(n: int) -> pd.DataFrame:
    first_days = [date(2015 + row // 4, 3 * (row % 4) + 1, 1) for row in range(n)]
    return pd.DataFrame(
        {
            "quarter": [f"{day.year}-Q{day.month // 3 + 1}" for day in first_days],
            "first_day": first_days,
            "contacts": 2_000,
            "officers": 400,
            "certified_share": 0.5,
            "certified_share_conf_low": 0.45,
            "certified_share_conf_high": 0.55,
            "to_certified": 9,
            "to_uncertified": 0,
            "revised": 0,
            "verdict": "usable",
            "reason": "",
        }
    )


CLEAN_FRAMES = {
    "raw/records": raw_records,
    "raw/revisions": revisions,
    "raw/comparisons": comparisons,
    "clean/exclusions": exclusions,
    "clean/records": clean_records,
    "clean/contradictory": clean_records,
    "features/officer_levels": officer_levels,
    "features/records": feature_records,
    "features/contacts": contacts,
    "features/contradictory": contacts,
    "quality/exposure": exposure,
}


# A column of the largest tables whose values, spoiled, all break one rule.
SPOILED = {
    "raw/records": "reported_date",
    "clean/records": "experience_status",
    "features/contacts": "call_risk",
}


def spoiled_frame(path: str, n: int) -> pd.DataFrame:
    """A frame whose every row breaks one rule."""
    return clean_frame(path, n).assign(**{SPOILED[path]: "no such label"})


def clean_frame(path: str, n: int) -> pd.DataFrame:
    """A frame without fault, with the columns that the table's checks read."""
    return CLEAN_FRAMES[path](n)


def audited(path: str, frame: pd.DataFrame, context: AuditContext, docs: Path | None = None) -> list[CheckOutcome]:
    """What an audit finds in a frame, once the lake has staged it; its file has the columns of the circumstances."""
    table = TABLES[path]
    with TemporaryDirectory() as home:
        engine = plain_engine("1GB", 1, Path(home) / "spill")
        rows = staged(frame, path, engine, Path(home))
        if context.columns != table.column_names:
            _give_columns(rows.files[0], context.columns)
        read = {path for check in SUITES[path] for path in check.relation.inputs}
        inputs = {path: staged(clean_frame(path, len(frame)), path, engine, Path(home)).files for path in read}
        return audit(StagedRows(rows, engine, context, inputs), docs)


def staged(frame: pd.DataFrame, path: str, engine: Engine, home: Path) -> Staged:
    """A frame as rows that wait for their audit; columns that it lacks are null."""
    table = TABLES[path]
    rows = pa.Table.from_pandas(frame.reindex(columns=list(table.column_names)), preserve_index=False)
    query = Query("select * from session.frame", relations={"session.frame": rows})
    return engine.write(query, table, home / path)


def _give_columns(file: Path, names: tuple[str, ...]) -> None:
    rows = pq.read_table(file)
    nothing = pa.nulls(rows.num_rows, pa.string())
    pq.write_table(pa.table({name: rows[name] if name in rows.column_names else nothing for name in names}), file)


KNOWN = {
    **{"call_type": "911", "initial_call_type": "TRESPASS", "disposition": "DETOX"},
    **{"officer_race": "WHITE", "precinct": "WEST", "sector": "KING"},
}
LABELS = {field: frozenset({KNOWN.get(field, "N")}) for field in CODED_FIELDS}
DESCRIPTION = {"licence": "Public Domain", "description": "Crisis contacts. USE CAUTION WHEN COUNTING"}
SAME_AS_BEFORE = ReceivedDescription(
    labels=LABELS, labels_before=LABELS, description=DESCRIPTION, description_before=DESCRIPTION
)


def context(path: str, n: int, **circumstances: Any) -> AuditContext:
    """The circumstances in which `n` rows of a table are right."""
    given: dict[str, Any] = {
        "source": "demo",
        "as_of": AS_OF,
        "agency": "seattle",
        "n_rows": n,
        "columns": TABLES[path].column_names,
        "n_received": n if path != "clean/exclusions" else 10 * n,
        "n_excluded": 0 if path != "clean/exclusions" else n,
        "previous_rows": n,
        "description": SAME_AS_BEFORE if path == "raw/records" else None,
    }
    return AuditContext(**(given | circumstances))
