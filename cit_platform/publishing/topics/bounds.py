"""What could the contacts that cleaning left out have done? Worst-case bounds of the plain difference in force."""

from __future__ import annotations

from collections.abc import Sequence

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.finding import Finding, n_words, not_estimated, row_key, sizes_of
from cit_platform.publishing.parts.html_table import HtmlTable
from cit_platform.publishing.parts.rows import Row, plain_rows
from cit_platform.publishing.parts.topic import Content, FindingSentence, Heading, Numbers, Prose, Tables, topic

BOUNDS = "models/bounds"
KEY = "bounds"
_WHAT = "Contacts that cleaning left out"
_QUESTION = Prose(
    "Some contacts are in the source and in no model: their records contradict each other, or lack what the question "
    "needs. Who is left out is not the same on both sides. The bounds say between what numbers the plain difference "
    "would lie if they had stayed; the worst case lets all of them fall out one way, which nobody expects.",
    lead="What could the contacts that were left out have done?",
)
_WOULD_CHANGE = Prose(
    "A repair of the contradictory records at the source, or the department’s own dates of certification. What was "  # noqa: RUF001
    "never written up is in no record, and in none of these bounds.",
    lead="What would change this answer?",
)


@topic(BOUNDS)
def bounds(tables: Tables, provenance: FigureProvenance) -> Content:
    """Worst-case bounds of the plain difference in force for the contacts that cleaning left out.

    For: seeing what the exclusions could hide.
    Not for: an adjusted difference.
    """
    rows = plain_rows(tables[BOUNDS])
    return Content(
        findings=(left_out(rows),),
        blocks=(
            Heading("Contacts that were left out"),
            _QUESTION,
            FindingSentence(KEY),
            Numbers(bounds_table(rows), "wide", "The bounds, by what was left out"),
            _WOULD_CHANGE,
        ),
    )


def left_out(rows: Sequence[Row]) -> Finding:
    """How many contacts were left out, from which arm, and the bounds of all of them."""
    found = {row["assumption"]: row for row in rows if row["rule"] in ("none", "all")}
    plain, worst, recorded = (found.get(name) for name in ("none", "worst_case", "as_recorded"))
    if plain is None or worst is None or recorded is None or not (plain["converged"] and worst["converged"]):
        estimand = "What the contacts left out could have done to the difference in force"
        return not_estimated(KEY, _WHAT, estimand, "verdict", BOUNDS, plain)
    if not worst["n_lost"]:
        verdict, said = "none was left out", "Cleaning left out no contact of these dates, so there is nothing to bound"
    else:
        verdict, said = f"{_between(worst)} per 1,000 at worst", _said(plain, worst, recorded)
    return Finding(
        key=KEY,
        what=_WHAT,
        direction="note",
        words=verdict,
        sentence=f"{said}; {n_words(sizes_of(plain))} analysed.",
        unit="verdict",
        sizes=sizes_of(plain),
        row=row_key(BOUNDS, plain),
    )


def _said(plain: Row, worst: Row, recorded: Row) -> str:
    lost = f"{wording.count(worst['n_lost'])} contact{'' if worst['n_lost'] == 1 else 's'}"
    share = wording.percent(worst["n_lost"] / (worst["n_lost"] + worst["n_contacts"]))
    arms = ", ".join(
        f"{wording.count(worst[f'n_lost_{arm}'])} {words}"
        for arm, words in (
            ("certified", "by certified officers"),
            ("not_certified", "by others"),
            ("unknown", "without one answer on it"),
        )
    )
    limits = wording.interval(*(wording.signed_per_thousand(plain[f"conf_{end}"]) for end in ("low", "high")))
    return (
        f"Cleaning left out {lost} ({share}): {arms}. The plain difference in force between certified officers and "
        f"others, {wording.signed_per_thousand(plain['risk_difference'])} per 1,000 (95 % interval {limits}), "
        f"would lie between {_between(worst)} had they stayed, whatever happened in them{_side(worst)}; "
        f"if force in them was as their records say, between {_between(recorded)}{_side(recorded)}"
    )


def _between(row: Row) -> str:
    return " and ".join(wording.signed_per_thousand(row[f"bound_{end}"]) for end in ("low", "high"))


def _side(row: Row) -> str:
    """Whether the whole interval of a bound lies on one side of no difference."""
    if row["conf_low"] > 0 or row["conf_high"] < 0:
        return ", still on one side of 0"
    return ", which includes 0" if row["bound_low"] <= 0 <= row["bound_high"] else ", whose interval includes 0"


def bounds_table(rows: Sequence[Row]) -> HtmlTable:
    """Every bound, per 1,000 contacts."""
    order = ("none", "contact_conflict", "other_rules", "all")
    cells = tuple(
        (
            wording.known_words("left_out")[row["rule"]],
            wording.known_words("left_out")[row["assumption"]] if row["rule"] != "none" else "",
            *_numbers(row),
            *("" if row[name] is None else wording.count(row[name]) for name in _COUNTS),
        )
        for row in sorted(rows, key=lambda row: (order.index(row["rule"]), row["assumption"]))
    )
    header = (
        *("What comes back", "Force in them", "Difference per 1,000, or between", "95 % limits", "Left out"),
        *("By certified", "By others", "Not known", "n contacts"),
    )
    caption = "Plain difference in force per 1,000 contacts, certified officers less others"
    return HtmlTable(caption, header, cells, tuple(range(2, len(header))))


_COUNTS = ("n_lost", "n_lost_certified", "n_lost_not_certified", "n_lost_unknown", "n_contacts")


def _numbers(row: Row) -> tuple[str, str]:
    if not row["converged"]:
        return wording.NO_NUMBER, wording.short_reason(row)
    between = wording.signed_per_thousand(row["risk_difference"]) if row["rule"] == "none" else _between(row)
    ends = (wording.signed_per_thousand(row[f"conf_{end}"]) for end in ("low", "high"))
    return between, wording.interval(*ends)
