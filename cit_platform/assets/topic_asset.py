"""How a topic becomes an asset: its report is made from the current tables and waits for the edition."""

import base64
import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import dagster as dg

from cit_platform.assets.catalogue import FRESHNESS
from cit_platform.assets.inputs import Inputs
from cit_platform.assets.table_asset import asset_key, frame_preview, inputs_of
from cit_platform.code_version import code_version
from cit_platform.contracts.table import OWNER
from cit_platform.printable import inert
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.topic import Report, Topic, report_on
from cit_platform.resources.failures import user_errors_as_failures
from cit_platform.resources.home import Home

if TYPE_CHECKING:
    from pathlib import Path

CODE = ("publishing", "contracts", "codebook", "studies/protocol")


def published_properties(function: Callable[..., Any], kinds: set[str], topic: str = "") -> dict[str, Any]:
    """What every published asset tells the UI about itself."""
    return {
        "key_prefix": ["published"],
        "group_name": "published",
        "owners": [OWNER],
        "kinds": kinds,
        "tags": {"stage": "published", **({"topic": topic} if topic else {})},
        "freshness_policy": FRESHNESS,
        "code_version": code_version(*CODE),
        "description": inspect.getdoc(function),
    }


def topic_asset(topic: Topic) -> dg.AssetsDefinition:
    """The asset of a topic, `published/<topic>`: one JSON of findings, chart and tables with its snapshot's hash."""
    kinds = {"json", *({"plotly"} if topic.chart else ())}

    @dg.asset(
        name=topic.name,
        deps=[asset_key(path) for path in topic.reads],
        **published_properties(topic.content, kinds, topic.name),
    )
    def asset(context: dg.AssetExecutionContext, home: Home) -> dg.MaterializeResult[None]:
        from cit_platform.publishing.edition.work import write_report

        with user_errors_as_failures():
            inputs = inputs_of(context, home, topic.reads)
            tables = {path: inputs.frame(path) for path in topic.reads}
            report = report_on(topic, tables, figure_provenance(inputs), inputs.provenance.inputs)
            return _result(report, write_report(home.path, report))

    assert isinstance(asset, dg.AssetsDefinition)
    return asset


def figure_provenance(inputs: Inputs) -> FigureProvenance:
    """Snapshot and demonstration flag of what is published."""
    return FigureProvenance(inputs.provenance.snapshot, inputs.provenance.source == "demo")


def _result(report: Report, file: "Path") -> "dg.MaterializeResult[None]":
    return dg.MaterializeResult(
        metadata={
            "file": dg.MetadataValue.path(str(file)),
            "snapshot": report.snapshot,
            **({"chart": dg.MetadataValue.md(chart_image(report.chart))} if report.chart else {}),
            "preview": dg.MetadataValue.md(report_preview(report)),
        }
    )


def chart_image(chart: Mapping[str, Any]) -> str:
    """The chart as an image within Markdown, some kilobytes, for the UI."""
    from cit_platform.publishing.parts.still import still

    picture = base64.b64encode(still(chart["figure"]).encode()).decode()
    return f"![{inert(chart['alternative'])}](data:image/svg+xml;base64,{picture})"


def report_preview(report: Report) -> str:
    """Sentences and the first rows of each table as Markdown, for the UI."""
    import pandas as pd

    sentences = [finding.sentence for finding in report.findings]
    sentences += [block["text"] for block in report.blocks if block["kind"] == "prose"]
    tables = [block["table"] for block in report.blocks if "table" in block]
    shown = [
        f"**{table['caption']}**\n\n{frame_preview(pd.DataFrame(table['rows'], columns=list(table['header'])))}"
        for table in tables
    ]
    return "\n\n".join([*sentences, *shown])
