"""The folder of a home: what lies where, to which source it belongs, and the key of its pseudonyms."""

import json
import os
import secrets
from pathlib import Path

from cit_platform.settings import REPOSITORY, Settings, SettingsError

# What holds badge numbers and birth dates is for its owner alone.
PRIVATE_FOLDERS = ("lake/raw", "archive", "quality", "spill")


def prepare_home(settings: Settings) -> None:
    """Create the home, bind it to its source at first use and link the instance's configuration into it.

    Raises:
        SettingsError: The home belongs to another source, or cannot be written.
    """
    home = settings.home
    try:
        home.mkdir(parents=True, exist_ok=True)
        _bind_to_source(home, settings.source)
        for private in PRIVATE_FOLDERS:
            (home / private).mkdir(mode=0o700, parents=True, exist_ok=True)
        settings.dagster_home.mkdir(exist_ok=True)
        _link(REPOSITORY / "dagster.yaml", settings.dagster_home / "dagster.yaml")
    except OSError as error:
        raise SettingsError(f"CIT_HOME={home}: {error.strerror}; choose a directory that can be written") from None
    os.environ["CIT_HOME"] = str(home)
    os.environ["DAGSTER_HOME"] = str(settings.dagster_home)


def _bind_to_source(home: Path, source: str) -> None:
    record = home / "home.json"
    if not record.exists():
        _write_whole(record, json.dumps({"source": source}))
    try:
        owner = json.loads(record.read_text())["source"]
    except (ValueError, KeyError):
        raise SettingsError(f"{record} is damaged; write {json.dumps({'source': source})} into it.") from None
    if owner != source:
        raise SettingsError(
            f"CIT_HOME={home} holds the tables of the source '{owner}', not '{source}'. "
            f"Use a home of its own: CIT_SOURCE={source} CIT_HOME={home.with_name(source)} make refresh"
        )


def _write_whole(path: Path, text: str, mode: int = 0o644) -> None:
    """Write a file that is there whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
        file.write(text)
    temporary.replace(path)


def _link(target: Path, link: Path) -> None:
    if link.is_symlink() and link.readlink() == target:
        return
    temporary = link.with_name(f".{link.name}.{os.getpid()}")
    temporary.symlink_to(target)
    temporary.replace(link)


def pseudonym_key(settings: Settings) -> bytes:
    """The key of the officers' pseudonyms: `CIT_PSEUDONYM_KEY`, else one generated once, readable by its owner only."""
    if settings.pseudonym_key is not None:
        return settings.pseudonym_key.get_secret_value().encode()
    path = settings.home / "pseudonym.key"
    if not path.exists():
        _write_whole(path, secrets.token_hex(32), mode=0o600)
    return path.read_text().strip().encode()
