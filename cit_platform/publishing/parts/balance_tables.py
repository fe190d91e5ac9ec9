"""Tables of the calls that certified officers write up beside those of others: five small ones."""

from __future__ import annotations

from collections.abc import Sequence

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.finding import difference_words
from cit_platform.publishing.parts.html_table import HtmlTable, limits, with_limits
from cit_platform.publishing.parts.rows import Row, estimated

EITHER = "contacts that either kind of officer could have written"
_POPULATIONS = {
    ("sent", "all"): "Sent: calls with a certified officer dispatched",
    ("wrote", "all"): "Wrote: calls that certified officers write up",
    ("wrote", "no_strata"): "The same, times and places mixed",
    ("wrote", "without_crisis_response_squad"): "The same, without the crisis response squad",
    ("overlap", "all"): "Force itself, in contacts that either kind could have written",
}


def of(rows: Sequence[Row], question: str, population: str = "all") -> list[Row]:
    return [row for row in rows if row["question"] == question and row["population"] == population]


def one(rows: Sequence[Row], question: str, population: str = "all") -> Row | None:
    return next((row for row in of(rows, question, population) if not row["term"]), None)


def differences_table(rows: Sequence[Row]) -> HtmlTable:
    """Every difference in force per 1,000 contacts, expected and reported."""
    cells = []
    for (question, population), name in _POPULATIONS.items():
        row = one(rows, question, population)
        if row is None:
            continue
        known = estimated(row, "risk_difference")
        verdict = {"inside": "within", "beyond": "beyond", "undecided": "open"}.get(row["verdict"], "") if known else ""
        n = wording.count(row["n_contacts"])
        cells.append(
            (name, difference_words(row) if known else wording.short_reason(row), verdict, n, _officers_of(row))
        )
    header = (
        "Difference in contacts with force per 1,000",
        "with 95 % interval",
        "Stated size",
        "n contacts",
        "officers",
    )
    caption = "Certified less others: force as others would report it; in the last row, as reported"
    return HtmlTable(caption, header, tuple(cells), (1, 3, 4))


def _officers_of(row: Row) -> str:
    return "" if row["n_officers"] is None else wording.count(row["n_officers"])


def shares_table(rows: Sequence[Row]) -> HtmlTable:
    """Certified share and dispatch by kind of call."""
    sent = {row["level"]: row for row in of(rows, "sent") if row["term"]}
    cells = tuple(
        (_call(row["level"]), *_share_cells(row), *_share_cells(sent.get(row["level"])))
        for row in sorted(of(rows, "published"), key=lambda row: row["level"])
    )
    header = (
        "Calls",
        "Written up by certified",
        "95 % interval",
        "n contacts",
        "Certified sent",
        "95 % interval",
        "n incidents",
    )
    return HtmlTable("Certified officers by kind of call, nothing held alike", header, cells, (1, 2, 3, 4, 5, 6))


def _call(level: str) -> str:
    return wording.sentence_case(wording.calls_words(level)) if level else "All calls"


def _share_cells(row: Row | None) -> tuple[str, str, str]:
    if row is None or not estimated(row, "share"):
        return (wording.NO_NUMBER if row is None else wording.short_reason(row), "", "")
    return (wording.percent(row["share"]), limits(row, "share", wording.percent), wording.count(row["n_contacts"]))


def shuffled_table(rows: Sequence[Row]) -> HtmlTable:
    """Shares by kind of call, observed and dealt out anew."""
    names = {
        "without_crisis_response_squad": "certified officers",
        "crisis_response_squad": "the crisis response squad",
    }
    cells = []
    for population, who in names.items():
        for row in sorted(of(rows, "shuffled", population), key=lambda row: row["level"]):
            level = wording.level_words(row["term"], row["level"]) if row["level"] else "all kinds together"
            p = "" if row["p_value"] is None else wording.bare_p_value(row["p_value"])
            share = "" if row["share"] is None else wording.percent(row["share"])
            dealt = limits(row, "expected", wording.percent) if estimated(row, "expected") else ""
            n = wording.NO_NUMBER if row["n_contacts"] is None else wording.count(row["n_contacts"])
            cells.append(
                (f"Written up by {who}, {level}", share or wording.reason(row) * bool(row["reason"]), dealt, p, n)
            )
    header = ("Share", "Observed", "95 % of the deals", "p", "n contacts")
    return HtmlTable("Who on duty wrote which contact, observed and dealt out anew", header, tuple(cells), (1, 2, 3, 4))


def officers_table(rows: Sequence[Row]) -> HtmlTable:
    """What officers are like, each counting once."""
    cells = tuple(
        (
            wording.covariate_words(row["term"]),
            with_limits(row, "standardised_difference", wording.two_digits)
            if estimated(row, "standardised_difference")
            else wording.short_reason(row),
            "" if row["n_officers"] is None else wording.count(row["n_officers"]),
        )
        for row in of(rows, "officers")
    )
    caption = "Certified officers less others, in standard deviations between officers, with 95 % intervals"
    return HtmlTable(caption, ("Of an officer", "Difference", "n officers"), cells, (1, 2))


def balance_table(rows: Sequence[Row]) -> HtmlTable:
    """Standardised differences before and after overlap weights."""
    cells = tuple(
        (
            f"{wording.term_words(row['term'])}, {wording.level_words(row['term'], row['level'])}",
            wording.two_digits(row["standardised_difference"]),
            wording.two_digits(row["weighted_difference"]),
        )
        for row in of(rows, "balance")
    )
    caption = f"{EITHER}: certified less others in standard deviations, as observed and under overlap weights"
    return HtmlTable(wording.sentence_case(caption), ("Of a contact", "Observed", "Weighted"), cells, (1, 2))
