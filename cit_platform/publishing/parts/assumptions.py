"""Tables of assumptions about what the records do not hold, each row with the number under it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.finding import ratio_and_interval
from cit_platform.publishing.parts.html_table import AGAINST, HtmlTable
from cit_platform.publishing.parts.rows import Row, estimated


def recorded_trait(row: Row) -> str:
    """Term and level of a benchmark."""
    term, _, level = row["setting"].partition("/")
    return f"{wording.term_words(term)}, {wording.level_words(term, level)}"


def estimated_bound(row: Row) -> bool:
    """Whether a row holds both ends of a bound."""
    return row["bound_low"] is not None and row["bound_high"] is not None


def _share(name: str) -> Callable[[Row], str]:
    return lambda row: "" if row[name] is None else wording.percent(row[name])


def _needed_share(name: str) -> Callable[[Row], str]:
    def printed(row: Row) -> str:
        if row[name] is None:
            return "no share would do"
        # The share of the others: nothing has to be unequal.
        return "includes it as it stands" if row[name] == row["share_not_certified"] else wording.percent(row[name])

    return printed


def _ratio(row: Row) -> str:
    return ratio_and_interval(row).replace("95 % interval ", "") if estimated(row) else wording.short_reason(row)


def _bound(row: Row) -> str:
    return wording.interval(wording.ratio(row["bound_low"]), wording.ratio(row["bound_high"]))


def _limits(row: Row) -> str:
    return wording.interval(wording.ratio(row["conf_low"]), wording.ratio(row["conf_high"]))


def _number(name: str) -> Callable[[Row], str]:
    return lambda row: "" if row[name] is None else wording.ratio(row[name])


def _risk_ratio(row: Row) -> str:
    ends = [row[f"risk_ratio_conf_{end}"] for end in ("low", "high")]
    if row["risk_ratio"] is None or None in ends:
        return wording.short_reason(row)
    return f"{wording.ratio(row['risk_ratio'])} ({wording.interval(*map(wording.ratio, ends))})"


_TRAIT = (
    ("Times the odds", lambda row: "no such trait" if row["bias"] == "none" else _number("strength")(row)),
    ("In contacts of certified", _share("share_certified")),
    ("In contacts of others", _share("share_not_certified")),
)
_ODDS = ("Odds ratio (95 % interval)", _ratio)
_BOUNDS = (("Odds ratio between", _bound), ("Outer 95 % limits", _limits))
Columns = tuple[tuple[str, Callable[[Row], str]], ...]
# What each table is called, the rows it takes, and its columns.
TABLES: dict[str, tuple[str, tuple[str, ...], Columns]] = {
    "array": ("Given an unrecorded trait", ("none", "confounder"), (*_TRAIT, _ODDS)),
    "needed": (
        "How unequal a trait would have to be",
        ("needed",),
        (
            *(_TRAIT[0], _TRAIT[2]),
            ("In contacts of certified, for all of it", _needed_share("share_needed")),
            ("For the interval to include 1", _needed_share("share_needed_for_limit")),
        ),
    ),
    "benchmark": (
        "One more trait like a recorded one",
        ("benchmark",),
        (("Recorded trait", lambda row: wording.sentence_case(recorded_trait(row))), *_TRAIT, _ODDS),
    ),
    "misclassified": (
        "If certification is recorded wrongly",
        ("misclassified", "quarters"),
        (
            ("Assumption", lambda row: wording.known_words("setting").get(row["setting"], "all contacts analysed")),
            ("Certified and recorded so", _share("sensitivity")),
            ("Not certified and recorded so", _share("specificity")),
            _ODDS,
        ),
    ),
    "selection": (
        "If what is written up hangs on something unrecorded",
        ("selection",),
        (("Times as often with force and with being written up", _number("strength")), *_BOUNDS),
    ),
    "unrecorded": ("If one side leaves contacts unrecorded", ("unrecorded",), (*_TRAIT[1:], *_BOUNDS)),
    "e_value": (
        "E-values",
        ("e_value",),
        (
            ("Outcome", lambda row: wording.sentence_case(wording.outcome_words(row["outcome"]))),
            ("Risk ratio (95 % interval)", _risk_ratio),
            ("E-value", _number("e_value")),
            ("E-value of the limit", _number("e_value_of_limit")),
        ),
    ),
}


def assumption_table(name: str, by_bias: Mapping[str, Sequence[Row]]) -> HtmlTable:
    """One of `TABLES` from the rows of each bias."""
    summary, biases, columns = TABLES[name]
    listed = [row for bias in biases for row in by_bias.get(bias, [])]
    if name == "benchmark":
        listed.sort(key=lambda row: (-abs(row["factor"] - 1), row["setting"]))
    rows = tuple((*(cell(row) for _, cell in columns), wording.count(row["n_contacts"])) for row in listed)
    header = (*(title for title, _ in columns), "n contacts")
    about = "" if name == "e_value" else f": force, {AGAINST}"
    return HtmlTable(f"{summary}{about}", header, rows, tuple(range(1, len(header))))
