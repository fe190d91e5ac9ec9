"""Do certified officers write up other calls than others do? The published comparison, and what it mixes, kept apart.

For: how much of a difference in force the calls themselves could account for, as far as it was known before arrival.
Not for: selection on what no field records: calls that are alike on paper need not be alike.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from cit_platform.inference.cross_fitting import CrossFit, cross_fit
from cit_platform.inference.design import BoolArray, FloatArray
from cit_platform.inference.intervals import Interval, plain_interval
from cit_platform.inference.overlap_weights import (
    Arms,
    Nuisances,
    overlap_balance,
    overlap_difference,
    rows_with_both,
)
from cit_platform.inference.permutation import shuffle_within
from cit_platform.inference.power import detectable_std_errors
from cit_platform.inference.prognostic_score import Rows, prognostic_difference, within
from cit_platform.inference.proportions import proportion
from cit_platform.inference.verdict import Kind, Verdict
from cit_platform.modelling.counts import OFFICER
from cit_platform.modelling.exposure import FEWEST_OFFICERS
from cit_platform.modelling.features import Features
from cit_platform.modelling.known_beforehand import (
    CALL,
    CALL_AND_OFFICER,
    Coded,
    KnownBeforehand,
    coded,
    known_beforehand,
)
from cit_platform.modelling.specification import EXPOSURE
from cit_platform.modelling.tidy import conform, reason_columns
from cit_platform.modelling.windows import Window, Windows
from cit_platform.studies.protocol import protocol

DISPATCHED, FORCE, SQUAD = "cit_dispatched", "force", "crisis_response_squad"
FEWEST_EVENTS = 5
PER_THOUSAND = 1000.0
WITHOUT_SQUAD = f"without_{SQUAD}"
# Of an officer: mean of the contacts, and how a share or a mean is called.
OF_OFFICERS = {
    "experience_years": "avg(r.experience_years)",
    "night": "avg(case when r.watch = 'night' then 1.0 else 0.0 end)",
    "violent": "avg(case when r.call_risk = 'violent' then 1.0 else 0.0 end)",
    "contacts_per_month": "count(*) / count(distinct r.month)",
}
Row = dict[str, Any]


def dispatch_balance(features: Features, agency: str, windows: Windows) -> pd.DataFrame:
    """Rows in the contract of `models/dispatch_balance`, over the quarters in which certification is usable."""
    window = windows.usable or windows.all
    common = {"agency": agency, "window_start": window[0], "window_end": window[1]}
    if windows.usable is None:
        why = Verdict(Kind.NO_USABLE_EXPOSURE, {"exposure": EXPOSURE})
        rows = [_row(question) | _nothing(why) for question in ("wrote", "overlap")]
    else:
        margin = protocol().prognostic_margin_per_1000 / PER_THOUSAND
        rows = list(_answers(known_beforehand(features, agency, window), features, window, margin))
    return conform([common | row for row in rows], "models/dispatch_balance")


def headline_numbers(frame: pd.DataFrame) -> dict[str, float]:
    """The two differences per 1,000 contacts, for the UI to plot over time."""
    rows = frame[frame["risk_difference"].notna() & (frame["population"] == "all")]
    return {f"{row['question']} per 1,000": 1000 * float(row["risk_difference"]) for row in rows.to_dict("records")}


def _answers(contacts: KnownBeforehand, features: Features, window: Window, margin: float) -> Iterator[Row]:
    everyone = np.ones(len(contacts.n), dtype=np.bool_)
    calls = coded(contacts, CALL)
    certified, opens = contacts.flag(EXPOSURE), contacts.flag("opens") == 1
    yield from _shares("published", contacts, certified, everyone)
    sent = opens & (contacts.flag(DISPATCHED) >= 0)
    yield from _shares("sent", contacts, contacts.flag(DISPATCHED), sent)
    score = _prognostic_score(contacts, calls)
    squad = contacts.flag("crisis_squad") == 1
    questions = (
        ("sent", "all", DISPATCHED, sent, True),
        ("wrote", "all", EXPOSURE, everyone, True),
        ("wrote", "no_strata", EXPOSURE, everyone, False),
        ("wrote", WITHOUT_SQUAD, EXPOSURE, ~squad, True),
    )
    for question, population, group, rows, in_strata in questions:
        found = _score_difference(score, contacts, calls, group, rows, in_strata)
        row = _row(question, population) | _sizes(contacts, rows) | _against(found, margin)
        yield row | ({"note": _remark(features, window)} if question == "sent" and not row["reason"] else {})
    yield from _officers(features, window)
    yield from _shuffled("call_class", WITHOUT_SQUAD, contacts, certified == 1, ~squad)
    yield from _shuffled("call_risk", SQUAD, contacts, squad, everyone)
    yield from _overlap(contacts)


def _row(question: str, population: str = "all", term: str = "", level: str = "") -> Row:
    named = {"question": question, "population": population, "term": term, "level": level, "verdict": ""}
    return named | reason_columns(None)


def _nothing(verdict: Verdict) -> dict[str, str]:
    return reason_columns(verdict)


def _interval(name: str, found: Interval) -> dict[str, float]:
    return {
        name: float(found.estimate),
        f"{name}_conf_low": float(found.low),
        f"{name}_conf_high": float(found.high),
    }


def _sizes(contacts: KnownBeforehand, rows: BoolArray) -> dict[str, int]:
    return {
        "n_contacts": contacts.total(rows),
        "n_officers": contacts.n_officers(rows),
        "n_events": contacts.total(contacts.flag(FORCE) * rows),
    }


def _shares(question: str, contacts: KnownBeforehand, event: FloatArray, rows: BoolArray) -> Iterator[Row]:
    """The share of contacts with an event by call risk, and of all; a level that few officers have is withheld."""
    risk = contacts.columns["call_risk"]
    for level in ["", *sorted(set(risk[rows].tolist()))]:
        chosen = rows & (risk == level) if level else rows
        sizes = _sizes(contacts, chosen) | {"n_events": contacts.total(event * chosen)}
        if sizes["n_officers"] < FEWEST_OFFICERS:
            yield _row(question, term="call_risk", level=level) | _nothing(Verdict(Kind.WITHHELD))
            continue
        by_officer = contacts.of_officers(contacts.n * chosen)
        events = contacts.of_officers(contacts.n * event * chosen)
        present = by_officer > 0
        share = proportion(events[present], by_officer[present])
        limits = {"share": share.estimate, "share_conf_low": share.low, "share_conf_high": share.high}
        yield _row(question, term="call_risk", level=level) | sizes | limits


def _prognostic_score(contacts: KnownBeforehand, calls: Coded) -> CrossFit | Verdict:
    """The risk of force of a call as officers without certification handle it."""
    others = contacts.flag(EXPOSURE) == 0
    if contacts.n_officers(others) < FEWEST_OFFICERS:
        return Verdict(Kind.WITHHELD)
    few = _too_few_events(contacts, np.ones(len(contacts.n), dtype=np.bool_), (0,))
    if few:
        return few
    return cross_fit(calls.design, contacts.cells(calls.pattern, contacts.flag(FORCE), others), contacts.fold)


def _too_few_events(contacts: KnownBeforehand, rows: BoolArray, arms: tuple[int, ...]) -> Verdict | None:
    """Why an arm's risk of force cannot be fitted."""
    cases = []
    for value in arms:
        arm = rows & (contacts.flag(EXPOSURE) == value)
        n, events = contacts.total(arm), contacts.total(contacts.flag(FORCE) * arm)
        for outcome, found in ((FORCE, events), ("no_force", n - events)):
            if found < FEWEST_EVENTS:
                cases.append({"value": value, "outcome": outcome, "n_events": found, "n_rows": n})
    return (
        Verdict(Kind.TOO_FEW_EVENTS, {"exposure": EXPOSURE, "minimum": FEWEST_EVENTS, "cases": cases})
        if cases
        else None
    )


def _score_difference(
    score: CrossFit | Verdict, contacts: KnownBeforehand, calls: Coded, name: str, rows: BoolArray, in_strata: bool
) -> Interval | Verdict:
    if isinstance(score, Verdict):
        return score
    group, n = contacts.flag(name)[rows], contacts.n[rows]
    stratum = contacts.stratum[rows] if in_strata else np.zeros(len(n), dtype=np.int64)
    if not len(n) or not n @ within(group, stratum, n) ** 2 > 0:
        return Verdict(Kind.NO_COMMON_STRATUM, {"exposure": name})
    few = [contacts.n_officers(rows & (contacts.flag(name) == value)) < FEWEST_OFFICERS for value in (0, 1)]
    if any(few):
        return Verdict(Kind.WITHHELD)
    return prognostic_difference(score, Rows(calls.pattern[rows], contacts.officer[rows], stratum, group, n))


def _against(found: Interval | Verdict, margin: float | None) -> Row:
    """A difference in risk, and on which side of the margin its interval lies."""
    if isinstance(found, Verdict):
        return _nothing(found)
    detectable = detectable_std_errors(found.effective_clusters) * found.std_error
    row = _interval("risk_difference", found) | {"smallest_detectable_difference": float(detectable)}
    if margin is None:
        return row
    inside, beyond = bool(-margin < found.low and found.high < margin), bool(found.low > margin or found.high < -margin)
    return row | {"margin": margin, "verdict": "inside" if inside else "beyond" if beyond else "undecided"}


def _remark(features: Features, window: Window) -> str:
    """What is to be said where the source does not tell being asked for from being sent."""
    sql = (
        "select count(*) as n from features.contacts r\nwhere r.reported_date between $first and $last\n"
        f"  and r.cit_requested <> r.{DISPATCHED}"
    )
    if features.select(sql, {"first": window[0], "last": window[1]})["n"][0]:
        return ""
    return str(Verdict(Kind.INDISTINCT, {"column": DISPATCHED, "other": "cit_requested"}))


def _officers(features: Features, window: Window) -> Iterator[Row]:
    """Certified officers beside others, an officer counting once: standardised differences of what they are like."""
    means = ",\n  ".join(f"{sql} as {name}" for name, sql in OF_OFFICERS.items())
    sql = (
        f"select {OFFICER} as officer, avg(r.{EXPOSURE}) >= 0.5 as certified,\n  {means}\nfrom features.contacts r\n"
        "where r.reported_date between $first and $last and r.officer_key is not null\ngroup by all\norder by all"
    )
    found = features.select(sql, {"first": window[0], "last": window[1]})
    certified = found["certified"].astype(np.bool_)
    for name in OF_OFFICERS:
        values = found[name].astype(np.float64)
        arms = [values[(certified == arm) & np.isfinite(values)] for arm in (False, True)]
        sizes = {"n_contacts": sum(map(len, arms)), "n_officers": sum(map(len, arms))}
        if min(map(len, arms)) < FEWEST_OFFICERS or arms[0].var() + arms[1].var() == 0:
            yield _row("officers", term=name) | _nothing(Verdict(Kind.WITHHELD))
            continue
        difference = _standardised_difference(*arms)
        yield _row("officers", term=name) | sizes | _interval("standardised_difference", difference)


def _standardised_difference(others: FloatArray, certified: FloatArray) -> Interval:
    """Difference in means over the root of the mean variance.

    Source: Austin (2009), Statistics in Medicine 28, 3083-3107; Hedges and Olkin (1985), Statistical Methods for
    Meta-Analysis, ch. 5 (its variance for large samples).
    """
    spread = np.sqrt((others.var(ddof=1) + certified.var(ddof=1)) / 2)
    difference = (certified.mean() - others.mean()) / spread
    n, m = len(others), len(certified)
    error = np.sqrt((n + m) / (n * m) + difference**2 / (2 * (n + m)))
    return plain_interval(np.asarray(difference), np.asarray(error))


def _shuffled(
    term: str, population: str, contacts: KnownBeforehand, group: BoolArray, rows: BoolArray
) -> Iterator[Row]:
    """The group's share of each class of calls, beside what it is when it is shuffled who on duty wrote which."""
    codes, levels = pd.factorize(contacts.columns[term], sort=True)
    shape = (int(contacts.stratum.max(initial=-1)) + 1, len(levels))
    place = contacts.stratum * shape[1] + codes
    mine, others = (
        np.bincount(place[chosen], contacts.n[chosen], shape[0] * shape[1]).reshape(shape).round().astype(np.int64)
        for chosen in (rows & group, rows & ~group)
    )
    officers = contacts.n_officers(rows & group)
    open_ = (mine.sum(axis=1) > 0) & (others.sum(axis=1) > 0)
    if officers < FEWEST_OFFICERS or not open_.any():
        few = officers < FEWEST_OFFICERS
        why = Verdict(Kind.WITHHELD) if few else Verdict(Kind.NO_COMMON_STRATUM, {"exposure": EXPOSURE})
        yield _row("shuffled", population, term) | _nothing(why)
        return
    found, total = shuffle_within(mine, others), (mine + others)[open_].sum(axis=0)
    whole = {"p_value": found.p_any, "n_contacts": int(total.sum()), "n_officers": officers}
    yield _row("shuffled", population, term) | whole
    for c, level in enumerate(levels):
        of_level = contacts.n_officers(rows & group & (codes == c))
        if of_level < FEWEST_OFFICERS or not total[c]:
            yield _row("shuffled", population, term, level) | _nothing(Verdict(Kind.WITHHELD))
            continue
        shares = {
            "p_value": float(found.p_value[c]),
            "share": found.observed[c] / total[c],
            "expected": found.expected[c] / total[c],
            "expected_conf_low": found.low[c] / total[c],
            "expected_conf_high": found.high[c] / total[c],
        }
        sizes = {"n_contacts": int(total[c]), "n_officers": of_level, "n_events": round(found.observed[c])}
        yield _row("shuffled", population, term, level) | shares | sizes


def _overlap(contacts: KnownBeforehand) -> Iterator[Row]:
    """The contacts that either kind of officer could have written: their balance, and the difference in force."""
    both = coded(contacts, CALL_AND_OFFICER)
    stays = rows_with_both(list(both.factors), _arms(contacts, both))[both.pattern]
    kept = contacts.where(stays)
    sizes = _sizes(kept, np.ones(len(kept.n), dtype=np.bool_))
    sizes |= {"n_left_out": round(contacts.n.sum() - kept.n.sum())}
    none = None if kept.n.sum() else Verdict(Kind.NO_COMMON_STRATUM, {"exposure": EXPOSURE})
    few = none or _few_officers(kept) or _too_few_events(kept, np.ones(len(kept.n), dtype=np.bool_), (0, 1))
    if few:
        yield _row("overlap") | sizes | _nothing(few)
        return
    yield from _of_overlap(kept, coded(kept, CALL_AND_OFFICER), sizes)


def _arms(contacts: KnownBeforehand, both: Coded) -> FloatArray:
    """Contacts (m, 2) by pattern, of officers without and with certification."""
    arm, m = contacts.flag(EXPOSURE), len(both.design.matrix)
    counts = [np.bincount(both.pattern, contacts.n * (arm == value), m) for value in (0, 1)]
    return np.column_stack(counts).astype(np.float64)


def _few_officers(contacts: KnownBeforehand) -> Verdict | None:
    arm = contacts.flag(EXPOSURE)
    few = any(contacts.n_officers(arm == value) < FEWEST_OFFICERS for value in (0, 1))
    return Verdict(Kind.WITHHELD) if few else None


def _of_overlap(kept: KnownBeforehand, both: Coded, sizes: dict[str, int]) -> Iterator[Row]:
    arm, force, everyone = kept.flag(EXPOSURE), kept.flag(FORCE), np.ones(len(kept.n), dtype=np.bool_)
    balance = overlap_balance(both.design, _arms(kept, both))
    fits = [
        cross_fit(both.design, kept.cells(both.pattern, event, rows), kept.fold)
        for event, rows in ((arm, everyone), (force, arm == 0), (force, arm == 1))
    ]
    failed = next((each for each in (balance, *fits) if isinstance(each, Verdict)), None)
    if failed or isinstance(balance, Verdict):
        yield _row("overlap") | sizes | _nothing(failed or Verdict(Kind.NO_ROWS))
        return
    for column, before, after in zip(both.design.columns[1:], balance.before[1:], balance.after[1:], strict=True):
        # What is left is rounding.
        differences = {"standardised_difference": float(before), "weighted_difference": round(float(after), 9) + 0.0}
        yield _row("balance", term=column.term, level=column.level) | {"n_contacts": sizes["n_contacts"]} | differences
    nuisances = Nuisances(*[fit for fit in fits if isinstance(fit, CrossFit)])
    found = overlap_difference(nuisances, Arms(both.pattern, kept.officer, arm, force, kept.n))
    effective = {"share": found.risk_0, "n_effective": float(balance.effective.sum())}
    yield _row("overlap") | sizes | effective | _against(found.difference, None)
