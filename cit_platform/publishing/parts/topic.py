"""A topic: one question of the page, from the tables it reads to a report of findings, chart and tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from cit_platform.publishing.parts.canvas import Figure
from cit_platform.publishing.parts.disclosure import LEVELS, without_officer_attributes
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.finding import Finding, RowKey, finding_of
from cit_platform.publishing.parts.gates import DIAGNOSTICS, without_estimates_beyond_gates
from cit_platform.publishing.parts.html_table import HtmlTable

if TYPE_CHECKING:
    import pandas as pd

Tables = Mapping[str, "pd.DataFrame"]


@dataclass(frozen=True)
class Heading:
    """A heading inside a section."""

    text: str


@dataclass(frozen=True)
class Prose:
    """A paragraph; `lead` stands before it in bold, `row` is where a computed sentence has its numbers from."""

    text: str
    lead: str = ""
    row: RowKey | None = None


@dataclass(frozen=True)
class FindingSentence:
    """The sentence of a finding, of this topic or another, printed here instead of in the list of findings."""

    key: str


@dataclass(frozen=True)
class Chart:
    """A Plotly figure, what stands under it, what a screen reader says, and every number of it as a table."""

    figure: Figure
    caption: str
    alternative: str
    table: HtmlTable


@dataclass(frozen=True)
class Numbers:
    """A table; `style` names classes of the style sheet, `summary` folds it under these words."""

    table: HtmlTable
    style: str = ""
    summary: str = ""


@dataclass(frozen=True)
class Picture:
    """An SVG made here, which stands without scripts, and what stands under it."""

    svg: str
    caption: str


@dataclass(frozen=True)
class Question:
    """A choice inside a sentence: its column, what it is called, the words around it, and its options."""

    name: str
    label: str
    before: str
    after: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Choosing:
    """A sentence that holds choices, its answer for every way of asking that was computed, and two pictures of it.

    `ways` are plain data with `choices` in the order of the questions; `spoken` is the place of the one that speaks.
    """

    questions: tuple[Question, ...]
    ways: tuple[Mapping[str, Any], ...]
    spoken: int
    picture: str
    curve: str
    caption: str
    table: HtmlTable


Block = Heading | Prose | FindingSentence | Chart | Numbers | Choosing
_KINDS: dict[type, str] = {
    Heading: "heading",
    Prose: "prose",
    FindingSentence: "sentence",
    Chart: "chart",
    Numbers: "numbers",
    Choosing: "choosing",
}


@dataclass(frozen=True)
class Content:
    """What a topic says: its findings, and the blocks of its place on the page in their order.

    `picture` is for the first screen.
    """

    findings: tuple[Finding, ...] = ()
    blocks: tuple[Block, ...] = ()
    picture: Picture | None = None


@dataclass(frozen=True)
class Topic:
    """A question of the page.

    Attributes:
        name: of its module, its asset and its report.
        reads: paths of the tables that it reads.
        content: from these tables and the provenance to what it says; its docstring says what it is for and what not.
        chart: name of its chart's file, None without a chart.
    """

    name: str
    reads: tuple[str, ...]
    content: Callable[[Tables, FigureProvenance], Content]
    chart: str | None = None


def topic(*reads: str, chart: str | None = None) -> Callable[[Callable[[Tables, FigureProvenance], Content]], Topic]:
    """Turn a function from tables to content into a topic of the same name.

    A topic on models reads `quality/levels` too: which levels are too small to show; and `models/diagnostics`: which
    estimates a gate of the protocol keeps off the page.
    """
    beside = (LEVELS, DIAGNOSTICS) if any(path.startswith("models/") for path in reads) else ()
    read = tuple(dict.fromkeys((*reads, *beside)))
    return lambda content: Topic(content.__name__, read, content, chart)


@dataclass(frozen=True)
class Report:
    """What a topic says of one snapshot, as it waits for the edition.

    Attributes:
        topic: its name.
        snapshot: content hash of the snapshot.
        demonstration: whether the data are synthetic.
        inputs: hash of the rows of each table that it was made from.
        findings: its findings.
        blocks: its blocks as plain data, each with its `kind`.
        picture: its picture for the first screen as plain data, None without one.
    """

    topic: str
    snapshot: str
    demonstration: bool
    inputs: Mapping[str, str]
    findings: tuple[Finding, ...]
    blocks: tuple[dict[str, Any], ...]
    picture: dict[str, Any] | None = None

    @property
    def chart(self) -> dict[str, Any] | None:
        """The block of its chart, None without one."""
        return next((block for block in self.blocks if block["kind"] == "chart"), None)


def report_on(topic: Topic, tables: Tables, provenance: FigureProvenance, inputs: Mapping[str, str]) -> Report:
    """What a topic says of its tables; it sees nothing of officer attributes, and no estimate beyond a gate."""
    content = topic.content(without_officer_attributes(without_estimates_beyond_gates(tables)), provenance)
    blocks = tuple({"kind": _KINDS[type(block)], **asdict(block)} for block in content.blocks)
    return Report(
        topic.name,
        provenance.snapshot,
        provenance.demonstration,
        dict(inputs),
        content.findings,
        blocks,
        None if content.picture is None else asdict(content.picture),
    )


def report_of(stored: Mapping[str, Any]) -> Report:
    """A report from what `dataclasses.asdict` made of it and JSON kept."""
    findings = tuple(finding_of(finding) for finding in stored["findings"])
    return Report(**{**stored, "findings": findings, "blocks": tuple(stored["blocks"])})
