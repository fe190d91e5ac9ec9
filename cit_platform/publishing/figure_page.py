"""The chart of a topic as templates read it, and as a page of its own."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

from cit_platform.publishing.parts.canvas import mark_words, without_repeats
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.topic import Report
from cit_platform.publishing.templating import environment, json_for_script

# Pixels of a standalone figure besides its sheet: banner, caption, the folded table, the link to the page.
_FRAME = 300


def render_figure(report: Report, figure: Mapping[str, Any], provenance: FigureProvenance) -> str:
    """The chart of a topic as a standalone page in `figures/`, with its table, which reads files of `../assets`.

    `figure` is the chart with its source written on it.
    """
    assert report.chart is not None
    chart = chart_block(report.chart, figure, ())
    place = f"figures/{chart['chart']}.html"
    snippet = (
        f'<iframe src="{place}" title="{html.escape(chart["title"])}" width="100%" height="{chart["height"] + _FRAME}" '
        'style="border:0" loading="lazy"></iframe>'
    )
    return (
        environment()
        .get_template("figure.html")
        .render(provenance=provenance, figure=chart, place=place, snippet=snippet)
    )


def assets() -> dict[str, str]:
    """What all standalone figures of an edition read, by the name of the file."""
    return {name: environment().get_template(name).render() for name in ("figure.css", "figure.js")}


def chart_block(
    block: Mapping[str, Any], figure: Mapping[str, Any], files: Sequence[tuple[str, str]]
) -> dict[str, Any]:
    """The chart of a report as templates read it: `figure` is what is drawn, `files` are offered under it."""
    layout = figure["layout"]
    return {
        "chart": layout["meta"]["chart"],
        "title": layout["meta"]["title"],
        "key": layout["meta"]["key"],
        "notes": layout["meta"]["notes"],
        "json": json_for_script(without_repeats(figure)),
        "height": round(layout["height"]),
        "caption": block["caption"],
        "alternative": f"{block['alternative']} {mark_words(figure)}".strip(),
        "table": block["table"],
        "files": files,
    }
