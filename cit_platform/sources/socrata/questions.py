"""The questions of the survey: each a count or two, and what is made of the answer."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from cit_platform.codebook.vocabulary import CODED_FIELDS, WITHHELD, Vocabulary
from cit_platform.printable import listed, shown
from cit_platform.sources.columns import compared_columns
from cit_platform.sources.socrata import assumptions as assume
from cit_platform.sources.socrata.aggregate import count_by
from cit_platform.sources.socrata.assumptions import LABELS, TEXT_FIELDS
from cit_platform.sources.socrata.contract import unread_types
from cit_platform.sources.socrata.survey_context import (
    Answer,
    QuestionSkipped,
    Row,
    SurveyContext,
    Value,
    text_of,
    whole,
)

MOST_LABELS = 2_000
MOST_PAIRS = 50_000
SHOWN_LABELS = 5
LONGEST_REASON = 300

_DATE = r"\d{4}-\d{2}-\d{2}.*"
_TIME = r"([01]?\d|2[0-3])(:[0-5]\d(:[0-5]\d(\.\d+)?)?)?"
# Half the hours of a day never occur on a clock of 12 hours: so many rows do not lack them by chance.
_ENOUGH_ROWS = 30
_AFTER_PLACEHOLDER = "reported_date > '1900-01-02'"
_IN_2015 = f"{_AFTER_PLACEHOLDER} and reported_date < '2016-01-01'"
_ANSWERS = {**dict.fromkeys(("Y", "YES", "1", "TRUE"), True), **dict.fromkeys(("N", "NO", "0", "FALSE"), False)}


@dataclass(frozen=True)
class Question:
    """How one assumption is put to the portal."""

    name: str
    ask: Callable[[SurveyContext], Answer]


def _address(context: SurveyContext) -> Answer:
    before = f", after others gave nothing: {'; '.join(context.refused)}" if context.refused else ""
    return Answer(shown(f"{context.portal.base}{before}", LONGEST_REASON), not context.refused)


def _interface(context: SurveyContext) -> Answer:
    if context.endpoint is None:
        raise QuestionSkipped(context.no_endpoint)
    return Answer(context.endpoint.label, context.endpoint.label == context.source.endpoints()[0].label)


def _column_names(context: SurveyContext) -> Answer:
    if context.columns is None:
        raise QuestionSkipped("the portal neither describes the dataset nor gives a page with a header")
    columns = compared_columns(context.names)
    parts = {
        "missing": columns.missing,
        "more than once": columns.double,
        "unknown": columns.unknown,
        "absent, and needed by no headline": columns.absent,
    }
    named = [f"{part}: {listed(names, quote='')}" for part, names in parts.items() if names]
    found = f"{len(context.names)} columns, the time as {context.time_column}"
    return Answer("; ".join([found, *named]), not (columns.missing or columns.double or columns.unknown))


def _column_types(context: SurveyContext) -> Answer:
    if context.columns is None or not any(kind for _, kind in context.columns):
        raise QuestionSkipped("the portal does not describe the types of its columns")
    unread = [f"{shown(name)} {shown(kind)}" for name, kind in unread_types(context.columns)]
    kinds = Counter(kind for _, kind in context.columns)
    found = ", ".join(f"{n} {shown(kind)}" for kind, n in kinds.most_common(10))
    return Answer(f"{found}{'; not read: ' if unread else ''}{', '.join(unread)}", not unread)


def _licence(context: SurveyContext) -> Answer:
    if context.description is None:
        raise QuestionSkipped("the portal does not describe the dataset")
    licence = context.description.get("license")
    name = str(licence.get("name")) if isinstance(licence, dict) else "no terms named"
    return Answer(shown(name), name == "Public Domain")


def _last_update(context: SurveyContext) -> Answer:
    updated = str((context.description or {}).get("rowsUpdatedAt"))
    if not re.fullmatch(r"\d{1,11}", updated):
        raise QuestionSkipped("the portal does not say when rows were updated")
    moment = datetime.fromtimestamp(int(updated), UTC)
    age = (context.today - moment.date()).days
    ago = f", {age} days ago" if age >= 0 else ""
    return Answer(f"{moment:%Y-%m-%d %H:%M} UTC{ago}", age <= assume.OLDEST_UPDATE_DAYS)


def _rows(context: SurveyContext) -> Answer:
    if context.n_rows is None:
        raise QuestionSkipped(context.no_endpoint)
    return Answer(f"{context.n_rows:,}", assume.FEWEST_ROWS <= context.n_rows <= assume.MOST_ROWS)


def _rows_per_template(most: float, where: str, context: SurveyContext) -> Answer:
    select = "count(*) as n_rows,count(distinct template_id) as n_templates"
    row = context.row("rows per template", select, "template_id", where=where)
    n_rows, n_templates = whole(row, "n_rows"), whole(row, "n_templates")
    ratio = n_rows / n_templates if n_templates else 0.0
    return Answer(f"{n_rows:,} rows of {n_templates:,} templates, {ratio:.3f} each", 1.0 <= ratio <= most)


def _report_dates(context: SurveyContext) -> Answer:
    select = "min(reported_date) as earliest,max(reported_date) as latest"
    row = context.row("the dates of reports", select, "reported_date", where=_AFTER_PLACEHOLDER)
    if text_of(row, "earliest") is None:
        # Text in another order of year, month and day is not after it; what there is shows how it is written.
        row = context.row("the dates of reports", select)
    first, last = (_date_text(row, name) for name in ("earliest", "latest"))
    oldest = context.today - timedelta(days=assume.OLDEST_UPDATE_DAYS)
    is_right = first[:10] == assume.FIRST_REPORT and f"{oldest}" <= last[:10] <= f"{context.today + timedelta(days=1)}"
    return Answer(f"{first} to {last}", is_right)


def _row_updates(context: SurveyContext) -> Answer:
    row = context.row("the times of update", "min(:updated_at) as earliest,max(:updated_at) as latest")
    first, last = (_date_text(row, name) for name in ("earliest", "latest"))
    try:
        days = (datetime.fromisoformat(last) - datetime.fromisoformat(first)) / timedelta(days=1)
    except (ValueError, TypeError) as error:
        raise QuestionSkipped(f"the portal gives `{first}` and `{last}` as times of update") from error
    return Answer(f"{first} to {last}, {days:,.1f} days", days <= assume.LONGEST_UPDATE_DAYS)


def _labels(field: str, context: SurveyContext) -> Answer:
    vocabulary = context.vocabulary
    counts = context.values(f"the labels of {field}", field, MOST_LABELS)
    folded = {text: vocabulary.folded(field, text) for text, _ in counts}
    is_coded = field in CODED_FIELDS
    values = tuple(
        Value(
            None if text is None else vocabulary.printable_label(field, text),
            n_rows,
            None if not is_coded or folded[text] is None else vocabulary.knows(field, folded[text] or ""),
        )
        for text, n_rows in counts
    )
    total = sum(n_rows for _, n_rows in counts) or 1
    missing = sum(n_rows for text, n_rows in counts if folded[text] is None)
    frequent = ", ".join(f"{_quoted(value.value)} {value.n_rows / total:.1%}" for value in values[:SHOWN_LABELS])
    found = f"{len(counts)} values, missing in {missing / total:.1%} of rows; {frequent}"
    if missing == total:
        return Answer(f"empty: no label in any of {total:,} rows", False, values)
    if not is_coded:
        dashed = sum(n_rows for text, n_rows in counts if (text or "").startswith("--"))
        return Answer(f"{found}; {dashed / total:.0%} begin with two dashes", dashed <= total / 2, values)
    unknown = [value for value in values if value.known is False]
    named = [f"{_quoted(value.value)} ({value.n_rows:,})" for value in unknown]
    more = f"; not in the codebook: {listed(named, most=20, quote='')}" if unknown else ""
    return Answer(found + more, not unknown, values)


def _report_times(context: SurveyContext) -> Answer:
    column = context.time_column
    counts = context.values("the times of reports", column)
    shares = _shares(counts, {"as time or hour": _TIME})
    read = [(int(text.partition(":")[0]), n_rows) for text, n_rows in counts if text and re.fullmatch(_TIME, text)]
    examples = [text for text, _ in counts if text and re.fullmatch(_TIME, text)][:3]
    found = f"{column}: {_in_words(shares)}" + (f"; such as {listed(examples, quote='')}" if examples else "")
    found += _unread(context.vocabulary, column, counts, _TIME)
    if sum(n_rows for _, n_rows in read) >= _ENOUGH_ROWS and all(1 <= hour <= 12 for hour, _ in read):
        return Answer(f"{found}; a clock of 12 hours without AM and PM: the hour is not known", False)
    return Answer(found, shares["as time or hour"] >= assume.LEAST_OF_A_CODING)


def _experience(context: SurveyContext) -> Answer:
    counts = context.values("the years of experience", "officer_years_of_experience")
    given = [(text.strip(), n_rows) for text, n_rows in counts if text and text.strip()]
    total = sum(n_rows for _, n_rows in given)
    # Longer numbers are no years, and may be those of officers.
    whole_years = r"(-?\d{1,3})(\.0*)?"
    years: Counter[int] = Counter()
    for text, n_rows in given:
        if year := re.fullmatch(whole_years, text):
            years[int(year[1])] += n_rows
    if not years or not total:
        raise QuestionSkipped("no row gives years of experience as a whole number")
    low, high = assume.EXPERIENCE
    unknown = years.get(assume.UNKNOWN_EXPERIENCE, 0) / total
    impossible = 1 - unknown - sum(n_rows for year, n_rows in years.items() if low <= year <= high) / total
    found = f"{min(years)} to {max(years)}; {unknown:.1%} are -1; {impossible:.1%} others outside {low} to {high}"
    found += _unread(context.vocabulary, "officer_years_of_experience", counts, whole_years)
    return Answer(found, impossible <= assume.MOST_IMPOSSIBLE_EXPERIENCE)


def _birth_dates(context: SurveyContext) -> Answer:
    counts = context.values("the ways of writing a birth", "officer_year_of_birth", MOST_PAIRS)
    shares = _shares(counts, {"years": r"\d{4}", "full dates": _DATE})
    return Answer(_in_words(shares), shares["years"] >= assume.LEAST_OF_A_CODING)


def _officer_ids(context: SurveyContext) -> Answer:
    counts = context.values("the ways of writing an officer's number", "officer_id", MOST_PAIRS)
    shares = _shares(counts, {"digits": r"\d+", "digits padded to six": r"(?=.{6}$)\d+ +"})
    return Answer(f"{len(counts):,} different; {_in_words(shares)}", shares["digits"] >= assume.LEAST_OF_A_CODING)


def _requested(context: SurveyContext) -> Answer:
    columns = ("cit_officer_requested", "cit_officer_dispatched")
    if context.columns is not None and columns[0] not in context.names:
        return Answer("there is no such column", True)
    rows = context.rows(count_by(*columns, label="requested and dispatched", limit=MOST_LABELS), *columns)
    total = sum(whole(row, "n_rows") for row in rows)
    given = [row for row in rows if (text_of(row, columns[0]) or "").strip(" -")]
    if not given:
        return Answer(f"no value in any of {total:,} rows", True)
    n_given = sum(whole(row, "n_rows") for row in given)
    equal = sum(whole(row, "n_rows") for row in given if text_of(row, columns[0]) == text_of(row, columns[1]))
    return Answer(f"a value in {n_given:,} of {total:,} rows; as dispatched in {equal:,} of them", False)


def _certification_2015(context: SurveyContext) -> Answer:
    column = "cit_certified_indicator"
    query = count_by(column, label="certification in 2015", limit=MOST_LABELS, where=_IN_2015)
    rows = context.rows(query, column, "reported_date")
    counts: Counter[bool | None] = Counter()
    for row in rows:
        counts[_ANSWERS.get(context.vocabulary.folded(column, text_of(row, column)) or "")] += whole(row, "n_rows")
    found = f"yes in {counts[True]:,}, no in {counts[False]:,}, neither in {counts[None]:,} rows"
    return Answer(found, counts[False] > 0 and not counts[True])


def _certification_varies(context: SurveyContext) -> Answer:
    officers = _certifications(context)
    both = sum(1 for spans in officers.values() if len(spans) == 2)
    return Answer(f"{both:,} of {len(officers):,} officers report with and without it", both > 0)


def _certification_order(context: SurveyContext) -> Answer:
    both = [spans for spans in _certifications(context).values() if len(spans) == 2]
    if not both:
        raise QuestionSkipped("no officer reports with and without certification")
    # A stray record, such as a template doubled with the other answer, does not break the order.
    ordered = sum(1 for spans in both if all(no <= yes for no, yes in zip(spans[False], spans[True], strict=True)))
    found = f"{ordered:,} of {len(both):,} officers begin without it and end with it"
    return Answer(found, ordered >= assume.LEAST_IN_ORDER * len(both))


def _certifications(context: SurveyContext) -> dict[str, dict[bool, tuple[str, str]]]:
    """By officer, the first and the last date of reports without and with certification."""
    columns = ("officer_id", "cit_certified_indicator")
    query = count_by(
        *columns,
        label="certification by officer",
        limit=MOST_PAIRS,
        more="min(reported_date) as earliest,max(reported_date) as latest",
        where=_AFTER_PLACEHOLDER,
    )
    rows = context.rows(query, *columns, "reported_date")
    spoken = [(row, context.vocabulary.folded(columns[1], text_of(row, columns[1]))) for row in rows]
    # In the coding of 2018-19 certification is Y or nothing.
    absent_is_no = not any(_ANSWERS.get(label or "") is False for _, label in spoken)
    officers: dict[str, dict[bool, tuple[str, str]]] = defaultdict(dict)
    for row, label in spoken:
        officer = context.vocabulary.folded("officer_id", text_of(row, "officer_id"))
        certified = _ANSWERS.get(label or "", False if label is None and absent_is_no else None)
        if officer is not None and certified is not None:
            span = (str(text_of(row, "earliest")), str(text_of(row, "latest")))
            officers[officer][certified] = _joined(officers[officer].get(certified), span)
    return officers


def _joined(known: tuple[str, str] | None, span: tuple[str, str]) -> tuple[str, str]:
    return span if known is None else (min(known[0], span[0]), max(known[1], span[1]))


def _shares(counts: Iterable[tuple[str | None, int]], shapes: dict[str, str]) -> dict[str, float]:
    """The share of rows in each shape, the first that fits; of those without a value, and of all others."""
    found: Counter[str] = Counter(dict.fromkeys([*shapes, "missing", "otherwise"], 0))
    for text, n_rows in counts:
        shape = next((name for name, pattern in shapes.items() if re.fullmatch(pattern, text or "")), "otherwise")
        found[shape if (text or "").strip(" -") else "missing"] += n_rows
    total = found.total() or 1
    return {name: n_rows / total for name, n_rows in found.items()}


def _in_words(shares: dict[str, float]) -> str:
    return ", ".join(f"{share:.1%} {name}" for name, share in shares.items() if share)


def _unread(vocabulary: Vocabulary, field: str, counts: Iterable[tuple[str | None, int]], read: str) -> str:
    """The most frequent values that are not read, for the end of an answer.

    What may have strayed from a private column is shown by its shape, with 9 for each digit.
    """
    others = [
        (text, n_rows)
        for text, n_rows in counts
        if (text or "").strip(" -") and not re.fullmatch(read, (text or "").strip())
    ]
    examples = [f"“{_safe(vocabulary, field, text or '')}” ({n_rows:,})" for text, n_rows in others[:3]]
    return f"; not read: {listed(examples, quote='')}" if examples else ""


def _safe(vocabulary: Vocabulary, field: str, text: str) -> str:
    label = vocabulary.printable_label(field, text)
    return shape(text) if label == WITHHELD else label


def shape(text: str) -> str:
    """How a value is written, with 9 for each digit."""
    return re.sub(r"\d", "9", shown(text, 40))


def _quoted(text: str | None) -> str:
    return "nothing" if text is None else f"“{text}”"


def _date_text(row: Row, name: str) -> str:
    """A date as the portal prints it, and nothing else: other text may be of a column that took its place."""
    text = str(text_of(row, name))
    if not re.fullmatch(_DATE, text):
        raise QuestionSkipped(f"the portal gives “{shape(text)}” where a date belongs")
    return shown(text, 30)


_LEGACY = f"template_id <= {assume.LARGEST_LEGACY_TEMPLATE}"
_MARK43 = f"template_id > {assume.LARGEST_LEGACY_TEMPLATE}"
QUESTIONS: tuple[Question, ...] = (
    Question("address", _address),
    Question("interface", _interface),
    Question("columns", _column_names),
    Question("types", _column_types),
    Question("licence", _licence),
    Question("last_update", _last_update),
    Question("rows", _rows),
    Question("rows_per_template", partial(_rows_per_template, assume.MOST_ROWS_PER_TEMPLATE, "")),
    Question("rows_per_legacy_template", partial(_rows_per_template, assume.MOST_LEGACY_ROWS_PER_TEMPLATE, _LEGACY)),
    Question("rows_per_mark43_template", partial(_rows_per_template, assume.MOST_MARK43_ROWS_PER_TEMPLATE, _MARK43)),
    Question("report_dates", _report_dates),
    Question("row_updates", _row_updates),
    *(Question(f"{LABELS}{field}", partial(_labels, field)) for field in TEXT_FIELDS),
    Question("report_times", _report_times),
    Question("experience", _experience),
    Question("birth_dates", _birth_dates),
    Question("officer_ids", _officer_ids),
    Question("requested", _requested),
    Question("certification_2015", _certification_2015),
    Question("certification_varies", _certification_varies),
    Question("certification_order", _certification_order),
)
