"""The charts: one module each, from a table to a Plotly figure as plain JSON, and where they are kept."""

from cit_platform.publishing.figures.dispositions import disposition_bars
from cit_platform.publishing.figures.flow import exclusion_flow
from cit_platform.publishing.figures.forest import force_forest
from cit_platform.publishing.figures.ladder import force_ladder
from cit_platform.publishing.figures.revisions import revisions
from cit_platform.publishing.figures.risks import adjusted_risk
from cit_platform.publishing.figures.work import write_work_figure

CHARTS = ("force_forest", "ladder", "disposition_bars", "adjusted_risk", "exclusion_flow", "revisions")

__all__ = [
    "CHARTS",
    "adjusted_risk",
    "disposition_bars",
    "exclusion_flow",
    "force_forest",
    "force_ladder",
    "revisions",
    "write_work_figure",
]
