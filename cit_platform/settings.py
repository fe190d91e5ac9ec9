"""Typed settings from the environment, and the home directory they name."""

import difflib
import json
import os
import secrets
from datetime import date, datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

REPOSITORY = Path(__file__).resolve().parents[1]
SEATTLE_TIME = ZoneInfo("America/Los_Angeles")
FIRST_REPORT = date(2015, 5, 15)
# What holds badge numbers and birth dates is for its owner alone.
PRIVATE_FOLDERS = ("lake/raw", "archive", "quality", "spill")

SourceName = Literal["demo", "file", "socrata"]


class SettingsError(Exception):
    """A setting or a home that cannot be used; the message is one line for the operator."""


class Settings(BaseSettings):
    """What the environment says; every field is the variable `CIT_<FIELD>`."""

    model_config = SettingsConfigDict(env_prefix="CIT_", env_ignore_empty=True, frozen=True, extra="ignore")

    source: SourceName = "demo"
    source_path: Path | None = None
    socrata_url: str = "https://cos-data.seattle.gov,https://data.seattle.gov"
    socrata_dataset: str = "i2q9-thny"
    socrata_app_token: SecretStr | None = Field(default=None, validation_alias="SOCRATA_APP_TOKEN")
    home: Path = Path()
    agency: Literal["seattle"] = "seattle"
    as_of: date | None = None
    demo_seed: int = Field(default=20150515, ge=0)
    demo_rows: int = Field(default=110_000, ge=100, le=20_000_000)
    memory_limit: str = Field(default="4GB", pattern=r"^\d+(\.\d+)?\s?(MB|GB|TB|MiB|GiB|TiB)$")
    threads: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1)
    pseudonym_key: SecretStr | None = None
    retention_archive_days: int = Field(default=400, ge=1, le=36_500)

    @field_validator("home")
    @classmethod
    def _home_is_usable(cls, home: Path) -> Path:
        absolute = home.expanduser().absolute()
        bad = sorted({character for character in str(absolute) if character in "[]%#?*"})
        if bad:
            raise ValueError(f"a home may not contain {' '.join(bad)}: the table format cannot address such a path")
        return absolute

    @field_validator("source_path")
    @classmethod
    def _source_path_is_absolute(cls, path: Path | None) -> Path | None:
        return None if path is None else path.expanduser().absolute()

    @field_validator("as_of")
    @classmethod
    def _as_of_is_after_the_first_report(cls, as_of: date | None) -> date | None:
        if as_of is not None and as_of < FIRST_REPORT:
            raise ValueError(f"the records begin on {FIRST_REPORT}; give that date or a later one")
        return as_of

    @model_validator(mode="after")
    def _file_needs_a_path(self) -> "Settings":
        if self.source == "file" and self.source_path is None:
            raise ValueError("CIT_SOURCE=file needs CIT_SOURCE_PATH, the file to read")
        return self

    @model_validator(mode="before")
    @classmethod
    def _default_home(cls, values: dict[str, object]) -> dict[str, object]:
        source = values.get("source", "demo")
        return {"home": REPOSITORY / ".cit" / str(source), **values}

    @property
    def dagster_home(self) -> Path:
        return self.home / "dagster"

    def today(self) -> date:
        """The as-of date: `CIT_AS_OF`, else today in Seattle. Asked at run time, for a server that runs for weeks."""
        return self.as_of or datetime.now(SEATTLE_TIME).date()


def load_settings() -> Settings:
    """Read the settings; a wrong value is a `SettingsError` that names variable, value and what is allowed."""
    _refuse_misspelled()
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError("; ".join(_one_line(dict(problem)) for problem in error.errors())) from None


def _refuse_misspelled() -> None:
    """A misspelled variable would pass silently, and the demonstration be published for it."""
    known = [f"CIT_{field.upper()}" for field in Settings.model_fields if field != "socrata_app_token"]
    for name in sorted(os.environ):
        if name.startswith("CIT_") and name not in known:
            close = difflib.get_close_matches(name, known, n=1, cutoff=0.75)
            if close:
                raise SettingsError(f"{name} is not a setting; is {close[0]} meant? Settings: {', '.join(known)}")


def _one_line(problem: dict[str, object]) -> str:
    location = problem["loc"]
    assert isinstance(location, tuple)
    message = str(problem["msg"]).removeprefix("Value error, ")
    if not location:
        return message
    name = str(location[0])
    variable = name if name.isupper() else f"CIT_{name.upper()}"
    value = "" if variable in {"CIT_PSEUDONYM_KEY", "SOCRATA_APP_TOKEN"} else f"={problem['input']}"
    return f"{variable}{value}: {message}"


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
