"""The key of the officers' pseudonyms: where it lies, and how a home knows that it is still the same."""

import hashlib
import hmac
import secrets
from pathlib import Path
from typing import Any

from cit_platform.contracts import TABLES
from cit_platform.contracts.clean import RECORDS as CLEAN
from cit_platform.contracts.raw import RECORDS as RAW
from cit_platform.settings import SHORTEST_KEY, Settings, SettingsError
from cit_platform.storage.files import write_whole
from cit_platform.storage.home_folder import HomeFolder, home_record, write_home_record
from cit_platform.storage.lake import Lake

RECORD = "pseudonym_key"
WAY_OUT = (
    "Put the saved key back: cit key restore FILE. If it is lost for good: cit key new; every officer then has another "
    "pseudonym, histories before and after do not join, and the next refresh recomputes everything."
)


def pseudonym(number: str, key: bytes) -> str:
    """HMAC-SHA-256 (RFC 2104) of an officer's number with its blanks folded, in 64 hexadecimal digits."""
    return hmac.new(key, " ".join(number.split()).encode(), hashlib.sha256).hexdigest()


def pseudonym_key(settings: Settings) -> bytes:
    """The home's key: `CIT_PSEUDONYM_KEY`, else that of its file; nothing is written.

    Raises:
        SettingsError: There is none, it is too short, or it is not the one whose hash the home holds.
    """
    key = _given(settings)
    if key is None:
        raise SettingsError(
            f"The home {settings.home} has no pseudonym key: {key_file(settings)} is missing, and CIT_PSEUDONYM_KEY is "
            f"not set. {WAY_OUT}"
        )
    if not _is_of_the_home(settings, key):
        raise SettingsError(
            f"{_origin(settings)} is not the pseudonym key of the home {settings.home}: its tables were computed with "
            f"another one. {WAY_OUT}"
        )
    return key


def demand_key(settings: Settings) -> None:
    """Refuse a home that has tables and not their key, as `pseudonym_key` does; a new home needs none yet."""
    if _given(settings) is not None or not _is_new(settings):
        pseudonym_key(settings)


def establish_key(settings: Settings) -> None:
    """Make the key of a new home, and note its hash where the home has none; the caller holds the lock.

    A home of before November 2026 has no hash: there the key is held against the tables themselves.

    Raises:
        SettingsError: See `pseudonym_key`.
    """
    if _given(settings) is None and _is_new(settings):
        _write_key(settings, secrets.token_hex(32))
    key = pseudonym_key(settings)
    if not _recorded(settings):
        _note(settings, key, key_generation(settings))


def new_key(settings: Settings) -> Path | None:
    """Give the home another key: `CIT_PSEUDONYM_KEY` where it is set, else a random one; the caller holds the lock.

    Returns:
        Where the former key is kept, if it stood in the home's file.

    Raises:
        SettingsError: `CIT_PSEUDONYM_KEY` is the home's key already.
    """
    generation = key_generation(settings)
    if settings.pseudonym_key is not None:
        key = settings.pseudonym_key.get_secret_value().encode()
        if _recorded(settings) and _is_of_the_home(settings, key):
            raise SettingsError("CIT_PSEUDONYM_KEY is the key of this home already; set another one, or unset it.")
        _note(settings, key, generation + 1)
        return None
    former, text = _set_aside(key_file(settings)), secrets.token_hex(32)
    _write_key(settings, text)
    _note(settings, text.encode(), generation + 1)
    return former


def restore_key(settings: Settings, saved: Path) -> None:
    """Put a saved key back as the home's file; the caller holds the lock.

    Raises:
        SettingsError: It is not the key of the home's tables, or `CIT_PSEUDONYM_KEY` would be used instead of it.
    """
    if settings.pseudonym_key is not None:
        raise SettingsError("CIT_PSEUDONYM_KEY is set, and is used instead of the home's file: unset it first.")
    text = _text_of(saved)
    if text is None:
        raise SettingsError(f"There is no file {saved}; give the one in which the key was saved.")
    _demand_length(text, str(saved))
    key = text.encode()
    if not _is_of_the_home(settings, key):
        raise SettingsError(
            f"{saved} does not hold the pseudonym key of the home {settings.home}: its tables were computed with "
            "another one, and nothing was changed. To use it all the same, set CIT_PSEUDONYM_KEY to it and say "
            "cit key new: everything is recomputed with it."
        )
    if _text_of(key_file(settings)) != text:
        _set_aside(key_file(settings))
        _write_key(settings, text)
    if not _recorded(settings):
        _note(settings, key, key_generation(settings))


def key_generation(settings: Settings) -> int:
    """How often the home was given a key: a part of the fingerprint that says nothing of the key itself."""
    return int(_recorded(settings).get("generation", 1))


def key_file(settings: Settings) -> Path:
    """The file of the home's key, readable by its owner only; unused where `CIT_PSEUDONYM_KEY` is set."""
    return settings.home / "pseudonym.key"


def _given(settings: Settings) -> bytes | None:
    """The key as it is given, long enough, and not yet compared; None where there is none."""
    if settings.pseudonym_key is not None:
        # Its length is held by the settings.
        return settings.pseudonym_key.get_secret_value().encode()
    text = _text_of(key_file(settings))
    if text is None:
        return None
    _demand_length(text, str(key_file(settings)), WAY_OUT)
    return text.encode()


def _text_of(file: Path) -> str | None:
    try:
        return file.read_bytes().decode("utf-8", "replace").strip()
    except FileNotFoundError:
        return None


def _demand_length(text: str, origin: str, way_out: str = "Nothing was changed.") -> None:
    if len(text) < SHORTEST_KEY:
        held = f"a pseudonym key of {len(text)} characters" if text else "no pseudonym key: it is empty"
        raise SettingsError(
            f"{origin} holds {held}. With fewer than {SHORTEST_KEY} characters, whoever has the public badge numbers "
            f"could guess it. {way_out}"
        )


def _origin(settings: Settings) -> str:
    return "CIT_PSEUDONYM_KEY" if settings.pseudonym_key is not None else str(key_file(settings))


def _set_aside(file: Path) -> Path | None:
    """Keep a key that is replaced under the next free number; None where there is no file."""
    if not file.exists():
        return None
    number = 1
    while (former := file.with_name(f"{file.name}.{number}")).exists():
        number += 1
    return file.rename(former)


def _write_key(settings: Settings, text: str) -> None:
    write_whole(key_file(settings), text, mode=0o600)


def _is_new(settings: Settings) -> bool:
    """Whether the home neither holds a table nor was given a key."""
    lake = Lake(settings.home)
    return not _recorded(settings) and not any(lake.exists(path) for path in TABLES)


def _recorded(settings: Settings) -> dict[str, Any]:
    """What the home holds of its key: salt, hash, generation; empty in a home that has no hash yet."""
    found = home_record(HomeFolder(settings.home)).get(RECORD, {})
    return found if isinstance(found, dict) and {"salt", "hash"} <= found.keys() else {}


def _note(settings: Settings, key: bytes, generation: int) -> None:
    home, salt = HomeFolder(settings.home), secrets.token_hex(16)
    noted = {"generation": generation, "salt": salt, "hash": _hash(key, salt)}
    write_home_record(home, {**home_record(home), RECORD: noted})


def _hash(key: bytes, salt: str) -> str:
    """Slow on purpose: who reads the home and not the key's file has no use of guessing."""
    return hashlib.scrypt(key, salt=salt.encode(), n=2**14, r=8, p=1, dklen=32).hex()


def _is_of_the_home(settings: Settings, key: bytes) -> bool:
    noted = _recorded(settings)
    if noted:
        return hmac.compare_digest(str(noted["hash"]), _hash(key, str(noted["salt"])))
    return _is_of_the_tables(Lake(settings.home), key)


def _is_of_the_tables(lake: Lake, key: bytes) -> bool:
    """Whether clean/records has the pseudonyms that the key gives; nothing contradicts a key before there are any."""
    if not (lake.exists(RAW.path) and lake.exists(CLEAN.path)):
        return True
    numbers = lake.frame(RAW.path, ["officer_id"])["officer_id"].dropna().unique()
    keys = set(lake.frame(CLEAN.path, ["officer_key"])["officer_key"].dropna())
    computed = {pseudonym(number, key) for number in numbers}
    return not keys or not computed or bool(keys & computed)
