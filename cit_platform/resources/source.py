"""The source that the settings name, and the fingerprint of everything a result depends on."""

import hashlib
import hmac
import json
from pathlib import Path
from typing import TYPE_CHECKING

from cit_platform.code_version import code_version
from cit_platform.contracts.raw import RECORDS
from cit_platform.resources.lake import Lake
from cit_platform.settings import Settings, pseudonym_key
from cit_platform.sources.archive import Archive
from cit_platform.sources.snapshot import Source

if TYPE_CHECKING:
    from cit_platform.sources.socrata.source import SocrataSource

RAW = RECORDS.path


def source_of(settings: Settings) -> Source:
    """The source that `CIT_SOURCE` names, not yet read."""
    if settings.source == "demo":
        from cit_platform.sources.demo.source import DemoSource

        return DemoSource(seed=settings.demo_seed, rows=settings.demo_rows, as_of=settings.today())
    if settings.source == "socrata":
        return live_source(settings)
    from cit_platform.sources.file import FileSource

    assert settings.source_path is not None
    return FileSource(settings.source_path)


def live_source(settings: Settings) -> "SocrataSource":
    """The live source, not yet read, with what is known of its last snapshot."""
    from cit_platform.sources.socrata.source import SocrataSource

    lake = Lake(settings.home)
    last = lake.version(RAW).provenance if lake.exists(RAW) else None
    return SocrataSource(
        tuple(url.strip() for url in settings.socrata_url.split(",") if url.strip()),
        settings.socrata_dataset,
        settings.socrata_app_token,
        previous_rows=last.rows_received if last else None,
        previous_templates=last.templates_received if last else None,
        today=settings.today(),
    )


def fingerprint(settings: Settings, source: Source) -> str:
    """What a result depends on, in three parts: `<source>.<code and codebook>.<settings>`."""
    return f"{source.fingerprint()[:16]}.{computing_part(settings)}"


def settled(home: Path, part: str) -> str:
    """The source's part of a fingerprint, as the lake knows it.

    A source that was touched without a change has another fingerprint. Once its content has come under it, the part
    under which raw/records holds this content stands for it.
    """
    lake = Lake(home)
    if not lake.exists(RAW):
        return part
    held = lake.version(RAW).provenance
    arrived = {sighting.fingerprint: sighting.content_hash for sighting in Archive(home / "archive").log()}
    return held.fingerprint.split(".")[0] if arrived.get(part) == held.snapshot else part


def computing_part(settings: Settings) -> str:
    """The parts of a fingerprint that do not need the source: `<code and codebook>.<settings>`.

    The default as-of date, today, is no part of it: an unchanged file need not be refreshed every night.
    """
    key = hmac.new(pseudonym_key(settings), b"fingerprint", hashlib.sha256).hexdigest()
    chosen = {"agency": settings.agency, "as_of": str(settings.as_of), "source": settings.source, "key": key}
    digest = hashlib.sha256(json.dumps(chosen, sort_keys=True).encode()).hexdigest()
    return f"{code_version()}.{digest[:8]}"
