"""Stage raw: the city's records as they were received, in canonical text."""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import dagster as dg

from cit_platform.assets.comparison import comparison
from cit_platform.assets.inputs import Inputs
from cit_platform.assets.spd_crisis_data import READ_VERSION_TAG, reading_events, spd_crisis_data
from cit_platform.assets.table_asset import (
    AssetEvents,
    asset_key,
    asset_properties,
    commit_audited,
    stage_and_audit,
    table_asset,
)
from cit_platform.checks.context import ReceivedDescription
from cit_platform.code_version import code_version
from cit_platform.codebook.vocabulary import coded_labels, vocabulary_of
from cit_platform.contracts import raw
from cit_platform.engine.query import Query
from cit_platform.refresh.due import reason_to_refresh
from cit_platform.refresh.fingerprint import current_fingerprint, with_current_code
from cit_platform.refresh.source import source_of
from cit_platform.resources.failures import user_errors_as_failures
from cit_platform.resources.home import Home
from cit_platform.resources.run_tags import ends_at_same_content, snapshot_tags
from cit_platform.sources.snapshot import Snapshot
from cit_platform.storage.archive import Archive
from cit_platform.storage.provenance import Fingerprint, Provenance

# Where Dagster warns of each check that is skipped with its asset: a hundred lines that say nothing.
DAGSTERS_PLAN = "dagster._core.execution.plan.active"


def _provenance(
    context: dg.AssetExecutionContext, snapshot: Snapshot, as_of: date, fingerprint: Fingerprint
) -> Provenance:
    return Provenance(
        snapshot=snapshot.content_hash,
        source=snapshot.source,
        location=snapshot.location,
        retrieved_at=snapshot.retrieved_at,
        licence=snapshot.licence,
        as_of=as_of,
        rows_received=snapshot.n_records,
        templates_received=snapshot.n_templates,
        fingerprint=fingerprint,
        run_id=context.run.run_id,
        code_version=code_version(),
        accepted=snapshot.accepted,
    )


def _received_description(home: Home, archive: Archive, snapshot: Snapshot) -> ReceivedDescription:
    """The labels and the description that came with a snapshot, beside those of the one that raw/records holds."""
    vocabulary = vocabulary_of(home.settings.agency)
    last = home.lake.last(raw.RECORDS.path)
    entries = {entry.content_hash: entry for entry in archive.list()}
    before = entries.get(last.provenance.snapshot) if last else None
    return ReceivedDescription(
        labels=coded_labels([snapshot.records], vocabulary),
        description=json.loads(snapshot.metadata.read_text(encoding="utf-8")) if snapshot.metadata else None,
        labels_before=coded_labels(last.files, vocabulary) if last else None,
        description_before=before.metadata if before else None,
        empty=snapshot.empty,
        hour_unknown=snapshot.hour_unknown,
        unread=snapshot.unread,
        unknown_columns=snapshot.unknown_columns,
    )


@dg.asset(
    name=raw.RECORDS.name,
    deps=[spd_crisis_data],
    # Without an output Dagster skips all that follows.
    output_required=False,
    **asset_properties(raw.RECORDS, ["sources"], {"python"}),
)
def records(context: dg.AssetExecutionContext, home: Home) -> AssetEvents:
    """The current snapshot of the source, in canonical text: 25 fields as the city prints them, nothing judged.

    For: seeing exactly what was received; every later stage starts here. Each approved snapshot goes to the archive;
    one that is there already, with all that follows from it, is noted in its log and recomputes nothing, unless
    somebody asks for it by hand.
    Not for: counting. A row is one template and one disposition, and it holds badge numbers and birth dates.
    """
    with user_errors_as_failures():
        source = source_of(home.settings, frozenset(home.accept))
        fingerprint = current_fingerprint(home.settings, source.fingerprint())
        home.folder.fetched.mkdir(parents=True)
        snapshot = source.fetch(home.folder.fetched)
        archive = Archive(home.folder.archive)
        # Asked before the archive notes what the source says now.
        received = _received_description(home, archive, snapshot)
        # A snapshot is sorted by its record ids.
        query = Query("select * from session.records", {"session.records": [snapshot.records]}, ordered=True)
        provenance = _provenance(context, snapshot, home.settings.today(), fingerprint)
        context.instance.add_run_tags(context.run.run_id, snapshot_tags(provenance))
        audited = yield from stage_and_audit(home, raw.RECORDS, query, provenance, received)
        held = _held(home)
        entry = archive.keep(snapshot, fingerprint.source, after=held.sequence if held else 0)
        provenance = replace(provenance, sequence=entry.sequence)
        if held and _is_all_there(home, held, snapshot):
            if ends_at_same_content(context.run) and not home.force:
                audited.staged.discard()
                yield from _same_content(context, held)
                return
            # As the snapshot that is there: what is computed anew by hand makes nothing else due.
            provenance = replace(held, run_id=context.run.run_id)
        read = _version_read(provenance)
        yield from commit_audited(context, home, audited, provenance, tags={READ_VERSION_TAG: read})
        yield from reading_events(read, context.instance)


def _same_content(context: dg.AssetExecutionContext, held: Provenance) -> Iterator[dg.AssetObservation]:
    """What is said instead of a new version; Dagster then skips all that follows."""
    same = f"same content as snapshot {held.snapshot[:8]} of {held.retrieved_at}: nothing recomputed"
    yield dg.AssetObservation(asset_key(raw.RECORDS.path), description=same)
    yield from reading_events(_version_read(held), context.instance)
    logging.getLogger(DAGSTERS_PLAN).addFilter(_is_no_skipped_check)


def _version_read(provenance: Provenance) -> str:
    """The version of the source that a snapshot is of, as its observations name it."""
    return provenance.fingerprint.source if provenance.fingerprint else ""


def _is_no_skipped_check(line: logging.LogRecord) -> bool:
    return "emitted no result in step" not in line.getMessage()


def _held(home: Home) -> Provenance | None:
    """Where the records come from that raw/records holds; None before the first, and where it is damaged."""
    last = home.lake.last(raw.RECORDS.path)
    return last.provenance if last else None


def _is_all_there(home: Home, held: Provenance, snapshot: Snapshot) -> bool:
    """Whether the lake holds this content and, with the edition, all that follows from it in this code and settings."""
    current = with_current_code(held.fingerprint, home.settings)
    return held.snapshot == snapshot.content_hash and reason_to_refresh(home.folder, current) is None


CODE = ["transforms/raw", "codebook"]
KINDS = {"duckdb", "sql"}


@table_asset(raw.REVISIONS, reads=[raw.RECORDS.path], code=CODE, kinds=KINDS)
def revisions(inputs: Inputs) -> Query:
    """What the publisher changed in templates already published: records added, removed, fields changed.

    For: knowing how final a record is, and which of last night's differences came from old records.
    Not for: the growth of the data: new templates are no revisions, nor is a respelling that means the same.
    """
    return comparison(raw.REVISIONS, inputs)


@table_asset(raw.COMPARISONS, reads=[raw.RECORDS.path], code=CODE, kinds=KINDS)
def comparisons(inputs: Inputs) -> Query:
    """Which snapshots were compared with the last edition's, and what the later one only prints otherwise.

    For: since when revisions are watched, and on which night the publisher changed its coding.
    Not for: single records; the archive keeps the snapshots themselves.
    """
    return comparison(raw.COMPARISONS, inputs)


ASSETS = [records, revisions, comparisons]
