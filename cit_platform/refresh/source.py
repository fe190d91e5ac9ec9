"""The source that the settings name, with what is known of its last snapshot."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cit_platform.contracts.raw import RECORDS
from cit_platform.errors import UserError
from cit_platform.refresh.rebuilding import ArchivedSource, rebuilding
from cit_platform.settings import Settings
from cit_platform.sources.change import NOT_KNOWN, Size
from cit_platform.sources.snapshot import Source
from cit_platform.storage.home_folder import HomeFolder
from cit_platform.storage.lake import Lake
from cit_platform.storage.manifest import read_manifest

if TYPE_CHECKING:
    from cit_platform.sources.socrata.source import SocrataSource


def source_of(settings: Settings, accept: frozenset[str] = frozenset()) -> Source:
    """The source that `CIT_SOURCE` names, not yet read; changes with the codes of `accept` are let through.

    Of a home that rebuilds an edition it is the archived snapshot.
    """
    rebuilt = rebuilding(HomeFolder(settings.home))
    if rebuilt:
        return ArchivedSource(rebuilt)
    if settings.source == "demo":
        from cit_platform.sources.demo.source import DemoSource

        return DemoSource(seed=settings.demo_seed, rows=settings.demo_rows, as_of=settings.today())
    if settings.source == "socrata":
        return live_source(settings, accept)
    from cit_platform.sources.file import FileSource

    assert settings.source_path is not None
    return FileSource(settings.source_path, settings.memory_limit, last_size(settings.home), accept)


def live_source(settings: Settings, accept: frozenset[str] = frozenset()) -> "SocrataSource":
    """The live source, not yet read; see `source_of`."""
    from cit_platform.sources.socrata.source import SocrataSource

    last = last_size(settings.home)
    return SocrataSource(
        tuple(url.strip() for url in settings.socrata_url.split(",") if url.strip()),
        settings.socrata_dataset,
        settings.socrata_app_token,
        previous_rows=last.rows,
        previous_templates=last.templates,
        today=settings.today(),
        memory_limit=settings.memory_limit,
        accept=accept,
    )


def last_size(home: Path) -> Size:
    """The size of the snapshot that the edition in force is of; not known before the first edition.

    A snapshot that never became an edition is no measure of the next one: of the tables it may be the last all the
    same, and then only the manifest tells how many rows the edition's had.
    """
    latest = HomeFolder(home).latest
    if not latest.exists():
        return NOT_KNOWN
    last, manifest = Lake(home).last(RECORDS.path), _manifest(latest)
    if last is not None and last.provenance.snapshot == manifest.get("snapshot", last.provenance.snapshot):
        return Size(last.provenance.rows_received, last.provenance.templates_received)
    return Size(manifest["rows_received"]) if manifest else NOT_KNOWN


def _manifest(edition: Path) -> dict[str, Any]:
    """The manifest of an edition; empty where it is damaged, for then a new edition is due."""
    try:
        return read_manifest(edition)
    except UserError:
        return {}
