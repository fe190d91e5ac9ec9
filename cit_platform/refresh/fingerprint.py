"""The fingerprint of the state that a refresh would bring about."""

import hashlib
import json
from dataclasses import replace

from cit_platform.code_version import code_version
from cit_platform.contracts.raw import RECORDS
from cit_platform.settings import Settings
from cit_platform.storage.archive import Archive
from cit_platform.storage.home_folder import HomeFolder
from cit_platform.storage.lake import Lake
from cit_platform.storage.provenance import Fingerprint
from cit_platform.storage.pseudonym_key import key_generation

LENGTH_OF_SOURCE_PART = 16


def current_fingerprint(settings: Settings, probed: str) -> Fingerprint:
    """What everything depends on now, when a probe of the source said `probed`."""
    return Fingerprint(probed[:LENGTH_OF_SOURCE_PART], code_version(), _settings_part(settings))


def with_current_code(fingerprint: Fingerprint | None, settings: Settings) -> Fingerprint:
    """The same state of the source under the code and settings that compute now."""
    return current_fingerprint(settings, fingerprint.source if fingerprint else "")


def canonical_source_version(home: HomeFolder, fingerprint: Fingerprint) -> Fingerprint:
    """The fingerprint with the source's part as the lake knows it.

    A source that was touched without a change has another part. Once its content has come under it, the part under
    which raw/records holds this content represents it.
    """
    last = Lake(home.path).last(RECORDS.path)
    if last is None:
        return fingerprint
    held = last.provenance
    received = {retrieval.fingerprint: retrieval.content_hash for retrieval in Archive(home.archive).log()}
    if held.fingerprint is None or received.get(fingerprint.source) != held.snapshot:
        return fingerprint
    return replace(fingerprint, source=held.fingerprint.source)


def _settings_part(settings: Settings) -> str:
    """The settings that change results, hashed; of the pseudonym key only how often the home was given one.

    Editions print it, so nothing in it may tell of the key. The default as-of date, today, is no part of it: an
    unchanged file need not be refreshed every night.
    """
    chosen = {
        "agency": settings.agency,
        "as_of": str(settings.as_of),
        "source": settings.source,
        "key": key_generation(settings),
    }
    return hashlib.sha256(json.dumps(chosen, sort_keys=True).encode()).hexdigest()[:8]
