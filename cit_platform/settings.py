"""The environment, typed and validated; nothing is written here."""

import difflib
import ipaddress
import os
import re
import shutil
from datetime import date, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from cit_platform.codebook import agencies
from cit_platform.codebook.agency import DEFAULT_AGENCY, agency_of
from cit_platform.codebook.structure import check_codebook
from cit_platform.errors import UserError

REPOSITORY = Path(__file__).resolve().parents[1]
# Later dates are slips of the hand, and at the end of the calendar no day follows.
LATEST_AS_OF = timedelta(days=366)
THREADS_PER_CORE = 4
# In megabytes: below it DuckDB reads no snapshot; above it no machine is meant.
MEMORY_LIMITS = (256, 10**8)
# In characters: who has the public badge numbers could guess a shorter key of their pseudonyms.
SHORTEST_KEY = 32
MEGABYTES = {"MB": 1.0, "GB": 1e3, "TB": 1e6, "MiB": 2**20 / 1e6, "GiB": 2**30 / 1e6, "TiB": 2**40 / 1e6}

# What is never repeated in a message; an address of Spark may hold a token.
SECRETS = {
    *("CIT_PSEUDONYM_KEY", "SOCRATA_APP_TOKEN", "CIT_ALERT_SMTP_PASSWORD", "CIT_ALERT_WEBHOOK", "CIT_SPARK_REMOTE"),
}
# Before the path of a file that holds the value of a secret.
SECRET_FILE = "file:"

SourceName = Literal["demo", "file", "socrata"]

# Spark on this machine, a standalone cluster with one master or several, a server that speaks Spark Connect.
SPARK_REMOTE = re.compile(
    r"local\[(\*|[1-9]\d{0,2})\]"
    r"|spark://[A-Za-z0-9.-]+:\d{1,5}(,[A-Za-z0-9.-]+:\d{1,5})*"
    r"|sc://[A-Za-z0-9.-]+(:\d{1,5})?(/;use_ssl=true)?"
)


class SettingsError(UserError):
    """A setting or a home that cannot be used; the message is one line for the operator."""


def chosen_agency() -> str:
    """The agency that this process works for, `CIT_AGENCY`: one, as a home belongs to one."""
    return os.environ.get("CIT_AGENCY") or DEFAULT_AGENCY


class Settings(BaseSettings):
    """What the environment says; every field is the variable `CIT_<FIELD>`."""

    model_config = SettingsConfigDict(env_prefix="CIT_", env_ignore_empty=True, frozen=True, extra="ignore")

    source: SourceName = "demo"
    source_path: Path | None = None
    socrata_url: str = ""
    socrata_dataset: str = ""
    socrata_app_token: SecretStr | None = Field(default=None, validation_alias="SOCRATA_APP_TOKEN")
    home: Path = Path()
    agency: str = DEFAULT_AGENCY
    as_of: date | None = None
    demo_seed: int = Field(default=20150515, ge=0)
    demo_rows: int = Field(default=110_000, ge=100, le=20_000_000)
    memory_limit: str = Field(default="4GB", pattern=r"^\d+(\.\d+)?\s?(MB|GB|TB|MiB|GiB|TiB)$")
    threads: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1)
    engine: Literal["duckdb", "spark"] = "duckdb"
    spark_remote: str | None = None
    pseudonym_key: SecretStr | None = None
    retention_archive_days: int = Field(default=400, ge=1, le=36_500)
    retention_edition_days: int = Field(default=400, ge=1, le=36_500)
    retention_run_days: int = Field(default=90, ge=7, le=36_500)
    instance: Path | None = Field(default=None, validation_alias="DAGSTER_HOME")
    alert_smtp: str | None = None
    alert_smtp_user: str | None = None
    alert_smtp_password: SecretStr | None = None
    alert_from: str | None = None
    alert_to: str | None = None
    alert_webhook: SecretStr | None = None
    alert_after: int = Field(default=1, ge=1, le=100)
    alive_hours: int = Field(default=36, ge=1, le=24 * 366)
    ui_url: str | None = Field(default=None, pattern=r"^https?://[!-~]+$")
    serve_url: str = Field(default="http://127.0.0.1:3001", pattern=r"^https?://[A-Za-z0-9.-]+(:\d{1,5})?/?$")

    @field_validator("agency")
    @classmethod
    def _agency_has_a_codebook(cls, agency: str) -> str:
        if agency not in agencies():
            raise ValueError(
                f"there is no codebook for this agency; there is one for: {', '.join(agencies())}. Name one "
                "of them, or write one: docs/adding-an-agency.md"
            )
        if agency != DEFAULT_AGENCY:
            check_codebook(agency)
        if agency != chosen_agency():
            raise ValueError(f"this process works for {chosen_agency()}; set the variable before it starts")
        return agency

    @field_validator("home")
    @classmethod
    def _home_is_usable(cls, home: Path) -> Path:
        absolute = home.expanduser().absolute()
        bad = sorted({character for character in str(absolute) if character in "[]%#?*"})
        if bad:
            raise ValueError(f"a home may not contain {' '.join(bad)}: the table format cannot address such a path")
        if not str(absolute).isprintable():
            raise ValueError("a home may not contain line breaks or other control characters")
        return absolute

    @field_validator("source_path", "instance")
    @classmethod
    def _path_is_absolute(cls, path: Path | None) -> Path | None:
        return None if path is None else path.expanduser().absolute()

    @field_validator("as_of")
    @classmethod
    def _as_of_is_a_day_of_the_records(cls, as_of: date | None, given: ValidationInfo) -> date | None:
        # Without one the agency is refused already.
        if as_of is None or "agency" not in given.data:
            return as_of
        agency = agency_of(given.data["agency"])
        if as_of < agency.first_report:
            raise ValueError(f"the records begin on {agency.first_report}; give that date or a later one")
        latest = datetime.now(agency.time_zone).date() + LATEST_AS_OF
        if as_of > latest:
            raise ValueError(f"no record can be of that day yet; give {latest} or an earlier date")
        return as_of

    @field_validator("threads")
    @classmethod
    def _threads_fit_the_machine(cls, threads: int) -> int:
        most = THREADS_PER_CORE * (os.cpu_count() or 1)
        if threads > most:
            raise ValueError(f"this machine has {os.cpu_count() or 1} cores; give {most} or fewer")
        return threads

    @field_validator("memory_limit")
    @classmethod
    def _memory_limit_is_meant(cls, limit: str) -> str:
        number = limit.rstrip("MGTiB ")
        least, most = MEMORY_LIMITS
        if not least <= float(number) * MEGABYTES[limit[len(number) :].strip()] <= most:
            raise ValueError(f"give {least}MB or more, and not more than {most // 10**6}TB")
        return limit

    @field_validator("spark_remote")
    @classmethod
    def _remote_is_one_of_spark(cls, remote: str | None) -> str | None:
        if remote is not None and not SPARK_REMOTE.fullmatch(remote):
            raise ValueError(
                "give local[*], local[N], spark://HOST:PORT, sc://HOST:PORT or sc://HOST:PORT/;use_ssl=true; a token "
                "stands in the variable SPARK_CONNECT_AUTHENTICATE_TOKEN"
            )
        return remote

    @field_validator("pseudonym_key")
    @classmethod
    def _pseudonym_key_is_long_enough(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and len(key.get_secret_value().strip()) < SHORTEST_KEY:
            raise ValueError(
                f"a key has {SHORTEST_KEY} characters or more, such as `openssl rand -hex 32` prints; a home that has "
                "tables takes it with cit key new, which gives every officer another pseudonym"
            )
        return key

    @field_validator("alert_smtp")
    @classmethod
    def _mail_is_encrypted_or_stays_here(cls, server: str | None) -> str | None:
        if server is None:
            return None
        if not re.fullmatch(r"(starttls|plain)://([A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\]):\d{1,5}", server):
            raise ValueError("give starttls://HOST:PORT, or plain://localhost:PORT on this machine")
        if server.startswith("plain://") and not is_loopback(urlsplit(server).hostname):
            raise ValueError("plain mail is for this machine alone; give starttls://HOST:PORT")
        return server

    @field_validator("alert_from", "alert_to")
    @classmethod
    def _addresses_are_addresses(cls, text: str | None) -> str | None:
        address = re.compile(r'[^\s@<>,;:"]+@[^\s@<>,;:"]+', re.ASCII)
        if text is not None and not (text.isascii() and all(map(address.fullmatch, addresses(text)))):
            raise ValueError("give addresses such as oncall@example.org, with commas between them")
        return text

    @field_validator("alert_webhook")
    @classmethod
    def _webhook_is_encrypted_or_stays_here(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and not secret.get_secret_value().startswith(SECRET_FILE):
            check_webhook(secret.get_secret_value())
        return secret

    @model_validator(mode="after")
    def _mail_has_sender_and_receivers(self) -> "Settings":
        mail = {"CIT_ALERT_SMTP": self.alert_smtp, "CIT_ALERT_FROM": self.alert_from, "CIT_ALERT_TO": self.alert_to}
        missing = [name for name, value in mail.items() if value is None]
        if missing and len(missing) < len(mail):
            raise ValueError(f"alerts by mail need {', '.join(mail)}; missing: {', '.join(missing)}")
        if (self.alert_smtp_user is None) != (self.alert_smtp_password is None):
            raise ValueError("CIT_ALERT_SMTP_USER and CIT_ALERT_SMTP_PASSWORD go together")
        return self

    @model_validator(mode="after")
    def _file_needs_a_path(self) -> "Settings":
        if self.source == "file" and self.source_path is None:
            raise ValueError("CIT_SOURCE=file needs CIT_SOURCE_PATH, the file to read")
        return self

    @model_validator(mode="after")
    def _demonstration_is_of_one_agency(self) -> "Settings":
        if self.source == "demo" and self.agency != DEFAULT_AGENCY:
            raise ValueError(
                f"CIT_SOURCE=demo imitates the records of {DEFAULT_AGENCY}, not of {self.agency}; give "
                "CIT_SOURCE=file with CIT_SOURCE_PATH, or CIT_SOURCE=socrata"
            )
        return self

    @model_validator(mode="after")
    def _spark_is_installed(self) -> "Settings":
        if self.engine != "spark":
            return self
        if find_spec("pyspark") is None:
            raise ValueError(
                "CIT_ENGINE=spark needs the package pyspark, which is not installed: "
                "make .venv/installed-spark, or pip install --require-hashes --requirement requirements-spark.txt"
            )
        if not self.remote.startswith("sc://") and not _has_java():
            raise ValueError(
                f"CIT_ENGINE=spark needs Java 17 or later to run {self.remote}, and there is none: install it "
                "(apt-get install default-jre-headless), or set JAVA_HOME to where it lies"
            )
        odd = sorted(set("{}\\:") & set(str(self.home)))
        if odd:
            raise ValueError(f"for Spark a home may not contain {' '.join(odd)}: it reads such a path as a pattern")
        return self

    @model_validator(mode="before")
    @classmethod
    def _defaults_of_the_agency(cls, values: dict[str, object]) -> dict[str, object]:
        agency, source = str(values.get("agency", DEFAULT_AGENCY)), str(values.get("source", "demo"))
        if agency not in agencies():
            return values
        dataset = agency_of(agency).dataset
        defaults: dict[str, object] = {"socrata_url": ",".join(dataset.portals), "socrata_dataset": dataset.id}
        own = source if agency == DEFAULT_AGENCY else f"{agency}-{source}"
        return {"home": REPOSITORY / ".cit" / own, **defaults, **values}

    @property
    def dagster_home(self) -> Path:
        """Where Dagster's instance lies: `DAGSTER_HOME` where that is set, else a folder of the home."""
        return self.instance or self.home / "dagster"

    @property
    def remote(self) -> str:
        """Where Spark computes: `CIT_SPARK_REMOTE`, else on this machine with the threads of the settings."""
        return self.spark_remote or f"local[{self.threads}]"

    @property
    def memory_megabytes(self) -> int:
        """The memory limit in millions of bytes."""
        number = self.memory_limit.rstrip("MGTiB ")
        return int(float(number) * MEGABYTES[self.memory_limit[len(number) :].strip()])

    def today(self) -> date:
        """The as-of date: `CIT_AS_OF`, else the agency's today. Asked at run time, for a server that runs for weeks."""
        return self.as_of or datetime.now(agency_of(self.agency).time_zone).date()


def _has_java() -> bool:
    home = os.environ.get("JAVA_HOME")
    return os.access(Path(home, "bin", "java"), os.X_OK) if home else shutil.which("java") is not None


def is_loopback(host: str | None) -> bool:
    """Whether a host's name or address is this machine's own."""
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def addresses(text: str) -> list[str]:
    """The addresses of a list with commas."""
    return [each.strip() for each in text.split(",")]


def check_webhook(url: str) -> None:
    """Raise ValueError, without the address, which is a secret, unless it is encrypted or this machine's own."""
    if not re.fullmatch(r"https?://[!-~]+", url):
        raise ValueError("give an address that begins with https://")
    if url.startswith("http://") and not is_loopback(urlsplit(url).hostname):
        raise ValueError("http is for this machine alone; give an address that begins with https://")


def load_settings() -> Settings:
    """Read the settings; a wrong value is a `SettingsError` that names variable, value and what is allowed."""
    _refuse_unknown()
    if os.environ.get("CIT_PSEUDONYM_KEY") == "":
        # A secret that was not mounted would pass silently, and a key of the home's own be made for it.
        raise SettingsError(
            "CIT_PSEUDONYM_KEY is empty: set it to the key, or unset it to use that of the home's file."
        )
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError("; ".join(_one_line(dict(problem)) for problem in error.errors())) from None


def _refuse_unknown() -> None:
    """A variable that nobody reads would pass silently, and the demonstration be published for it."""
    fields = Settings.model_fields.items()
    known = [f"CIT_{name.upper()}" for name, field in fields if field.validation_alias is None]
    for name in sorted(os.environ):
        if name.startswith("CIT_") and name not in known:
            begun = [long for long in known if long.startswith(f"{name}_")]
            close = begun or difflib.get_close_matches(name, known, n=1)
            meant = f"is {' or '.join(close)} meant?" if close else "remove it from the environment."
            raise SettingsError(f"{name} is not a setting; {meant} Settings: {', '.join(known)}")


def _one_line(problem: dict[str, object]) -> str:
    location = problem["loc"]
    assert isinstance(location, tuple)
    message = str(problem["msg"]).removeprefix("Value error, ")
    if not location:
        return message
    name = str(location[0])
    variable = name if name.isupper() else f"CIT_{name.upper()}"
    shown = str(problem["input"]).encode("unicode_escape").decode()
    value = "" if variable in SECRETS else f"={shown}"
    return f"{variable}{value}: {message}"
