"""Homes ready for an edition: topics reported, features written, inputs gathered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from cit_platform.publishing.contents import topics
from cit_platform.publishing.edition import EditionInputs, build_edition
from cit_platform.publishing.edition.work import write_report
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.topic import Content, Report, Tables, report_on
from cit_platform.storage.provenance import Fingerprint, Provenance
from cit_platform_tests.publishing import frames, modelled

Prepare = Callable[..., EditionInputs]
Built = Callable[..., Path]
TRUTHS = tuple(modelled.TRUTHS)
DEMO, REAL = FigureProvenance(frames.SNAPSHOT, True), FigureProvenance(frames.SNAPSHOT, False)
TOPICS = {topic.name: topic for topic in topics()}


Models = Callable[[str], dict[str, pd.DataFrame]]


def tables_under(truth: str, models: Models = modelled.models, **text: str) -> dict[str, pd.DataFrame]:
    """Every table that is published under one truth about certification, to be changed at will."""
    return models(truth) | frames.quality_tables(**text)


def report(name: str, tables: Tables, provenance: FigureProvenance = REAL) -> Report:
    """What a topic says of some tables."""
    return report_on(TOPICS[name], {path: tables[path] for path in TOPICS[name].reads}, provenance, {})


def content(name: str, tables: Tables, provenance: FigureProvenance = REAL) -> Content:
    """The same before it is stored, from the tables as they are."""
    return TOPICS[name].content(tables, provenance)


def reports(tables: Tables, provenance: FigureProvenance = REAL) -> dict[str, Report]:
    """What every topic says of some tables."""
    return {name: report(name, tables, provenance) for name in TOPICS}


def written(figure: dict[str, object]) -> str:
    """Everything that is written on a chart."""
    return "\n".join(note["text"] for note in figure["layout"]["annotations"])  # type: ignore[index]


def write_reports(home: Path, tables: Tables, provenance: FigureProvenance) -> None:
    for found in reports(tables, provenance).values():
        write_report(home, found)


@pytest.fixture(scope="session")
def prepare() -> Prepare:
    def inputs_for(
        home: Path,
        truth: str = "lower",
        source: str = "demo",
        template: str = "T",
        models: Models = modelled.models,
        **text: str,
    ) -> EditionInputs:
        tables = tables_under(truth, models, **text)
        (home / "lake").mkdir(parents=True, exist_ok=True)
        (home / "codebook").mkdir(exist_ok=True)
        (home / "codebook" / "dispositions.csv").write_text("label,group\nOTHER,other\n")
        (home / "codebook" / "agency.toml").write_text('display_name = "Seattle"\n')
        features = frames.write_features(home / "lake", template=template)
        write_reports(home, tables, FigureProvenance(frames.SNAPSHOT, source == "demo"))
        return EditionInputs(
            tables=tables,
            features=features,
            snapshots=dict.fromkeys([*tables, *features], frames.SNAPSHOT),
            n_rows={"raw/records": 110_000, "clean/records": 108_664, "features/contacts": 240},
            checks=[
                {"table": "raw/records", "name": "keys_unique", "passed": True, "severity": "ERROR"},
                {"table": "clean/records", "name": "labels_covered", "passed": False, "severity": "WARN"},
            ],
            origin=Provenance(
                source=source,
                snapshot=frames.SNAPSHOT,
                location=text.get("location", "crisis.csv"),
                retrieved_at="2026-11-22T11:00:00Z",
                licence="Public domain",
                rows_received=110_000,
                code_version="0.1.0",
                fingerprint=Fingerprint("source", "code", "settings"),
                run_id="run-1",
            ),
            built_at=datetime(2026, 11, 22, 4, 0),
            codebook=home / "codebook",
            truth=pd.DataFrame({"model": ["force"], "term": ["cit_certified"], "value": [-0.356674943938732]}),
        )

    return inputs_for


@pytest.fixture(scope="session")
def built(prepare: Prepare, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Editions to read and not to change, built once for each truth and source."""
    kept: dict[tuple[str, str, Models], Path] = {}

    def edition_of(truth: str = "lower", source: str = "demo", models: Models = modelled.models) -> Path:
        if (truth, source, models) not in kept:
            home = tmp_path_factory.mktemp("home")
            kept[truth, source, models] = build_edition(home, prepare(home, truth, source, models=models))
        return kept[truth, source, models]

    return edition_of
