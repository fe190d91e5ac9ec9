"""The folder of a home: what lies where, and what the home says of itself."""

import contextlib
import json
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cit_platform.codebook.agency import DEFAULT_AGENCY
from cit_platform.errors import paragraph_of
from cit_platform.settings import REPOSITORY, Settings, SettingsError
from cit_platform.storage.files import link_whole, write_whole

# What a file's mode may grant to its group and to everybody.
OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True)
class HomeFolder:
    """The paths of a home."""

    path: Path

    @property
    def record(self) -> Path:
        """What the home says of itself: see `home_record`."""
        return self.path / "home.json"

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
    def held(self) -> Path:
        """Editions that are built and not published: a person decides."""
        return self.published / "held"

    @property
    def latest(self) -> Path:
        """The link to the edition in force."""
        return self.published / "latest"

    @property
    def private(self) -> tuple[Path, ...]:
        """What holds badge numbers and birth dates, for its owner alone."""
        return (self.lake / "raw", self.archive, self.data_docs, self.spill)


def prepare_home(settings: Settings) -> HomeFolder:
    """Create the home, bind it to its source and agency at first use and give its Dagster instance a configuration.

    Raises:
        SettingsError: The home belongs to another source or agency, or cannot be written; the instance's configuration
            is a link that leads nowhere.
    """
    home = HomeFolder(settings.home)
    try:
        home.path.mkdir(parents=True, exist_ok=True)
        if not home.record.exists():
            write_home_record(home, {"source": settings.source, "agency": settings.agency})
        open_home(settings)
        for folder in home.private:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        close_to_others(home)
    except OSError as error:
        said = f"CIT_HOME={home.path}: {error.strerror}; choose a directory that can be written"
        raise SettingsError(paragraph_of(error) or said) from None
    _prepare_instance(settings.dagster_home)
    return home


def open_to_others(home: HomeFolder) -> list[Path]:
    """What of the home another user of the machine may read or write, though only `published` is for others."""
    return [path for path in _kept_private(home) if path.lstat().st_mode & OTHERS]


def close_to_others(home: HomeFolder) -> None:
    """Take from others what a restored backup or an older version left them; nobody is given anything."""
    for path in _kept_private(home):
        # A folder of scratch may go while it is looked at.
        with contextlib.suppress(FileNotFoundError):
            mode = path.lstat().st_mode
            if mode & OTHERS:
                path.chmod(stat.S_IMODE(mode) & ~OTHERS)


def _kept_private(home: HomeFolder) -> Iterator[Path]:
    """The home, and all in it but `published` and links, whose files lie elsewhere."""
    if not home.path.exists():
        return
    yield home.path
    for folder, folders, files in os.walk(home.path):
        if Path(folder) == home.path and home.published.name in folders:
            folders.remove(home.published.name)
        paths = (Path(folder) / name for name in (*folders, *files))
        yield from (path for path in paths if not path.is_symlink())


def open_home(settings: Settings) -> HomeFolder:
    """The home as it is, which need not exist, named to this process; nothing is written.

    Raises:
        SettingsError: The home belongs to another source or agency.
    """
    home = HomeFolder(settings.home)
    record = home_record(home)
    _refuse_another_agency(home, record.get("agency", settings.agency), settings)
    owner = record.get("source", settings.source)
    if owner != settings.source:
        raise SettingsError(
            f"CIT_HOME={home.path} holds the tables of the source '{owner}', not '{settings.source}'. Use a home of "
            f"its own: CIT_SOURCE={settings.source} CIT_HOME={home.path.with_name(settings.source)} make refresh"
        )
    os.environ["CIT_HOME"] = str(home.path)
    os.environ["DAGSTER_HOME"] = str(settings.dagster_home)
    return home


def _refuse_another_agency(home: HomeFolder, owner: str, settings: Settings) -> None:
    if owner != settings.agency:
        raise SettingsError(
            f"CIT_HOME={home.path} holds the tables of the agency '{owner}', not of '{settings.agency}'. Set "
            f"CIT_AGENCY={owner}, or use a home of its own: CIT_AGENCY={settings.agency} "
            f"CIT_HOME={home.path.with_name(f'{settings.agency}-{settings.source}')} make refresh"
        )


def _prepare_instance(folder: Path) -> None:
    """Link the repository's `dagster.yaml` where there is none; an operator's own, a file or a link, is kept."""
    configuration = folder / "dagster.yaml"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
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


def home_record(home: HomeFolder) -> dict[str, Any]:
    """What the home says of itself: its source and agency, and of its pseudonym key the hash; empty before the first.

    Raises:
        SettingsError: The file is damaged.
    """
    try:
        record = json.loads(home.record.read_text(encoding="utf-8"))
        # Homes made before there was a second agency do not name theirs.
        return {"source": record["source"], "agency": DEFAULT_AGENCY, **record}
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError):
        raise SettingsError(
            f"{home.record} is damaged. Restore it from a backup, or move it away and refresh: it is written anew, and "
            "the pseudonym key is held against the tables."
        ) from None


def write_home_record(home: HomeFolder, record: Mapping[str, Any]) -> None:
    """Replace what the home says of itself."""
    write_whole(home.record, json.dumps(record))
