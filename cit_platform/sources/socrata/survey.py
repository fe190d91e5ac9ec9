"""The survey of the live source: what nobody outside could establish, asked in counts, beside what we assumed of it."""

from __future__ import annotations

import csv
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal

from cit_platform.codebook.vocabulary import Vocabulary
from cit_platform.printable import shown
from cit_platform.sources.refused import SourceError
from cit_platform.sources.socrata.aggregate import count_rows
from cit_platform.sources.socrata.answers import Unusable
from cit_platform.sources.socrata.assumptions import ASSUMPTIONS
from cit_platform.sources.socrata.client import Portal
from cit_platform.sources.socrata.contract import column_types
from cit_platform.sources.socrata.endpoints import BulkCsv, Endpoint
from cit_platform.sources.socrata.limits import SURVEY_LIMITS
from cit_platform.sources.socrata.questions import LONGEST_REASON, QUESTIONS, Question
from cit_platform.sources.socrata.source import SocrataSource
from cit_platform.sources.socrata.state import description, page_header
from cit_platform.sources.socrata.survey_context import Answer, QuestionSkipped, Row, SurveyContext, Value, whole

Verdict = Literal["as assumed", "differs", "could not be asked"]

AT_A_TIME = 4


@dataclass(frozen=True)
class SurveyLine:
    """One line of the survey; `reason` says why a question could not be asked, and is empty otherwise."""

    name: str
    question: str
    assumed: str
    basis: str
    found: str
    verdict: Verdict
    reason: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Survey:
    """All findings of one survey, in the order of the assumptions.

    Attributes:
        dataset: four-by-four id.
        address: the base address that answered.
        interface: the endpoint that counted rows; empty where none did.
        asked_at: when it began, ISO 8601 in UTC.
        findings: one for each assumption.
    """

    dataset: str
    address: str
    interface: str
    asked_at: str
    findings: tuple[SurveyLine, ...]

    @property
    def is_as_assumed(self) -> bool:
        """Whether every question was answered as assumed."""
        return all(finding.verdict == "as assumed" for finding in self.findings)

    def counts(self) -> dict[Verdict, int]:
        """The number of findings by verdict."""
        found = Counter(finding.verdict for finding in self.findings)
        verdicts: tuple[Verdict, ...] = ("as assumed", "differs", "could not be asked")
        return {verdict: found[verdict] for verdict in verdicts}

    def as_json(self) -> dict[str, Any]:
        """The survey as an object of JSON."""
        return {**asdict(self), "verdicts": self.counts()}


def survey(source: SocrataSource, vocabulary: Vocabulary, today: date) -> Survey:
    """Ask every question, at the first address that answers any; no row is read but the header of one page.

    Officer ids and birth dates are counted by their shape; none is kept, and none is in the result.

    Args:
        source: the live source; the bounds of `SURVEY_LIMITS` hold besides its own.
        vocabulary: what the codebook knows.
        today: the date that counts as today.

    Raises:
        SourceError: No address answers at all, or the token is refused.
    """
    reasons: list[str] = []
    for portal in source.portals(SURVEY_LIMITS):
        with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(AT_A_TIME) as pool:
            try:
                context = _introduced(source, portal, vocabulary, today, Path(scratch), pool, tuple(reasons))
            except Unusable as error:
                reasons.append(str(error))
                continue
            findings = tuple(pool.map(partial(_finding, context), QUESTIONS))
            interface = context.endpoint.label if context.endpoint else ""
            return Survey(source.dataset, portal.base, interface, context.asked_at, findings)
    raise source.unreadable(reasons)


def _introduced(
    source: SocrataSource,
    portal: Portal,
    vocabulary: Vocabulary,
    today: date,
    scratch: Path,
    pool: ThreadPoolExecutor,
    refused: tuple[str, ...],
) -> SurveyContext:
    """Ask for the description and for the count of rows, at once: a silent address costs its patience only once.

    Raises:
        Unusable: The address gives neither.
        SourceError: The token is refused.
    """
    asked_at = datetime.now(UTC).isoformat(timespec="seconds")
    describing = pool.submit(description, portal, source.dataset, _directory(scratch))
    counting = pool.submit(_counting_endpoint, source, portal, _directory(scratch))
    endpoint, n_rows, no_endpoint = counting.result()
    try:
        said = describing.result()
    except Unusable as error:
        if endpoint is None:
            raise Unusable(f"{error}; {no_endpoint}") from error
        said = None
    columns = _columns(said, portal, source.dataset, _directory(scratch))
    if endpoint is None and said is None and columns is None:
        raise Unusable(no_endpoint)
    return SurveyContext(
        source, portal, vocabulary, today, scratch, asked_at, said, columns, endpoint, no_endpoint, n_rows, refused
    )


def _directory(scratch: Path) -> Path:
    return Path(tempfile.mkdtemp(dir=scratch))


def _counting_endpoint(source: SocrataSource, portal: Portal, scratch: Path) -> tuple[Endpoint | None, int | None, str]:
    """The first endpoint that counts rows, and its count; or why there is none."""
    reasons = []
    # The bulk CSV has no aggregates of its own.
    for endpoint in (endpoint for endpoint in source.endpoints() if not isinstance(endpoint, BulkCsv)):
        try:
            answer = endpoint.ask(portal, source.dataset, count_rows(), scratch)
            return endpoint, whole(answer[0] if answer else {}, "n_rows"), ""
        except (Unusable, QuestionSkipped) as error:
            reasons.append(f"{endpoint.label}: {error}")
    return None, None, "; ".join(reasons)


def _columns(said: Row | None, portal: Portal, dataset: str, scratch: Path) -> tuple[tuple[str, str], ...] | None:
    """Names and types from the description, else names from the header of a page."""
    described = column_types(said)
    if described is not None:
        return tuple(described)
    try:
        header = page_header(portal, dataset, scratch)
    except (Unusable, SourceError):
        header = None
    if header is None:
        return None
    return tuple((name, "") for name in next(csv.reader([header]), []) if not name.startswith(":"))


def _finding(context: SurveyContext, question: Question) -> SurveyLine:
    assumption = ASSUMPTIONS[question.name]
    try:
        answer, reason = question.ask(context), ""
    except QuestionSkipped as error:
        answer, reason = Answer("", False), shown(str(error), LONGEST_REASON)
    verdict: Verdict = "could not be asked" if reason else ("as assumed" if answer.as_assumed else "differs")
    return SurveyLine(**asdict(assumption), found=answer.found, verdict=verdict, reason=reason, values=answer.values)
