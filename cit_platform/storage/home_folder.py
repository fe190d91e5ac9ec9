"""The folder of a home: what lies where, to which source it belongs, and the key of its pseudonyms."""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cit_platform.settings import REPOSITORY, Settings, SettingsError
from cit_platform.storage.files import link_whole, write_whole


@dataclass(frozen=True)
class HomeFolder:
    """The paths of a home."""

    path: Path

    @property
    def lake(self) -> Path:
        """Delta tables, `<schema>/<table>`."""
        return self.path / "lake"

    @property
    def archive(self) -> Path:
        """Every approved snapshot once, and the log of when it came."""
        return self.path / "archive"

    @property
    def data_docs(self) -> Path:
        """Great Expectations' pages; private, for they show failing values."""
        return self.path / "quality"

    @property
    def spill(self) -> Path:
        """What the engine writes beside memory; empty between runs."""
        return self.path / "spill"

    @property
    def fetched(self) -> Path:
        """Where the source writes its snapshot before it is archived."""
        return self.spill / "fetched"

    @property
    def published(self) -> Path:
        """Editions, and the parts of the current one."""
        return self.path / "published"

    @property
    def work(self) -> Path:
        """The parts of which the current run's page and edition are put together."""
        return self.published / "work"

    @property
    def editions(self) -> Path:
        """One folder per edition."""
        return self.published / "editions"

    @property
    def latest(self) -> Path:
        """The link to the edition in force."""
        return self.published / "latest"

    @property
    def private(self) -> tuple[Path, ...]:
        """What holds badge numbers and birth dates, for its owner alone."""
        return (self.lake / "raw", self.archive, self.data_docs, self.spill)


def prepare_home(settings: Settings) -> HomeFolder:
    """Create the home, bind it to its source at first use and give its Dagster instance a configuration.

    Raises:
        SettingsError: The home belongs to another source, or cannot be written; the instance's configuration is a link
            that leads nowhere.
    """
    home = HomeFolder(settings.home)
    try:
        home.path.mkdir(parents=True, exist_ok=True)
        _bind_to_source(home.path, settings.source)
        for folder in home.private:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"CIT_HOME={home.path}: {error.strerror}; choose a directory that can be written") from None
    _prepare_instance(settings.dagster_home)
    os.environ["CIT_HOME"] = str(home.path)
    os.environ["DAGSTER_HOME"] = str(settings.dagster_home)
    return home


def _prepare_instance(folder: Path) -> None:
    """Link the repository's `dagster.yaml` where there is none; an operator's own, a file or a link, is kept."""
    configuration = folder / "dagster.yaml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if configuration.exists():
            return
        if configuration.is_symlink():
            raise SettingsError(
                f"{configuration} is a link to {configuration.readlink()}, which is not there; Dagster would begin "
                "another history. Put that file back, or remove the link: the platform's own takes its place."
            )
        link_whole(REPOSITORY / "dagster.yaml", configuration)
    except OSError as error:
        raise SettingsError(f"DAGSTER_HOME={folder}: {error.strerror}; choose one that can be written") from None


def _bind_to_source(home: Path, source: str) -> None:
    record = home / "home.json"
    if not record.exists():
        write_whole(record, json.dumps({"source": source}))
    try:
        owner = json.loads(record.read_text())["source"]
    except (ValueError, KeyError):
        raise SettingsError(f"{record} is damaged; write {json.dumps({'source': source})} into it.") from None
    if owner != source:
        raise SettingsError(
            f"CIT_HOME={home} holds the tables of the source '{owner}', not '{source}'. "
            f"Use a home of its own: CIT_SOURCE={source} CIT_HOME={home.with_name(source)} make refresh"
        )


def pseudonym_key(settings: Settings) -> bytes:
    """The key of the officers' pseudonyms: `CIT_PSEUDONYM_KEY`, else one generated once, readable by its owner only."""
    if settings.pseudonym_key is not None:
        return settings.pseudonym_key.get_secret_value().encode()
    path = settings.home / "pseudonym.key"
    if not path.exists():
        write_whole(path, secrets.token_hex(32), mode=0o600)
    return path.read_text().strip().encode()
