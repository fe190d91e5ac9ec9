"""Tables of the stage quality, whose counts no study makes, and the feature files of an edition."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from cit_platform.contracts import TABLES

FIRST_DAY = date(2015, 5, 15)
SNAPSHOT = "5a" * 32


def quality_tables(**text: str) -> dict[str, pd.DataFrame]:
    """Every table of the stage quality; `label` replaces a label of the source."""
    return {
        "quality/flow": _frame("quality/flow", _flow()),
        "quality/coverage": _frame("quality/coverage", _coverage()),
        "quality/levels": _frame("quality/levels", _levels()),
        "quality/exposure": _frame("quality/exposure", _exposure()),
        "quality/revisions": _frame("quality/revisions", _revisions()),
        "quality/labels": _frame("quality/labels", _labels(text.get("label", "NO ACTION POSSIBLE / NECESSARY"))),
    }


def _frame(path: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(TABLES[path].column_names))


def _flow() -> list[dict[str, Any]]:
    steps = [
        ("records", "record", "received", "received", 110_000),
        ("records", "record", "excluded", "exact_duplicate", 1_234),
        ("records", "record", "excluded", "template_missing", 0),
        ("records", "record", "excluded", "indicator_missing", 12),
        ("records", "record", "excluded", "contact_conflict", 85),
        ("records", "record", "excluded", "date_missing", 5),
        ("records", "record", "kept", "clean", 108_664),
        ("contacts", "contact", "kept", "contacts", 90_111),
        ("published_model", "record", "excluded", "experience_unknown", 6_120),
        ("published_model", "record", "excluded", "experience_impossible", 1_310),
        ("published_model", "record", "analysed", "analysed", 101_234),
        ("force_model", "contact", "excluded", "usable_exposure", 1_346),
        ("force_model", "contact", "analysed", "analysed", 88_765),
        ("disposition_model", "contact", "excluded", "disposition_missing", 2_222),
        ("disposition_model", "contact", "excluded", "disposition_other", 2_300),
        ("disposition_model", "contact", "analysed", "analysed", 85_589),
    ]
    names = ("step", "part", "unit", "kind", "rule", "n")
    totals = [dict(zip(names, (number, *step), strict=True)) for number, step in enumerate(steps, start=1)]
    return [row | {"arm": arm, "n": _of_arm(row["n"], arm)} for row in totals for arm in ("", *_SHARES)]


_SHARES = {"certified": 0.52, "not_certified": 0.47, "unknown": None}


def _of_arm(n: int, arm: str) -> int:
    if not arm:
        return n
    known = {name: int(n * share) for name, share in _SHARES.items() if share}
    return known.get(arm, n - sum(known.values()))


def _exposure() -> list[dict[str, Any]]:
    rows = []
    for number in range(46):
        first = date(2015 + number // 4, 3 * (number % 4) + 1, 1)
        # The first quarters of the real print: nobody is certified.
        share = 0.0 if number < 4 else min(0.7, 0.4 + 0.01 * number)
        rows.append(
            {
                "quarter": f"{first.year}-Q{number % 4 + 1}",
                "first_day": first,
                "contacts": 2_100 + number,
                "officers": 500,
                "certified_share": share,
                "certified_share_conf_low": max(0.0, share - 0.03),
                "certified_share_conf_high": share + 0.03 if share else 0.0,
                "to_certified": 11,
                "to_uncertified": 0,
                "revised": 0,
                "verdict": "usable" if number >= 4 else "implausible",
                "reason": "" if number >= 4 else "few_certified",
            }
        )
    return rows[1:]


def _coverage() -> list[dict[str, Any]]:
    fields = ("call_type", "cit_certified_indicator", "disposition", "initial_call_type", "officer_id", "precinct")
    return [
        {
            "field": field,
            "year": str(year),
            "n_records": 9_000,
            "n_present": 9_000 - 40 * n,
            "share_present": 1 - 40 * n / 9_000,
        }
        for n, field in enumerate(fields)
        for year in range(2015, 2026)
    ]


def _levels() -> list[dict[str, Any]]:
    cells = (("officer_race", "Asian", None), ("officer_race", "White", 60_000), ("precinct", "North", 20_000))
    return [{"term": term, "level": level, "n_contacts": n, "shown": n is not None} for term, level, n in cells]


def _revisions() -> list[dict[str, Any]]:
    rows = [
        ("2026-11-19", "first", "", 109_940, None, None, None, None, None, True),
        ("2026-11-20", "compared", "", 109_965, None, None, None, None, None, True),
        ("2026-11-22", "compared", "", 110_000, None, None, None, None, None, True),
        ("2026-11-20", "respelled", "precinct", 109_900, None, None, None, None, None, True),
        ("all", "respelled", "precinct", 109_900, None, None, None, None, None, True),
    ]
    for night in ("2026-11-20", "all"):
        rows += [
            (night, "absent", "cit_officer_requested", 109_000, None, None, None, None, None, True),
            (night, "absent", "officer_race", None, None, None, None, None, None, False),
            (night, "collapsed", "", 1_450, None, None, None, None, None, True),
        ]
    for night in ("2026-11-22", "all"):
        rows += [
            (night, "added", "", 4, 3, 1, 2, 1, 60.0, True),
            (night, "changed", "", 31, 25, 3, 20, 7, 151.5, True),
            (night, "changed", "initial_call_type", 9, 8, 1, 5, 3, 180.0, True),
            (night, "changed", "officer_race", None, None, None, None, None, None, False),
            (night, "changed", "officer_years_of_experience", 20, 16, 2, 14, 3, 140.0, True),
        ]
    names = TABLES["quality/revisions"].column_names
    return [dict(zip(names, row, strict=True)) for row in rows]


def _labels(label: str) -> list[dict[str, Any]]:
    rows = [
        ("disposition", label, "no_action", 31_000),
        ("disposition", "EMERGENT DETENTION / ITA", "emergent_detention", 29_000),
        ("disposition", "BEAMED UP <b>", "unmapped", 17),
        ("initial_call_type", "SERVICE - WELFARE CHECK", "welfare", 20_000),
    ]
    return [dict(zip(("field", "label", "grouping", "n_records"), row, strict=True)) for row in rows]


def write_features(directory: Path, rows: int = 240, template: str = "T") -> dict[str, list[Path]]:
    """Parquet files of `features/contacts` and `features/records`, identifiers prefixed with `template`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    contacts = [_contact(number, template) for number in range(rows)]
    records = []
    for number, contact in enumerate(contacts):
        for extra in range(1 + number % 2):
            group = contact["disposition_group"] if extra == 0 else "referral"
            records.append(
                contact | {"record_id": f"secret-record-{template}{number}-{extra}", "disposition_group": group}
            )
    found = {}
    for path, listed in (("features/contacts", contacts), ("features/records", records)):
        columns = TABLES[path].column_names
        table = pa.table({name: [row[name] for row in listed] for name in columns})
        half = len(listed) // 2
        files = [directory / f"{path.split('/')[1]}-{part}.parquet" for part in (0, 1)]
        for file, piece in zip(files, (table.slice(0, half), table.slice(half)), strict=True):
            pq.write_table(piece, file)
        found[path] = files
    return found


def _contact(number: int, template: str) -> dict[str, Any]:
    day = FIRST_DAY + timedelta(days=(number * 37) % 90)
    group = ("arrest", "emergent_detention", "referral", "no_action")[number % 4]
    return {
        "contact_id": f"secret-contact-{template}{number}",
        "incident_id": f"secret-incident-{template}{number // 2}",
        "officer_key": f"secret-officer-{template}{number % 31}",
        "reported_date": day,
        "year": day.year,
        "month": day.replace(day=1),
        "period": "before",
        "records_system": "legacy",
        "force": int(number % 29 == 0),
        "disposition_group": group,
        "cit_certified": number % 2,
        "cit_arrived": None if number % 7 == 0 else 1,
        "cit_requested": number % 3 % 2,
        "cit_dispatched": number % 2,
        "veteran": number % 5 % 2,
        "experience_years": number % 30,
        "experience_status": "known",
        "experience": ("0-4", "5-9", "10-14", "15-19", "20+", "20+")[number % 30 // 5],
        "hour": (3, 12, 20)[number % 3],
        "watch": ("night", "day", "evening")[number % 3],
        "weekend": number % 2,
        "call_risk": ("crisis", "violent", "suicide")[number % 3],
        "call_risk_published": ("welfare", "violent", "suicide")[number % 3],
        "call_class": "welfare",
        "call_received": "911",
        "missing_call_fields": 0,
        "precinct": ("North", "South")[number % 2],
        "beat": "secret-beat",
        "officer_squad": f"secret-squad-{number % 5}",
        "officer_race": "ASIAN" if number < 6 else "WHITE",
        "officer_gender": ("M", "F")[number % 2],
        "any_arrest": int(group == "arrest"),
        "any_emergent_detention": int(group == "emergent_detention"),
        "any_referral": int(group == "referral" or number % 2),
        "n_records": 1 + number % 2,
        "conflicting_fields": 0,
    }
