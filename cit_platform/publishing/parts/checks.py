"""What the page says of the checks of its tables, and of what an operator let through in spite of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cit_platform.printable import printable
from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.finding import listed
from cit_platform.publishing.parts.html_table import HtmlTable

Result = Mapping[str, Any]


def flow_of_tables(n_rows: Mapping[str, int], checks: Sequence[Result]) -> HtmlTable:
    """Every table on the way from the records to the findings: its rows, its checks, and those that did not pass.

    `n_rows` has the rows by table, in the order of the way.
    """
    rows = []
    for table, n in n_rows.items():
        own = [check for check in _ordered(checks) if check["table"] == table]
        failed = [str(check["name"]) for check in own if not check["passed"]]
        counts = map(wording.count, (n, len(own), len(own) - len(failed)))
        rows.append((table, *counts, ", ".join(failed) or "none"))
    return HtmlTable("Tables and checks", ("Table", "Rows", "Checks", "Passed", "Warnings"), tuple(rows), (1, 2, 3))


def warning_sentences(checks: Sequence[Result]) -> tuple[tuple[str, str], ...]:
    """Of each check that did not pass: what it is about, and what it found."""
    return tuple(
        (wording.warning_words(check["table"], check["name"]), printable(check.get("message") or ""))
        for check in _ordered(checks)
        if not check["passed"]
    )


def accepted_sentence(codes: Sequence[str]) -> str:
    """The changes of the source that an operator let through with this snapshot; empty without any."""
    if not codes:
        return ""
    changes = listed([wording.accepted_words(code) for code in codes])
    return f"With this snapshot the publisher of this page let through what is refused otherwise: {changes}."


def _ordered(checks: Sequence[Result]) -> list[Result]:
    return sorted(checks, key=lambda check: (str(check["table"]), str(check["name"])))
