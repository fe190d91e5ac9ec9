"""What the page says of the checks of its tables, and of what an operator let through in spite of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from cit_platform.printable import printable
from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.finding import listed
from cit_platform.publishing.parts.html_table import HtmlTable

Result = Mapping[str, Any]


def checks_table(checks: Sequence[Result]) -> HtmlTable:
    """Quality checks by table: how many ran, how many passed, and the names of those that did not."""
    rows = []
    for table, group in groupby(_ordered(checks), key=lambda check: str(check["table"])):
        members = list(group)
        failed = [str(check["name"]) for check in members if not check["passed"]]
        counts = (wording.count(len(members)), wording.count(len(members) - len(failed)))
        rows.append((table, *counts, ", ".join(failed) or "none"))
    return HtmlTable("Quality checks", ("Table", "Checks", "Passed", "Warnings"), tuple(rows), (1, 2))


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
