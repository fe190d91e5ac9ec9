"""A home ready for an edition: figures drawn, features written, inputs gathered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from cit_platform.publishing.disclosure import small_levels, withhold_small_levels
from cit_platform.publishing.edition import EditionInputs, SourceFacts, build_edition
from cit_platform.publishing.figures import (
    adjusted_risk,
    disposition_bars,
    exclusion_flow,
    force_forest,
    force_ladder,
    revisions,
    write_work_figure,
)
from cit_platform.publishing.stamp import Stamp
from cit_platform_tests.publishing import frames

Prepare = Callable[..., EditionInputs]
Built = Callable[..., Path]


def draw(home: Path, tables: dict[str, pd.DataFrame], stamp: Stamp) -> None:
    small = small_levels(tables["quality/levels"])
    estimates = withhold_small_levels(tables["models/estimates"], small)
    write_work_figure(home, "force_forest", force_forest(estimates, stamp))
    write_work_figure(home, "ladder", force_ladder(tables["models/ladder"], stamp))
    write_work_figure(home, "disposition_bars", disposition_bars(tables["models/disposition_shares"], stamp))
    write_work_figure(home, "adjusted_risk", adjusted_risk(tables["models/absolute_risk"], stamp))
    write_work_figure(home, "exclusion_flow", exclusion_flow(tables["quality/flow"], stamp))
    write_work_figure(home, "revisions", revisions(tables["quality/revisions"], stamp))


@pytest.fixture(scope="session")
def prepare() -> Prepare:
    def inputs_for(
        home: Path, truth: str = "lower", source: str = "demo", template: str = "T", **text: str
    ) -> EditionInputs:
        tables = frames.tables(truth, **text)
        (home / "lake").mkdir(parents=True, exist_ok=True)
        (home / "codebook").mkdir(exist_ok=True)
        (home / "codebook" / "dispositions.csv").write_text("label,group\nOTHER,other\n")
        features = frames.write_features(home / "lake", template=template)
        draw(home, tables, Stamp(frames.SNAPSHOT, source == "demo"))
        return EditionInputs(
            tables=tables,
            features=features,
            provenance=dict.fromkeys([*tables, *features], frames.SNAPSHOT),
            checks=[
                {"table": "raw/records", "name": "keys_unique", "passed": True, "severity": "ERROR"},
                {"table": "clean/records", "name": "labels_covered", "passed": False, "severity": "WARN"},
            ],
            source=SourceFacts(
                source,
                frames.SNAPSHOT,
                text.get("location", "crisis.csv"),
                "2026-11-22T11:00:00Z",
                "Public domain",
                110_000,
            ),
            code_version="0.1.0",
            fingerprint="fingerprint",
            built_at=datetime(2026, 11, 22, 4, 0),
            run_id="run-1",
            codebook=home / "codebook",
            truth=pd.DataFrame({"model": ["force"], "term": ["cit_certified"], "value": [-0.356674943938732]}),
        )

    return inputs_for


@pytest.fixture(scope="session")
def built(prepare: Prepare, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Editions to read and not to change, built once for each truth and source."""
    kept: dict[tuple[str, str], Path] = {}

    def edition_of(truth: str = "lower", source: str = "demo") -> Path:
        if (truth, source) not in kept:
            home = tmp_path_factory.mktemp("home")
            kept[truth, source] = build_edition(home, prepare(home, truth, source))
        return kept[truth, source]

    return edition_of
