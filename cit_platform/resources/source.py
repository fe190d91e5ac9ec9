"""The source that the settings name, and the fingerprint of everything a result depends on."""

import hashlib
import hmac
import json

from cit_platform.code_version import code_version
from cit_platform.contracts.raw import RECORDS
from cit_platform.resources.lake import Lake
from cit_platform.settings import Settings, pseudonym_key
from cit_platform.sources.snapshot import Source

RAW = RECORDS.path


def source_of(settings: Settings) -> Source:
    """The source that `CIT_SOURCE` names, not yet read."""
    if settings.source == "demo":
        from cit_platform.sources.demo.source import DemoSource

        return DemoSource(seed=settings.demo_seed, rows=settings.demo_rows, as_of=settings.today())
    if settings.source == "socrata":
        from cit_platform.sources.socrata.source import SocrataSource

        urls = tuple(url.strip() for url in settings.socrata_url.split(",") if url.strip())
        lake = Lake(settings.home)
        received = lake.version(RAW).provenance.rows_received if lake.exists(RAW) else None
        return SocrataSource(urls, settings.socrata_dataset, settings.socrata_app_token, previous_rows=received)
    from cit_platform.sources.file import FileSource

    assert settings.source_path is not None
    return FileSource(settings.source_path)


def fingerprint(settings: Settings, source: Source) -> str:
    """What a result depends on, in three parts: `<source>.<code and codebook>.<settings>`."""
    return f"{source.fingerprint()[:16]}.{computing_part(settings)}"


def computing_part(settings: Settings) -> str:
    """The parts of a fingerprint that do not need the source: `<code and codebook>.<settings>`.

    The default as-of date, today, is no part of it: an unchanged file need not be refreshed every night.
    """
    key = hmac.new(pseudonym_key(settings), b"fingerprint", hashlib.sha256).hexdigest()
    chosen = {"agency": settings.agency, "as_of": str(settings.as_of), "source": settings.source, "key": key}
    digest = hashlib.sha256(json.dumps(chosen, sort_keys=True).encode()).hexdigest()
    return f"{code_version()}.{digest[:8]}"
