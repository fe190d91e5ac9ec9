"""Stage published: one asset per chart, the page, and the edition that freezes them."""

import inspect
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from cit_platform.assets.table_asset import OWNER, Inputs, asset_key, inputs_of, user_errors_as_failures
from cit_platform.code_version import PACKAGE, code_version
from cit_platform.codebook.agency import agency_of
from cit_platform.contracts import features, models, quality, raw
from cit_platform.publishing.stamp import Stamp
from cit_platform.resources.home import Home
from cit_platform.storage.archive import Archive, worth_keeping
from cit_platform.storage.lake import LakeError, TableVersion, outdated

if TYPE_CHECKING:
    import pandas as pd

    from cit_platform.publishing.edition import EditionInputs

CODE = ["publishing", "contracts", "codebook"]
TABLES = (*(table.path for table in models.TABLES), *(table.path for table in quality.TABLES))
FEATURES = (features.RECORDS.path, features.CONTACTS.path)

Draw = Callable[[Inputs, Stamp], dict[str, Any]]


def published_properties(function: Callable[..., Any], kinds: set[str]) -> dict[str, Any]:
    """What every published asset tells the UI about itself."""
    return {
        "key_prefix": ["published"],
        "group_name": "published",
        "owners": [OWNER],
        "kinds": kinds,
        "code_version": code_version(*CODE),
        "description": inspect.getdoc(function),
    }


def chart_asset(*reads: str) -> Callable[[Draw], dg.AssetsDefinition]:
    """Turn a function from inputs to a Plotly figure into the asset of a chart, written with its snapshot's hash."""

    def build(draw: Draw) -> dg.AssetsDefinition:
        @dg.asset(
            name=draw.__name__, deps=[asset_key(path) for path in reads], **published_properties(draw, {"plotly"})
        )
        def asset(context: dg.AssetExecutionContext, home: Home) -> dg.MaterializeResult[None]:
            from cit_platform.publishing.figures import write_work_figure

            with user_errors_as_failures():
                inputs = inputs_of(context, home, reads)
                file = write_work_figure(home.path, draw.__name__, draw(inputs, stamp_of(inputs)))
                _drawn_from(file).write_text(json.dumps(inputs.provenance.inputs))
            return _result(inputs, file, {path: inputs.frame(path) for path in reads})

        assert isinstance(asset, dg.AssetsDefinition)
        return asset

    return build


def _drawn_from(figure: Path) -> Path:
    """Where a chart of this run notes the versions of the tables it shows; no part of an edition."""
    return figure.with_suffix(".inputs")


def stamp_of(inputs: Inputs) -> Stamp:
    return Stamp(inputs.provenance.snapshot, inputs.provenance.source == "demo")


def _result(inputs: Inputs, file: Path, shown: dict[str, "pd.DataFrame"]) -> "dg.MaterializeResult[None]":
    from cit_platform.assets.table_asset import frame_preview

    previews = "\n\n".join(f"**{path}**\n\n{frame_preview(frame)}" for path, frame in shown.items())
    return dg.MaterializeResult(
        metadata={
            "file": dg.MetadataValue.path(str(file)),
            "snapshot": inputs.provenance.snapshot,
            "preview": dg.MetadataValue.md(previews),
        }
    )


@chart_asset(models.ESTIMATES.path, quality.LEVELS.path)
def force_forest(inputs: Inputs, stamp: Stamp) -> dict[str, Any]:
    """Odds ratios of force on a log scale, with intervals and every reference named.

    For: seeing certification beside the nature of the call, and the published interval beside the clustered one.
    Not for: probabilities: an odds ratio of 2 is not twice as many contacts.
    """
    from cit_platform.publishing.disclosure import small_levels, withhold_small_levels
    from cit_platform.publishing.figures import force_forest as draw

    small = small_levels(inputs.frame(quality.LEVELS.path))
    return draw(withhold_small_levels(inputs.frame(models.ESTIMATES.path), small), stamp)


@chart_asset(models.LADDER.path)
def ladder(inputs: Inputs, stamp: Stamp) -> dict[str, Any]:
    """The association of certification with force asked ever more strictly, step by step with its interval.

    For: seeing which choice between the published analysis and ours moves the answer, and how far.
    Not for: picking one step: where the steps disagree, that is the finding.
    """
    from cit_platform.publishing.figures import force_ladder as draw

    return draw(inputs.frame(models.LADDER.path), stamp)


@chart_asset(models.DISPOSITION_SHARES.path)
def disposition_bars(inputs: Inputs, stamp: Stamp) -> dict[str, Any]:
    """How contacts end, by certification: grouped bars at contact level with intervals.

    For: a first look at the dispositions.
    Not for: comparing officers on equal calls; nothing is adjusted here.
    """
    from cit_platform.publishing.figures import disposition_bars as draw

    return draw(inputs.frame(models.DISPOSITION_SHARES.path), stamp)


@chart_asset(models.ABSOLUTE_RISK.path)
def adjusted_risk(inputs: Inputs, stamp: Stamp) -> dict[str, Any]:
    """Adjusted risks per 1,000 contacts with everyone and with no one certified.

    For: the size of an association in contacts.
    Not for: what would happen if officers were trained: these are associations.
    """
    from cit_platform.publishing.figures import adjusted_risk as draw

    return draw(inputs.frame(models.ABSOLUTE_RISK.path), stamp)


@chart_asset(quality.FLOW.path)
def exclusion_flow(inputs: Inputs, stamp: Stamp) -> dict[str, Any]:
    """From the records received to the contacts analysed, with every exclusion and its count.

    For: judging what the estimates rest on, as STROBE and RECORD ask.
    Not for: single records; those stand in clean/exclusions.
    """
    from cit_platform.publishing.figures import exclusion_flow as draw

    return draw(inputs.frame(quality.FLOW.path), stamp)


@chart_asset(quality.REVISIONS.path)
def revisions(inputs: Inputs, stamp: Stamp) -> dict[str, Any]:
    """What the city changed in records already published: added, removed, and changed by field, by age of the record.

    For: judging how settled the data are, and how far back a difference between two editions can come from old records.
    Not for: the growth of the data, and not for single records, which never leave raw/revisions.
    """
    from cit_platform.publishing.figures import revisions as draw

    return draw(inputs.frame(quality.REVISIONS.path), stamp)


CHARTS = [force_forest, ladder, disposition_bars, adjusted_risk, exclusion_flow, revisions]


PUBLISHED_FROM = [asset_key(path) for path in (*TABLES, *FEATURES)]


def current_inputs(context: dg.AssetExecutionContext, home: Home) -> Inputs:
    """All that is published, refused unless every table and chart follows from the current version of what it reads.

    Raises:
        LakeError: Something is older than its inputs, or was computed with other code or settings; it is named.
    """
    inputs = inputs_of(context, home, [*TABLES, *FEATURES])
    versions = home.lake.versions()
    stale = outdated(versions) or _of_other_code(versions, inputs) or _outdated_chart(home, versions)
    if stale:
        raise LakeError(f"No edition: {stale}. Materialise it and what follows from it, or refresh everything.")
    return inputs


def _of_other_code(versions: dict[str, TableVersion], inputs: Inputs) -> str | None:
    others = [
        path for path in inputs.versions if versions[path].provenance.fingerprint != inputs.provenance.fingerprint
    ]
    return f"{others[0]} was computed with other code, codebook or settings" if others else None


def _outdated_chart(home: Home, versions: dict[str, TableVersion]) -> str | None:
    from cit_platform.publishing.figures import CHARTS as NAMES
    from cit_platform.publishing.figures.work import work_directory

    for name in NAMES:
        note = _drawn_from(work_directory(home.path) / f"{name}.json")
        drawn_from = json.loads(note.read_text()) if note.exists() else {"its tables": None}
        for path, number in drawn_from.items():
            if path not in versions or versions[path].number != number:
                return f"published/{name} was drawn from another version of {path}"
    return None


def preview(context: dg.AssetExecutionContext, home: Home) -> "dg.MaterializeResult[None]":
    """The page as it will read: findings in words, charts with their tables, quality, limits, provenance.

    For: reading before it is frozen; open `published/work/index.html` in the home.
    Not for: citing: only an edition is kept.
    """
    from cit_platform.publishing.edition import preview_page

    with user_errors_as_failures():
        inputs = current_inputs(context, home)
        file = preview_page(home.path, _edition_inputs(inputs))
    return dg.MaterializeResult(
        metadata={"file": dg.MetadataValue.path(str(file)), "snapshot": inputs.provenance.snapshot}
    )


page = dg.asset(
    name="page",
    deps=[*PUBLISHED_FROM, *(chart.key for chart in CHARTS)],
    **published_properties(preview, {"html", "jinja"}),
)(preview)


def publish_edition(context: dg.AssetExecutionContext, home: Home) -> "dg.MaterializeResult[None]":
    """The edition: page, figures, tables, database and manifest of one snapshot, frozen; `latest` switches to it last.

    For: reading, citing, downloading.
    Not for: building on: analysts find the same tables, newer, in the lake.
    """
    from cit_platform.publishing.edition import build_edition
    from cit_platform.storage.manifest import read_manifest

    with user_errors_as_failures():
        inputs = current_inputs(context, home)
        edition = build_edition(home.path, _edition_inputs(inputs))
        pruned = prune_archive(home)
    if pruned:
        context.log.info(f"Removed from the archive: {', '.join(name[:12] for name in pruned)}")
    manifest = read_manifest(edition)
    return dg.MaterializeResult(
        metadata={
            "page": dg.MetadataValue.path(str(edition / "index.html")),
            "edition": edition.name,
            "confirmatory": manifest["confirmatory"],
            "rows_received": manifest["rows_received"],
            "rows_clean": manifest["rows_clean"],
            "rows_excluded": manifest["rows_excluded"],
            "findings": dg.MetadataValue.md(_findings_preview(edition)),
        }
    )


def prune_archive(home: Home) -> tuple[str, ...]:
    """Remove the snapshots that are older than the settings keep, that no edition names and no comparison needs."""
    from cit_platform.publishing.edition import list_editions

    archive = Archive(home.path / "archive")
    named = {str(manifest["snapshot"]) for manifest in list_editions(home.path)}
    oldest = home.settings.today() - timedelta(days=home.settings.retention_archive_days)
    compared = [home.lake.version(table.path).provenance.sequence for table in (raw.REVISIONS, raw.COMPARISONS)]
    return archive.prune(worth_keeping(archive.log(), named, oldest, min(compared)))


edition = dg.asset(
    name="edition",
    deps=[*PUBLISHED_FROM, *(chart.key for chart in CHARTS), page.key],
    **published_properties(publish_edition, {"html", "duckdb"}),
)(publish_edition)


def _edition_inputs(inputs: Inputs) -> "EditionInputs":
    from cit_platform.publishing.edition import EditionInputs, SourceFacts

    came_from, versions = inputs.provenance, inputs.versions
    return EditionInputs(
        tables={path: inputs.frame(path) for path in TABLES},
        features={path: [Path(file) for file in versions[path].files] for path in FEATURES},
        provenance={path: version.provenance.snapshot for path, version in versions.items()},
        checks=_checks(inputs),
        source=SourceFacts(
            name=came_from.source,
            snapshot=came_from.snapshot,
            location=came_from.location,
            retrieved_at=came_from.retrieved_at,
            licence=came_from.licence,
            rows_received=came_from.rows_received,
        ),
        code_version=came_from.code_version,
        fingerprint=str(came_from.fingerprint),
        built_at=datetime.now(agency_of(inputs.agency).time_zone),
        run_id=came_from.run_id,
        codebook=PACKAGE / "codebook" / inputs.agency,
        truth=_truth(inputs),
        agency=inputs.agency,
    )


def _checks(inputs: Inputs) -> list[dict[str, Any]]:
    """The audit of every approved table, as it stands with its commit."""
    return [
        {"table": path, "passed": check["status"] == "passed", **check}
        for path, version in inputs.home.lake.versions().items()
        for check in version.provenance.checks
    ]


def _truth(inputs: Inputs) -> "pd.DataFrame | None":
    if inputs.provenance.source != "demo":
        return None
    from cit_platform.demonstration.known_values import read_truth

    return read_truth()


def _findings_preview(edition: Path) -> str:
    import pandas as pd

    from cit_platform.assets.table_asset import frame_preview

    return frame_preview(pd.read_json(edition / "findings.json")[["what", "estimate", "interval", "words"]], rows=20)


ASSETS = [*CHARTS, page, edition]
