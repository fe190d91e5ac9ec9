"""Which labels of the source are published: a label is free text, and may be a number, a date or a person's name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from cit_platform.codebook.vocabulary import Vocabulary, vocabulary_of
from cit_platform.settings import chosen_agency

if TYPE_CHECKING:
    import pandas as pd

LABELS = "quality/labels"
LEAST_RECORDS = 10
# Checks whose messages name labels, of however few records.
_NAME_LABELS = ("vocabulary_known", "vocabulary_change", "labels_impersonal")
# Badge numbers and years, days in any print, and what stands before a name, or between its parts.
_PERSONAL = re.compile(
    r"\d{3}|\d[-/.]\d|\b(officer|ofc|sgt|sergeant|det|detective|lt|lieutenant|mr|mrs|ms|dr|born|dob|badge|serial|name)\b"
    r"|^\s*[^\W\d_]+,\s*[^\W\d_]+\s*$",
    re.IGNORECASE,
)


def published_labels(labels: pd.DataFrame) -> pd.DataFrame:
    """`quality/labels` with the labels that are not published as one row for each field and group, and their number.

    Published are labels that the codebook knows, and those of 10 records or more without a text like a number, a date
    or a name.
    """
    known = _vocabulary(chosen_agency())
    listed = zip(labels["field"], labels["label"], labels["n_records"], strict=True)
    hidden = [not _is_shown(known, field, label, n) for field, label, n in listed]
    if not any(hidden):
        return labels
    gone = labels[hidden].groupby(["field", "grouping"], sort=True)["n_records"].agg(["size", "sum"]).reset_index()
    merged = gone.rename(columns={"sum": "n_records"})
    merged["label"] = [
        f"({n} {'label' if n == 1 else 'labels'} withheld: {grouping})"
        for n, grouping in zip(gone["size"], gone["grouping"], strict=True)
    ]
    kept = labels[[not hide for hide in hidden]]
    rows = [*kept.to_dict("records"), *merged[list(labels.columns)].to_dict("records")]
    return type(labels)(rows, columns=labels.columns)


def without_named_labels(check: Mapping[str, Any]) -> dict[str, Any]:
    """The result of a check as it is published: how many labels it is about, and not which."""
    if check["name"] not in _NAME_LABELS or check["passed"]:
        return dict(check)
    counted, _, named = str(check.get("message") or "").partition(". ")
    return {**check, "message": f"{counted}. Which, this machine's operator sees." if named else counted}


def _is_shown(known: Vocabulary, field: str, label: str, n_records: int) -> bool:
    if label == "" or known.knows(field, known.folded(field, label) or ""):
        return True
    return n_records >= LEAST_RECORDS and not known.is_private(field, label) and not _PERSONAL.search(label)


@cache
def _vocabulary(agency: str) -> Vocabulary:
    return vocabulary_of(agency)
