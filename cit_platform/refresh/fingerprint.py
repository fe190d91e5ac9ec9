"""The fingerprint of everything a result depends on: source, code and codebook, settings."""

import hashlib
import hmac
import json
from pathlib import Path

from cit_platform.code_version import code_version
from cit_platform.contracts.raw import RECORDS
from cit_platform.settings import Settings
from cit_platform.sources.snapshot import Source
from cit_platform.storage.archive import Archive
from cit_platform.storage.home_folder import pseudonym_key
from cit_platform.storage.lake import Lake


def fingerprint(settings: Settings, source: Source) -> str:
    """What a result depends on, in three parts: `<source>.<code and codebook>.<settings>`."""
    return f"{source.fingerprint()[:16]}.{computing_part(settings)}"


def settled(home: Path, part: str) -> str:
    """The source's part of a fingerprint, as the lake knows it.

    A source that was touched without a change has another fingerprint. Once its content has come under it, the part
    under which raw/records holds this content stands for it.
    """
    lake = Lake(home)
    if not lake.exists(RECORDS.path):
        return part
    held = lake.version(RECORDS.path).provenance
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
