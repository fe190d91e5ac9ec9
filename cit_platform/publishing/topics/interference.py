"""Who else was there? What an odds ratio of the reporting officer means where a certified colleague is mostly there."""

from __future__ import annotations

from collections.abc import Sequence

from cit_platform.inference.verdict import Kind
from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.finding import Finding, n_words, ratio_and_interval, row_key, sizes_of
from cit_platform.publishing.parts.html_table import AGAINST, HtmlTable, with_limits
from cit_platform.publishing.parts.rows import Row, estimated, plain_rows
from cit_platform.publishing.parts.topic import Content, FindingSentence, Heading, Numbers, Prose, Tables, topic

INTERFERENCE = "models/interference"
SCENE, COLLEAGUES = "scene_reading", "certified_colleagues"
_WHAT = {SCENE: "What a reporter’s odds ratio means for the scene", COLLEAGUES: "Certified colleagues and force"}  # noqa: RUF001
_HIGH, _ELSEWHERE = "squad, three quarters or more", "squad, under three quarters or not known"
_ONE_KIND_OF_SQUAD = "there are not squads of both kinds, with that many certified colleagues and with fewer"
_QUESTION = Prose(
    "The comparison is of the officers who wrote the reports. An officer without certification mostly had a certified "
    "colleague on scene, so it comes close to comparing a second certified officer with a first one. If what counts is "
    "that one of them is there, the ratio between scenes with and without one must be further from 1 than the ratio "
    "between the reports.",
    lead="Who else was there?",
)
_WOULD_CHANGE = Prose(
    "The names of all officers on scene, and when each came; the department has them, the published records do not. "
    "Outcomes are not compared by arrival here: long and violent scenes attract a second officer. Colleagues are those "
    "of the same squad, or beat, and month, as far as they wrote reports.",
    lead="What would change this answer?",
)


@topic(INTERFERENCE)
def interference(tables: Tables, provenance: FigureProvenance) -> Content:
    """Presence of a CIT officer by the reporting officer's certification, and the certification of colleagues.

    For: what the odds ratio of the reporting officer would mean for the scene.
    Not for: comparing outcomes by arrival.
    """
    rows = plain_rows(tables[INTERFERENCE])
    return Content(
        findings=(scene(rows), colleagues(rows)),
        blocks=(
            Heading("Certified colleagues"),
            _QUESTION,
            FindingSentence(SCENE),
            FindingSentence(COLLEAGUES),
            Numbers(presence_table(rows), "wide", "A CIT officer on scene, by who reports"),
            Numbers(ratios_table(rows), "wide", "Odds ratios of force: of the scene, of oneself, of colleagues"),
            _WOULD_CHANGE,
        ),
    )


def _one(rows: Sequence[Row], measure: str, group: str) -> Row | None:
    return next((row for row in rows if (row["measure"], row["group"]) == (measure, group)), None)


def _finding(key: str, words: str, sentence: str, row: Row | None, known: bool) -> Finding:
    return Finding(
        key=key,
        what=_WHAT[key],
        direction="note" if known else "cannot be estimated",
        words=words,
        sentence=sentence,
        unit="verdict",
        sizes=sizes_of(row) if row is not None and known else sizes_of({"n_contacts": None}),
        row=row_key(INTERFERENCE, row) if row is not None else None,
    )


def scene(rows: Sequence[Row]) -> Finding:
    """How much more often a CIT officer is on scene, and what that makes of the odds ratio of the reporter."""
    others, certified = (_one(rows, "presence", arm) for arm in ("not_certified", "certified"))
    if others is None or certified is None:
        why = "one of the two arms has no contacts of known arrival"
        sentence = f"What the odds ratio of the reporting officer means for the scene cannot be estimated: {why}."
        return _finding(SCENE, f"cannot be estimated: {why}", sentence, others or certified, known=False)
    opening = (
        f"A CIT officer was on scene at {_share(certified)} of the contacts that certified officers wrote up and at "
        f"{_share(others)} of those of others ({n_words(sizes_of(others))})"
    )
    read = [_one(rows, "scene", name) for name in ("as_recorded", "always_present")]
    known = [row for row in read if row is not None and estimated(row)]
    if not known:
        why = wording.reason(read[0]) if read[0] is not None else "the odds ratio of force has no number"
        sentence = f"{opening}; what the odds ratio of force means for the scene cannot be estimated: {why}."
        return _finding(SCENE, f"cannot be estimated: {why}", sentence, others, known=False)
    first, last = known[0], known[-1]
    sentence = (
        f"{opening}. Say that is all that sets the reports apart. Then scenes with a CIT officer had "
        f"{ratio_and_interval(first)} times the odds of force of scenes without. Say too that a certified officer who "
        f"writes the report was there: then it is {ratio_and_interval(last)}."
    )
    return _finding(SCENE, f"{wording.ratio(first['odds_ratio'])} between scenes", sentence, first, known=True)


def _share(row: Row) -> str:
    return wording.percent(row["share"])


def colleagues(rows: Sequence[Row]) -> Finding:
    """Own certification where many colleagues are certified and where fewer are."""
    many, fewer = (_one(rows, "own", group) for group in (_HIGH, _ELSEWHERE))
    ratio = next((row for row in rows if row["measure"] == "ratio"), None)
    if many is None or fewer is None or ratio is None or not (estimated(many) and estimated(fewer)):
        missing = next((row for row in (fewer, many) if row is not None and not estimated(row)), None)
        why = wording.reason(missing) if missing and not _alike(missing) else _ONE_KIND_OF_SQUAD
        sentence = f"How own certification and that of colleagues go together cannot be estimated: {why}."
        return _finding(COLLEAGUES, f"cannot be estimated: {why}", sentence, many, known=False)
    apart = ratio["conf_low"] > 1 or ratio["conf_high"] < 1
    verdict = "differ" if apart else "do not clearly differ"
    sentence = (
        f"Where three quarters or more of the contacts of an officer's squad in the month are those of certified "
        f"colleagues, the odds ratio of own certification for force is {ratio_and_interval(many)} {AGAINST}; elsewhere "
        f"it is {ratio_and_interval(fewer)}. The two {verdict}: their ratio is {ratio_and_interval(ratio)}, "
        f"{n_words(sizes_of(ratio))}."
    )
    return _finding(COLLEAGUES, f"the two {verdict}", sentence, ratio, known=True)


def _alike(row: Row) -> bool:
    """Whether the number is missing because the squads do not differ in it."""
    return (row["reason"] or "") in (Kind.CONSTANT_COLUMN, Kind.CONSTANT_TERM, Kind.COLLINEAR)


def presence_table(rows: Sequence[Row]) -> HtmlTable:
    """How often a CIT officer is on scene, and the differences."""
    listed = [row for row in rows if row["measure"] in ("presence", "presence_contrast")]
    listed.sort(key=lambda row: row["measure"])
    cells = tuple(
        (
            wording.known_words("presence")[row["group"]],
            with_limits(row, "share", wording.percent),
            *("" if row[name] is None else wording.count(row[name]) for name in ("n_contacts", "n_officers")),
        )
        for row in listed
    )
    header = ("Contacts reported by", "A CIT officer on scene (95 % interval)", "n contacts", "Officers")
    return HtmlTable("A CIT officer on scene, by the reporting officer", header, cells, (1, 2, 3))


def ratios_table(rows: Sequence[Row]) -> HtmlTable:
    """Every odds ratio, with what it is of."""
    places = ("scene", "own", "others", "ratio")
    listed = sorted((row for row in rows if row["measure"] in places), key=lambda row: places.index(row["measure"]))
    cells = tuple(
        (
            wording.known_words("interference")[row["measure"]],
            wording.known_words("presence").get(row["group"], row["group"]),
            ratio_and_interval(row) if estimated(row) else wording.short_reason(row),
            *(
                "" if row[name] is None else wording.count(row[name])
                for name in ("n_contacts", "n_events", "n_officers")
            ),
        )
        for row in listed
    )
    header = ("Odds ratio of", "Where", "Odds ratio (95 % interval)", "n contacts", "With force", "Officers")
    return HtmlTable("Odds ratios of force beside certified colleagues", header, cells, (2, 3, 4, 5))
