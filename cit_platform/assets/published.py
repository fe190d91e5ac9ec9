"""Stage published: one asset per topic, the page, and the edition that freezes them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from cit_platform.assets.inputs import Inputs
from cit_platform.assets.table_asset import asset_key, inputs_of
from cit_platform.assets.topic_asset import published_properties, topic_asset
from cit_platform.checks.check import ERROR
from cit_platform.checks.suites import SUITES
from cit_platform.code_version import PACKAGE
from cit_platform.codebook.agency import agency_of
from cit_platform.contracts import features, models, quality, raw
from cit_platform.publishing.contents import topic_names, topics
from cit_platform.refresh.rebuilding import rebuilding
from cit_platform.resources.failures import user_errors_as_failures
from cit_platform.resources.home import Home
from cit_platform.resources.run_tags import EDITION_TAG
from cit_platform.storage.archive import Archive, worth_keeping
from cit_platform.storage.editions import held_editions
from cit_platform.storage.lake import LakeError, TableVersion, outdated

if TYPE_CHECKING:
    import pandas as pd

    from cit_platform.publishing.edition import EditionInputs

TABLES = (*(table.path for table in models.TABLES), *(table.path for table in quality.TABLES))
FEATURES = (features.RECORDS.path, features.CONTACTS.path)

TOPICS = [topic_asset(topic) for topic in topics()]
PUBLISHED_FROM = [asset_key(path) for path in (*TABLES, *FEATURES)]


def current_inputs(context: dg.AssetExecutionContext, home: Home) -> Inputs:
    """All that is published, refused unless every table and topic follows from the current version of what it reads.

    Raises:
        LakeError: Something is older than its inputs, or was computed with other code or settings; it is named.
    """
    inputs = inputs_of(context, home, [*TABLES, *FEATURES])
    versions = home.lake.versions()
    stale = outdated(versions) or _of_other_code(versions, inputs) or _outdated_topics(home, versions)
    if stale:
        raise LakeError(f"No edition: {stale}. Materialise it and what follows from it, or refresh everything.")
    return inputs


def _of_other_code(versions: dict[str, TableVersion], inputs: Inputs) -> str | None:
    others = [
        path for path in inputs.versions if versions[path].provenance.fingerprint != inputs.provenance.fingerprint
    ]
    return f"{others[0]} was computed with other code, codebook or settings" if others else None


def _outdated_topics(home: Home, versions: dict[str, TableVersion]) -> str | None:
    from cit_platform.publishing.edition.work import older_tables, read_reports

    reports = read_reports(home.path, topic_names())
    found = []
    for name in topic_names():
        older = older_tables(reports[name], versions) if name in reports else ["its tables"]
        found += [f"published/{name} was made from another version of {path}" for path in older[:1]]
    return "; ".join(found) or None


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
    deps=[*PUBLISHED_FROM, *(topic.key for topic in TOPICS)],
    **published_properties(preview, {"html", "jinja"}),
)(preview)


def publish_edition(context: dg.AssetExecutionContext, home: Home) -> "dg.MaterializeResult[None]":
    """The edition: page, figures, tables, database and manifest of one snapshot, frozen; `latest` switches to it last.

    One whose headline changed its sign or left the interval of the edition in force is held until a person promotes it.

    For: reading, citing, downloading.
    Not for: building on: analysts find the same tables, newer, in the lake.
    """
    from cit_platform.publishing.edition import build_edition
    from cit_platform.storage.manifest import read_manifest

    with user_errors_as_failures():
        inputs = current_inputs(context, home)
        edition = build_edition(home.path, _edition_inputs(inputs))
        context.instance.add_run_tags(context.run.run_id, {EDITION_TAG: edition.name})
        pruned = prune_archive(home)
    if pruned:
        context.log.info(f"Removed from the archive: {', '.join(name[:12] for name in pruned)}")
    manifest = read_manifest(edition)
    return dg.MaterializeResult(
        metadata={
            "page": dg.MetadataValue.path(str(edition / "index.html")),
            "edition": edition.name,
            **_where_to_read(home, edition, manifest["volatile"]["held"]),
            "monthly": manifest["monthly"],
            "rows_received": manifest["rows_received"],
            "rows_clean": manifest["rows_clean"],
            "rows_excluded": manifest["rows_excluded"],
            "findings": dg.MetadataValue.md(_findings_preview(edition)),
        }
    )


def _where_to_read(home: Home, edition: Path, held: Sequence[str]) -> dict[str, Any]:
    if held:
        return {"held": f"{' '.join(held)} `cit editions promote {edition.name}` publishes it."}
    address = f"{home.settings.serve_url.rstrip('/')}/editions/{edition.name}/index.html"
    return {"open": dg.MetadataValue.url(address)}


def prune_archive(home: Home) -> tuple[str, ...]:
    """Remove the snapshots that are older than the settings keep, that no edition names and no comparison needs.

    None while an edition's manifest cannot be read: nobody knows which snapshot it names.
    """
    from cit_platform.publishing.edition import list_editions, unreadable_editions

    if unreadable_editions(home.path):
        return ()
    archive = Archive(home.path / "archive")
    named = {str(manifest["snapshot"]) for manifest in (*list_editions(home.path), *held_editions(home.path))}
    oldest = home.settings.today() - timedelta(days=home.settings.retention_archive_days)
    compared = [home.lake.version(table.path).provenance.sequence for table in (raw.REVISIONS, raw.COMPARISONS)]
    return archive.prune(worth_keeping(archive.log(), named, oldest, min(compared)))


edition = dg.asset(
    name="edition",
    deps=[*PUBLISHED_FROM, *(topic.key for topic in TOPICS), page.key],
    **published_properties(publish_edition, {"html", "duckdb"}),
)(publish_edition)


def _edition_inputs(inputs: Inputs) -> "EditionInputs":
    from cit_platform.publishing.edition import EditionInputs
    from cit_platform.publishing.parts.changes import read_changes

    versions = inputs.home.lake.versions()
    checks, rebuilt = _checks(versions), rebuilding(inputs.home.folder)
    now = datetime.now(agency_of(inputs.agency).time_zone)
    return EditionInputs(
        tables={path: inputs.frame(path) for path in TABLES},
        features={path: [Path(file) for file in inputs.versions[path].files] for path in FEATURES},
        snapshots={path: version.provenance.snapshot for path, version in inputs.versions.items()},
        n_rows={path: version.n_rows for path, version in versions.items()},
        checks=checks,
        origin=replace(
            inputs.provenance,
            accepted=_accepted(inputs, checks),
            engine=versions[features.CONTACTS.path].provenance.engine,
        ),
        built_at=datetime.fromisoformat(rebuilt.built_at) if rebuilt else now,
        codebook=PACKAGE / "codebook" / inputs.agency,
        truth=_truth(inputs),
        agency=inputs.agency,
        edition=rebuilt.edition if rebuilt else None,
        monthly=rebuilt.monthly if rebuilt else None,
        changes=read_changes(Path(rebuilt.changes)) if rebuilt else None,
    )


def _accepted(inputs: Inputs, checks: list[dict[str, Any]]) -> tuple[str, ...]:
    """The changes that an operator let through: with the snapshot, or past a check that blocks otherwise."""
    failed = {(check["table"], check["name"]) for check in checks if not check["passed"]}
    past_checks = {
        check.accepted_by
        for path, suite in SUITES.items()
        for check in suite
        if check.accepted_by and check.rule is ERROR and (path, check.name) in failed
    }
    return tuple(sorted({*inputs.provenance.accepted, *past_checks}))


def _checks(versions: dict[str, TableVersion]) -> list[dict[str, Any]]:
    """The audit of every approved table, as it stands with its commit."""
    return [
        {"table": path, "passed": check["status"] == "passed", **check}
        for path, version in versions.items()
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


ASSETS = [*TOPICS, page, edition]
