"""The questions of the survey: each a count or two, and what is made of the answer."""

from __future__ import annotations

import re
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from cit_platform.codebook.vocabulary import CODED_FIELDS, Vocabulary
from cit_platform.printable import listed, shown
from cit_platform.sources.snapshot import ALIASES, FIELDS, SourceError
from cit_platform.sources.socrata import assumptions as assume
from cit_platform.sources.socrata.aggregate import Aggregate, count_by
from cit_platform.sources.socrata.assumptions import LABELS, TEXT_FIELDS
from cit_platform.sources.socrata.client import Portal, Unusable
from cit_platform.sources.socrata.contract import EXPECTED_TYPES
from cit_platform.sources.socrata.endpoints import Endpoint
from cit_platform.sources.socrata.source import SocrataSource

Row = dict[str, Any]

MOST_LABELS = 2_000
MOST_VALUES = 5_000
MOST_PAIRS = 50_000
TOLD_LABELS = 5
LONGEST_REASON = 300

_DATE = r"\d{4}-\d{2}-\d{2}.*"
_TIME = r"([01]?\d|2[0-3])(:[0-5]\d(:[0-5]\d(\.\d+)?)?)?"
_AFTER_PLACEHOLDER = "reported_date > '1900-01-02'"
_ANSWERS = {**dict.fromkeys(("Y", "YES", "1", "TRUE"), True), **dict.fromkeys(("N", "NO", "0", "FALSE"), False)}


class QuestionSkipped(Exception):  # noqa: N818 - an answer
    """A question that the portal cannot be asked, or does not answer; says why."""


@dataclass(frozen=True)
class Value:
    """One value of a column as the portal prints it, null where it prints none, and in how many rows.

    `known` tells whether the codebook holds it; null where the codebook keeps no list.
    """

    value: str | None
    n_rows: int
    known: bool | None = None


@dataclass(frozen=True)
class Answer:
    """What was found, and whether it is what we assumed."""

    found: str
    as_assumed: bool
    values: tuple[Value, ...] = ()


@dataclass(frozen=True)
class SurveyContext:
    """A portal that answers something, and what it said first.

    Attributes:
        columns: names and types; a type is empty where only a header named the columns; None where nothing did.
        description: what the portal says of the dataset; None where it says nothing.
        endpoint: the endpoint that counts rows; None where none does, and `no_endpoint` says why.
        refused: why the addresses before this one gave nothing.
    """

    source: SocrataSource
    portal: Portal
    vocabulary: Vocabulary
    today: date
    scratch: Path
    asked_at: str
    description: Row | None
    columns: tuple[tuple[str, str], ...] | None
    endpoint: Endpoint | None
    no_endpoint: str
    n_rows: int | None
    refused: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.columns or ())

    @property
    def time_column(self) -> str:
        """The column of the time of a report, under the name that it has here."""
        return next((name for name in self.names if ALIASES.get(name) == "reported_time"), "reported_time")

    def rows(self, query: Aggregate, *needed: str) -> list[Row]:
        """The rows of an answer.

        Raises:
            QuestionSkipped: A needed column is not there, or the portal does not answer.
        """
        missing = [name for name in needed if self.columns is not None and name not in self.names]
        if missing:
            raise QuestionSkipped(f"the portal has no column `{missing[0]}`")
        if self.endpoint is None:
            raise QuestionSkipped(self.no_endpoint)
        try:
            with tempfile.TemporaryDirectory(dir=self.scratch) as scratch:
                answer = self.endpoint.ask(self.portal, self.source.dataset, query, Path(scratch))
        except (Unusable, SourceError) as error:
            raise QuestionSkipped(str(error)) from error
        if not answer:
            raise QuestionSkipped(f"the portal gives no rows for {query.label}")
        if query.limit and len(answer) >= query.limit:
            raise QuestionSkipped(f"{query.label} have more than {query.limit:,} different values")
        return answer

    def row(self, label: str, select: str, *needed: str, where: str = "") -> Row:
        """The one row of aggregates over rows of the dataset."""
        return self.rows(Aggregate(label, select, where), *needed)[0]

    def values(self, label: str, field: str, limit: int = MOST_VALUES) -> list[tuple[str | None, int]]:
        """The distinct values of a column, the most frequent first."""
        rows = self.rows(count_by(field, label=label, limit=limit), field)
        return [(_text(row, field), whole(row, "n_rows")) for row in rows]


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
    names = [ALIASES.get(name, name) for name in context.names]
    if context.columns is None:
        raise QuestionSkipped("the portal neither describes the dataset nor gives a page with a header")
    missing, unknown = [n for n in FIELDS if n not in names], [n for n in names if n not in FIELDS]
    faults = [f"{fault}: {_names(found)}" for fault, found in (("missing", missing), ("unknown", unknown)) if found]
    double = [name for name, n in Counter(names).items() if n > 1]
    faults += [f"more than once: {_names(double)}"] if double else []
    found = f"{len(names)} columns, the time as {context.time_column}"
    return Answer("; ".join([found, *faults]), not faults)


def _column_types(context: SurveyContext) -> Answer:
    if context.columns is None or not any(kind for _, kind in context.columns):
        raise QuestionSkipped("the portal does not describe the types of its columns")
    changed = [f"{shown(n)} {shown(kind)}" for n, kind in context.columns if kind not in EXPECTED_TYPES.get(n, (kind,))]
    kinds = Counter(kind for _, kind in context.columns)
    found = ", ".join(f"{n} {shown(kind)}" for kind, n in kinds.most_common(10))
    return Answer(f"{found}{'; ' if changed else ''}{', '.join(changed)}", not changed)


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


def _rows_per_template(most: float, more_than: float, where: str, context: SurveyContext) -> Answer:
    select = "count(*) as n_rows,count(distinct template_id) as n_templates"
    row = context.row("rows per template", select, "template_id", where=where)
    n_rows, n_templates = whole(row, "n_rows"), whole(row, "n_templates")
    ratio = n_rows / n_templates if n_templates else 0.0
    return Answer(f"{n_rows:,} rows of {n_templates:,} templates, {ratio:.3f} each", more_than <= ratio <= most)


def _report_dates(context: SurveyContext) -> Answer:
    select = "min(reported_date) as earliest,max(reported_date) as latest"
    row = context.row("the dates of reports", select, "reported_date", where=_AFTER_PLACEHOLDER)
    first, last = (_date_text(row, name) for name in ("earliest", "latest"))
    oldest = context.today - timedelta(days=assume.OLDEST_UPDATE_DAYS)
    is_right = first[:10] == "2015-05-15" and f"{oldest}" <= last[:10] <= f"{context.today + timedelta(days=1)}"
    return Answer(f"{first} to {last}", is_right)


def _row_updates(context: SurveyContext) -> Answer:
    row = context.row("the times of update", "min(:updated_at) as earliest,max(:updated_at) as latest")
    first, last = (_date_text(row, name) for name in ("earliest", "latest"))
    try:
        hours = (datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds() / 3600
    except (ValueError, TypeError) as error:
        raise QuestionSkipped(f"the portal gives `{first}` and `{last}` as times of update") from error
    return Answer(f"{first} to {last}, {hours:,.0f} hours", hours <= assume.LONGEST_UPLOAD_HOURS)


def _labels(field: str, context: SurveyContext) -> Answer:
    vocabulary = context.vocabulary
    counts = context.values(f"the labels of {field}", field, MOST_LABELS)
    folded = {text: vocabulary.folded(field, text) for text, _ in counts}
    is_coded = field in CODED_FIELDS
    values = tuple(
        Value(
            None if text is None else vocabulary.told(field, text),
            n_rows,
            None if not is_coded or folded[text] is None else vocabulary.knows(field, folded[text] or ""),
        )
        for text, n_rows in counts
    )
    total = sum(n_rows for _, n_rows in counts) or 1
    missing = sum(n_rows for text, n_rows in counts if folded[text] is None)
    frequent = ", ".join(f"{_quoted(value.value)} {value.n_rows / total:.1%}" for value in values[:TOLD_LABELS])
    found = f"{len(counts)} values, missing in {missing / total:.1%} of rows; {frequent}"
    if not is_coded:
        dashed = sum(n_rows for text, n_rows in counts if (text or "").startswith("--"))
        return Answer(f"{found}; {dashed / total:.0%} begin with two dashes", dashed > total / 2, values)
    unknown = [value for value in values if value.known is False]
    named = [f"{_quoted(value.value)} ({value.n_rows:,})" for value in unknown]
    listed = f"; not in the codebook: {_names(named)}" if unknown else ""
    return Answer(found + listed, not unknown, values)


def _report_times(context: SurveyContext) -> Answer:
    column = context.time_column
    counts = context.values("the times of reports", column)
    shares = _shares(counts, {"as time or hour": _TIME})
    examples = [text for text, _ in counts if text and re.fullmatch(_TIME, text)][:3]
    found = f"{column}: {_told(shares)}; such as {_names(examples)}" if examples else f"{column}: {_told(shares)}"
    return Answer(found, shares["as time or hour"] >= assume.LEAST_OF_A_CODING)


def _experience(context: SurveyContext) -> Answer:
    counts = context.values("the years of experience", "officer_years_of_experience")
    given = [(text.strip(), n_rows) for text, n_rows in counts if text and text.strip()]
    total = sum(n_rows for _, n_rows in given)
    # Longer numbers are no years, and may be those of officers.
    years = {int(text): n_rows for text, n_rows in given if re.fullmatch(r"-?\d{1,3}", text)}
    if not years or not total:
        raise QuestionSkipped("no row gives years of experience as a whole number")
    low, high = assume.EXPERIENCE
    unknown = years.get(assume.UNKNOWN_EXPERIENCE, 0) / total
    impossible = 1 - unknown - sum(n_rows for year, n_rows in years.items() if low <= year <= high) / total
    found = f"{min(years)} to {max(years)}; {unknown:.1%} are -1; {impossible:.1%} others outside {low} to {high}"
    return Answer(found, impossible <= assume.MOST_IMPOSSIBLE_EXPERIENCE)


def _birth_dates(context: SurveyContext) -> Answer:
    counts = context.values("the ways of writing a birth", "officer_year_of_birth", MOST_PAIRS)
    shares = _shares(counts, {"full dates": _DATE, "years": r"\d{4}"})
    return Answer(_told(shares), shares["full dates"] >= assume.LEAST_OF_A_CODING)


def _officer_ids(context: SurveyContext) -> Answer:
    counts = context.values("the ways of writing an officer's number", "officer_id", MOST_PAIRS)
    shares = _shares(counts, {"digits padded to six": r"(?=.{6}$)\d+ +", "digits": r"\d+"})
    is_padded = shares["digits padded to six"] >= assume.LEAST_OF_A_CODING
    return Answer(f"{len(counts):,} different; {_told(shares)}", is_padded)


def _requested_and_dispatched(context: SurveyContext) -> Answer:
    columns = ("cit_officer_requested", "cit_officer_dispatched")
    rows = context.rows(count_by(*columns, label="requested and dispatched", limit=MOST_LABELS), *columns)
    total = sum(whole(row, "n_rows") for row in rows)
    equal = sum(whole(row, "n_rows") for row in rows if _text(row, columns[0]) == _text(row, columns[1]))
    return Answer(f"equal in {equal:,} of {total:,} rows", equal == total)


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
    spoken = [(row, context.vocabulary.folded(columns[1], _text(row, columns[1]))) for row in rows]
    # In the coding of 2018-19 certification is Y or nothing.
    absent_is_no = not any(_ANSWERS.get(label or "") is False for _, label in spoken)
    officers: dict[str, dict[bool, tuple[str, str]]] = defaultdict(dict)
    for row, label in spoken:
        officer = context.vocabulary.folded("officer_id", _text(row, "officer_id"))
        certified = _ANSWERS.get(label or "", False if label is None and absent_is_no else None)
        if officer is not None and certified is not None:
            span = (str(_text(row, "earliest")), str(_text(row, "latest")))
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


def _told(shares: dict[str, float]) -> str:
    return ", ".join(f"{share:.1%} {name}" for name, share in shares.items() if share)


def _names(names: Iterable[str]) -> str:
    return listed(names, most=20, quote="")


def _quoted(text: str | None) -> str:
    return "nothing" if text is None else f"“{text}”"


def _text(row: Row, name: str) -> str | None:
    value = row.get(name)
    return None if value is None else str(value)


def _date_text(row: Row, name: str) -> str:
    """A date as the portal prints it, and nothing else: other text may be of a column that took its place."""
    text = str(_text(row, name))
    if not re.fullmatch(_DATE, text):
        raise QuestionSkipped("the portal gives something else than a date")
    return shown(text, 30)


def whole(row: Row, name: str) -> int:
    value = str(row.get(name))
    if not re.fullmatch(r"\d{1,12}", value):
        raise QuestionSkipped(f"the portal gives `{shown(value)}` as a count")
    return int(value)


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
    Question("rows_per_template", partial(_rows_per_template, assume.MOST_ROWS_PER_TEMPLATE, 1.0, "")),
    Question(
        "rows_per_legacy_template", partial(_rows_per_template, assume.MOST_LEGACY_ROWS_PER_TEMPLATE, 1.0, _LEGACY)
    ),
    Question(
        "rows_per_mark43_template", partial(_rows_per_template, assume.MOST_MARK43_ROWS_PER_TEMPLATE, 1.001, _MARK43)
    ),
    Question("report_dates", _report_dates),
    Question("row_updates", _row_updates),
    *(Question(f"{LABELS}{field}", partial(_labels, field)) for field in TEXT_FIELDS),
    Question("report_times", _report_times),
    Question("experience", _experience),
    Question("birth_dates", _birth_dates),
    Question("officer_ids", _officer_ids),
    Question("requested_and_dispatched", _requested_and_dispatched),
    Question("certification_varies", _certification_varies),
    Question("certification_order", _certification_order),
)
