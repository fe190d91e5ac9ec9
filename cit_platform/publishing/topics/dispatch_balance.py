"""Do certified officers write up harder calls? The published comparison, and the questions that it mixes, in words."""

from __future__ import annotations

from collections.abc import Sequence

from cit_platform.publishing.parts import balance_tables, wording
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.finding import (
    Direction,
    Finding,
    direction_of,
    direction_words,
    n_words,
    not_estimated,
    power_beside_null,
    row_key,
    sizes_of,
)
from cit_platform.publishing.parts.html_table import with_limits
from cit_platform.publishing.parts.rows import Row, estimated, plain_rows
from cit_platform.publishing.parts.topic import Content, Heading, Numbers, Prose, Tables, topic

BALANCE = "models/dispatch_balance"
HARDER, OVERLAP, PUBLISHED = "harder_calls", "overlap_difference", "dispatch_published"
_SAME = "calls of the same precinct, watch and month written up by others"
_APART = (
    "The comparison mixes three questions. Whether a certified officer is sent to other calls; whether one ends up "
    "writing the report of other calls, which is what the comparison of reports rests on; and whether officers who "
    "certify differ from others to begin with. The records say who wrote a report, not who was there. Each question "
    "has its own number below; calls are compared by how often officers without certification report force in calls "
    "of that kind, place, hour and year."
)
_SENT = (
    "These records print the same for requested as for dispatched, or leave requested empty, so that being asked for "
    "and being sent cannot be told apart."
)
_SHUFFLED = (
    "Suppose that in each precinct, watch and month it were dealt out anew who of the officers on duty wrote which "
    "contact. A share outside the range of 95 in 100 such deals says that certification goes with that kind of call. "
    "Officers with habits of their own can put a share outside as well."
)
_HIDDEN = (
    "Calls that are alike on paper need not be alike. Balance over kinds of call, hours and places cannot exclude that "
    "certified officers write up calls that are harder in ways no field records: a weapon, a person known to the "
    "officers, what the caller said. In simulated cities with calls balanced in this way, such a selection alone moves "
    "the odds ratio of force off 1, although certification changes nothing there."
)
_CHANGE = (
    "Call data of the department that say who was sent and when, joined to these reports, would answer more than "
    "balance can."
)
_VERDICTS = {
    "inside": "the interval lies within {} per 1,000 either way, the size stated beforehand",
    "beyond": "the interval lies beyond {} per 1,000, the size stated beforehand",
    "undecided": "whether it is under {} per 1,000, the size stated beforehand, is open",
}


@topic(BALANCE)
def dispatch_balance(tables: Tables, provenance: FigureProvenance) -> Content:
    """How the calls that certified officers write up differ from those of others, as far as the records say.

    For: how much of a difference in force the calls themselves could account for.
    Not for: excluding selection on what no field records.
    """
    rows = plain_rows(tables[BALANCE])
    sent = balance_tables.one(rows, "sent")
    return Content(
        findings=(_published(rows), _harder(rows), _overlap(rows)),
        blocks=(
            Prose(_APART),
            Numbers(balance_tables.differences_table(rows)),
            Prose(_HIDDEN, "What balance cannot show."),
            Heading("The published comparison, and who was sent"),
            Numbers(balance_tables.shares_table(rows), "wide"),
            *([Prose(_SENT)] if sent is not None and sent["note"] else []),
            Heading("Who on duty wrote which contact?"),
            Prose(_SHUFFLED),
            Numbers(balance_tables.shuffled_table(rows), summary="Shares by kind of call, observed and dealt out anew"),
            Numbers(balance_tables.officers_table(rows), summary="Officers beside officers, each counting once"),
            Numbers(balance_tables.balance_table(rows), summary="Balance before and after overlap weights"),
            Prose(_CHANGE, "What would change this answer."),
        ),
    )


def _published(rows: Sequence[Row]) -> Finding:
    """The comparison of two marginal shares, as it was made."""
    what = "The published comparison of calls"
    by_level = {row["level"]: row for row in balance_tables.of(rows, "published") if estimated(row, "share")}
    violent, whole = by_level.get("violent"), by_level.get("")
    if violent is None or whole is None:
        return Finding(
            key=PUBLISHED,
            what=what,
            direction="cannot be estimated",
            words="cannot be estimated: too few contacts",
            sentence="How often certified officers write up violent calls cannot be estimated: too few contacts.",
            unit="verdict",
        )
    shares = (with_limits(row, "share", wording.percent) for row in (violent, whole))
    return Finding(
        key=PUBLISHED,
        what=what,
        direction="note",
        words=f"{wording.percent(violent['share'])} of violent calls, {wording.percent(whole['share'])} of all",
        sentence=(
            "As the published study compares: certified officers write up {} of the violent or high-risk calls and {} "
            "of all calls (95 % intervals in brackets; {}). Alike or not, two such shares mix calls, years and places."
        ).format(*shares, n_words(sizes_of(whole))),
        unit="verdict",
        sizes=sizes_of(violent),
        row=row_key(BALANCE, violent),
    )


def _harder(rows: Sequence[Row]) -> Finding:
    row, what = balance_tables.one(rows, "wrote"), "Calls of certified officers, by what was known beforehand"
    if row is None or not estimated(row, "risk_difference"):
        estimand = "Whether certified officers write up harder calls"
        return not_estimated(HARDER, what, estimand, "risk difference", BALANCE, row)
    direction = _direction(row)
    size = _SIZE[direction].format(_size(row, direction))
    sentence = (
        f"Had they been handled as officers without certification handle theirs, the calls that certified officers "
        f"write up would {size} {_THAN[direction]} {_SAME}; {n_words(sizes_of(row))}. "
        f"{wording.sentence_case(_verdict(row))}."
    )
    return _difference(HARDER, what, row, direction, sentence, _SAME)


def _overlap(rows: Sequence[Row]) -> Finding:
    row, what = balance_tables.one(rows, "overlap"), "Force, in contacts that either kind of officer could have written"
    if row is None or not estimated(row, "risk_difference"):
        estimand = f"How force differs by certification in {balance_tables.EITHER}"
        return not_estimated(OVERLAP, what, estimand, "risk difference", BALANCE, row)
    direction = _direction(row)
    size = _SIZE[direction].format(_size(row, direction))
    sentence = (
        f"Among {balance_tables.EITHER}, reports by certified officers {size} {_THAN[direction]} reports by "
        f"others; {n_words(sizes_of(row))}."
    )
    return _difference(OVERLAP, what, row, direction, sentence, wording.NOT_CERTIFIED)


_SIZE: dict[Direction, str] = {
    "lower": "involve {} fewer contacts with force per 1,000",
    "higher": "involve {} more contacts with force per 1,000",
    "no clear association": "show no clear difference in contacts with force per 1,000 ({})",
}

_THAN: dict[Direction, str] = {"lower": "than", "higher": "than", "no clear association": "from"}


def _direction(row: Row) -> Direction:
    return direction_of(row["risk_difference_conf_low"], row["risk_difference_conf_high"], 0.0)


def _size(row: Row, direction: Direction) -> str:
    if direction == "no clear association":
        low, high = (wording.signed_per_thousand(row[f"risk_difference_conf_{end}"]) for end in ("low", "high"))
        value = wording.signed_per_thousand(row["risk_difference"])
        return f"{value}; the 95 % interval, {wording.interval(low, high)}, includes 0"
    value, *ends = (abs(row[f"risk_difference{end}"]) for end in ("", "_conf_low", "_conf_high"))
    near, far = (wording.per_thousand(end) for end in sorted(ends))
    return f"{wording.per_thousand(value)} (95 % interval {wording.interval(near, far)})"


def _difference(key: str, what: str, row: Row, direction: Direction, sentence: str, reference: str) -> Finding:
    power = power_beside_null(direction, wording.power_of_difference(row["smallest_detectable_difference"]))
    return Finding(
        key=key,
        what=what,
        direction=direction,
        words=direction_words(direction),
        sentence=sentence + power,
        unit="risk difference",
        estimate=row["risk_difference"],
        low=row["risk_difference_conf_low"],
        high=row["risk_difference_conf_high"],
        sizes=sizes_of(row),
        reference=reference,
        row=row_key(BALANCE, row),
    )


def _verdict(row: Row) -> str:
    return _VERDICTS[row["verdict"]].format(wording.per_thousand(row["margin"]))
