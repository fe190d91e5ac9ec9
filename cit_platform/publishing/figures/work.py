"""Where finished charts wait for the edition: `published/work/<chart>.json` of the home."""

from __future__ import annotations

import json
import os
from pathlib import Path

from cit_platform.publishing.figures.canvas import Figure


def work_directory(home: Path) -> Path:
    """Directory of the charts that wait for the next edition."""
    return home / "published" / "work"


def figure_json(figure: Figure) -> str:
    """A figure as JSON text, the same for the same figure; refuses NaN and infinity."""
    return json.dumps(figure, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False) + "\n"


def write_work_figure(home: Path, chart: str, figure: Figure) -> Path:
    """Write `figure` to `<home>/published/work/<chart>.json`, whole or not at all.

    Returns:
        The file. The snapshot's hash stands in its `layout.meta.snapshot`.
    """
    directory = work_directory(home)
    directory.mkdir(parents=True, exist_ok=True)
    partial = directory / f".{chart}.{os.getpid()}.partial"
    partial.write_text(figure_json(figure), encoding="utf-8")
    return partial.replace(directory / f"{chart}.json")
