"""Where the reports of the topics wait for the edition: `published/work/<topic>.json` of the home."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cit_platform.publishing.parts.topic import Report, report_of
from cit_platform.storage.lake import TableVersion


def work_directory(home: Path) -> Path:
    """Directory of the reports that wait for the next edition, and of the page's preview."""
    return home / "published" / "work"


def report_file(home: Path, topic: str) -> Path:
    """The file of one topic's report, which need not exist."""
    return work_directory(home) / f"{topic}.json"


def compact_json(value: Any) -> str:
    """JSON text for machines, the same for the same value; refuses NaN and infinity."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False) + "\n"


def write_report(home: Path, report: Report) -> Path:
    """Write a report to its file, whole or not at all."""
    file = report_file(home, report.topic)
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f".{report.topic}.{os.getpid()}.partial")
    partial.write_text(compact_json(asdict(report)), encoding="utf-8")
    return partial.replace(file)


def read_reports(home: Path, topics: Iterable[str]) -> dict[str, Report]:
    """The reports that wait, by topic; a topic without one is left out."""
    files = {topic: report_file(home, topic) for topic in topics}
    return {topic: read_report(file) for topic, file in files.items() if file.is_file()}


def older_tables(report: Report, versions: Mapping[str, TableVersion]) -> list[str]:
    """The tables that a report was made from and that hold other rows by now, or are gone."""
    contents = {path: version.provenance.content for path, version in versions.items()}
    return [path for path, content in report.inputs.items() if contents.get(path) != content]


def read_report(file: Path) -> Report:
    """A report from its file."""
    return report_of(json.loads(file.read_text(encoding="utf-8")))
