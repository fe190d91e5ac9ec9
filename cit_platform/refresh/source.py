"""The source that the settings name, with what is known of its last snapshot."""

from typing import TYPE_CHECKING

from cit_platform.contracts.raw import RECORDS
from cit_platform.settings import Settings
from cit_platform.sources.snapshot import Source
from cit_platform.storage.lake import Lake

if TYPE_CHECKING:
    from cit_platform.sources.socrata.source import SocrataSource


def source_of(settings: Settings, accept: frozenset[str] = frozenset()) -> Source:
    """The source that `CIT_SOURCE` names, not yet read; `accept` are the changes that it lets through."""
    if settings.source == "demo":
        from cit_platform.sources.demo.source import DemoSource

        return DemoSource(seed=settings.demo_seed, rows=settings.demo_rows, as_of=settings.today())
    if settings.source == "socrata":
        return live_source(settings, accept)
    from cit_platform.sources.file import FileSource

    assert settings.source_path is not None
    return FileSource(settings.source_path, settings.memory_limit)


def live_source(settings: Settings, accept: frozenset[str] = frozenset()) -> "SocrataSource":
    """The live source, not yet read, with what is known of its last snapshot."""
    from cit_platform.sources.socrata.source import SocrataSource

    lake = Lake(settings.home)
    last = lake.version(RECORDS.path).provenance if lake.exists(RECORDS.path) else None
    return SocrataSource(
        tuple(url.strip() for url in settings.socrata_url.split(",") if url.strip()),
        settings.socrata_dataset,
        settings.socrata_app_token,
        previous_rows=last.rows_received if last else None,
        previous_templates=last.templates_received if last else None,
        today=settings.today(),
        memory_limit=settings.memory_limit,
        accept=accept,
    )
