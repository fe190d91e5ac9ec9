"""The Socrata source itself: which address and endpoint to use, when to start over, and what to refuse."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from pydantic import SecretStr

from cit_platform.codebook.vocabulary import vocabulary_of
from cit_platform.printable import shown
from cit_platform.settings import chosen_agency
from cit_platform.sources.change import Size, let_through, size_changes, size_of, warn_of_a_page
from cit_platform.sources.formats import write_rows
from cit_platform.sources.observation import Observation
from cit_platform.sources.reading import MEMORY_LIMIT
from cit_platform.sources.refused import SourceError, SourceSilentError
from cit_platform.sources.snapshot import Snapshot, canonical_snapshot
from cit_platform.sources.socrata.addresses import base_address, host_of
from cit_platform.sources.socrata.aggregate import Aggregate, count_by
from cit_platform.sources.socrata.answers import Unusable
from cit_platform.sources.socrata.client import Portal
from cit_platform.sources.socrata.contract import unknown_columns
from cit_platform.sources.socrata.endpoints import Download, Endpoint, SetChanged, endpoints
from cit_platform.sources.socrata.limits import PROBE_LIMITS, Limits
from cit_platform.sources.socrata.state import State, asked_state

METADATA_FILE = "metadata.json"
# The fields whose labels change without notice, and how many combinations of them are looked at.
OBSERVED = ("disposition", "initial_call_type")
MOST_COMBINATIONS = 20_000
NEXT_REFRESH = "An unfinished upload is mended by the next refresh; `cit doctor --source` looks at the portal."
TEMPLATES = "count(distinct template_id) as n_templates"

log = logging.getLogger(__name__)
Result = TypeVar("Result")


class SocrataSource:
    """A dataset of a Socrata portal, read whole at each fetch.

    Attributes:
        name: `socrata`.
        urls: base addresses, tried in order.
        dataset: four-by-four id.
    """

    name = "socrata"

    def __init__(
        self,
        urls: tuple[str, ...],
        dataset: str,
        token: SecretStr | str | None = None,
        limits: Limits | None = None,
        previous_rows: int | None = None,
        previous_templates: int | None = None,
        today: date | None = None,
        memory_limit: str = MEMORY_LIMIT,
        accept: frozenset[str] = frozenset(),
    ) -> None:
        """Set the parameters; nothing is sent.

        Args:
            urls: base addresses such as `https://data.seattle.gov`; redirects are followed among them only.
            dataset: four-by-four id such as `i2q9-thny`.
            token: app token; with it, SODA 3 is tried first.
            limits: bounds of a fetch; the defaults without it.
            previous_rows: rows of the last snapshot; a set that shrank or grew beyond the limits is refused.
            previous_templates: templates of the last snapshot; a set that has far fewer is refused.
            today: the day after it is the last that an observed report can rightly have; without it, any day is.
            memory_limit: as in `CIT_MEMORY_LIMIT`.
            accept: codes of changes that are let through, see `SourceChangedError`.

        Raises:
            SourceError: An address, the id or the token cannot be used.
        """
        self.urls = tuple(base_address(url) for url in urls)
        if not self.urls:
            raise SourceError(
                "CIT_SOCRATA_URL names no address. Set it to the portal's, such as https://data.seattle.gov."
            )
        if not re.fullmatch(r"[a-z0-9]{4}-[a-z0-9]{4}", dataset):
            raise SourceError(
                f"CIT_SOCRATA_DATASET is `{shown(dataset)}`, which is not the id of a dataset. Set it to four letters "
                "or digits, a hyphen and four more, such as i2q9-thny."
            )
        self.dataset = dataset
        self._token = _checked_token(token)
        self._limits = limits or Limits()
        self._last = Size(previous_rows, previous_templates)
        self._accept = accept
        self._today = today
        self._memory_limit = memory_limit

    def fingerprint(self) -> str:
        """Hash (sha256, 64 hex) of the count of rows and of when they were last updated; no row is read.

        Raises:
            SourceError: No address answers, or the columns are not ours.
        """
        with tempfile.TemporaryDirectory() as scratch:
            state = self.first_usable(lambda portal: self._first_state(portal, Path(scratch)))
        return self._fingerprint(state)

    def observe(self) -> Observation:
        """Ask for the counts, the newest report and the labels, within the bounds of `PROBE_LIMITS`; no row is read.

        Raises:
            SourceError: see `fingerprint`.
        """
        with tempfile.TemporaryDirectory() as scratch:
            return self.first_usable(lambda portal: self._observed(portal, Path(scratch)), PROBE_LIMITS)

    def _observed(self, portal: Portal, scratch: Path) -> Observation:
        state = self._first_state(portal, scratch)
        until = f"reported_date < '{self._today + timedelta(days=2)}'" if self._today else ""
        templates = self._asked(portal, Aggregate("the count of templates", TEMPLATES), scratch)
        newest = self._asked(portal, Aggregate("the newest report", "max(reported_date) as newest", until), scratch)
        labels = count_by(*OBSERVED, label="the labels", limit=MOST_COMBINATIONS)
        return Observation(
            fingerprint=self._fingerprint(state),
            n_rows=state.n_rows,
            n_templates=_whole(templates[0].get("n_templates")) if templates else None,
            rows_updated_at=_moment(state.updated),
            newest_report=_day(newest[0].get("newest")) if newest else None,
            labels=_labels(self._asked(portal, labels, scratch)),
        )

    def _asked(self, portal: Portal, query: Aggregate, scratch: Path) -> list[dict[str, Any]]:
        """The rows of aggregates; none where the portal does not answer this question, or not in time."""
        try:
            return (
                _first_of(self.endpoints(), lambda endpoint: endpoint.ask(portal, self.dataset, query, scratch)) or []
            )
        except (Unusable, SourceError) as error:
            log.warning("%s is not known: %s", query.label, error)
            return []

    def _fingerprint(self, state: State) -> str:
        content = json.dumps([self.dataset, state.n_rows, state.updated])
        return hashlib.sha256(content.encode()).hexdigest()

    def fetch(self, directory: Path) -> Snapshot:
        """Read the dataset and write its records into a directory.

        Args:
            directory: existing directory that receives `records.parquet`, the bytes as received (`pages.zip` or
                `rows.csv`) and the portal's description (`metadata.json`), and nothing when the dataset is refused.

        Raises:
            SourceError: The dataset cannot be read whole, or is not the crisis data.
        """
        with (
            _faults_named(directory),
            tempfile.TemporaryDirectory(prefix=".downloading-", dir=directory) as scratch,
        ):
            snapshot = self.first_usable(lambda portal: self._downloaded(portal, Path(scratch)))
            return _landed(snapshot, directory)

    def first_usable(self, work: Callable[[Portal], Result], patience: Limits | None = None) -> Result:
        """Do the work with the first address that lets it be done.

        Args:
            work: what to do.
            patience: bounds besides the source's own, for work that somebody waits for.

        Raises:
            SourceError: No address does, or the work is refused.
        """
        reasons = []
        for portal in self.portals(patience):
            try:
                return work(portal)
            except Unusable as error:
                log.warning("The portal %s cannot be used: %s", portal.base, error)
                reasons.append(str(error))
        raise self.unreadable(reasons)

    def portals(self, patience: Limits | None = None) -> Iterator[Portal]:
        """The addresses in order, all under one limit of time that begins now; `patience` as for `first_usable`."""
        limits = self._limits.within(patience) if patience else self._limits
        deadline = time.monotonic() + limits.total_seconds
        hosts = frozenset(map(host_of, self.urls))
        for base in self.urls:
            yield Portal(base, hosts, self._token, limits, deadline)

    def unreadable(self, reasons: list[str]) -> SourceSilentError:
        """What to say when no address can be used."""
        return SourceSilentError(
            f"The dataset {self.dataset} could not be read from any address of CIT_SOCRATA_URL: {'; '.join(reasons)}. "
            "The last snapshot stays. Check the network and the portal's own page, and try again later; if the portal "
            "has moved, set CIT_SOCRATA_URL to its new address."
        )

    def _first_state(self, portal: Portal, scratch: Path) -> State:
        return _first_of(self.endpoints(), lambda endpoint: self._known_state(endpoint, portal, scratch))

    def _known_state(self, endpoint: Endpoint, portal: Portal, scratch: Path) -> State:
        state = asked_state(endpoint, portal, self.dataset, scratch, self._accept)
        if state.n_rows is None and state.updated is None:
            raise Unusable(f"{portal.base} says neither how many rows there are nor when they were updated")
        return state

    def _downloaded(self, portal: Portal, scratch: Path) -> Snapshot:
        return _first_of(self.endpoints(), lambda endpoint: self._read_still(endpoint, portal, scratch))

    def endpoints(self) -> tuple[Endpoint, ...]:
        """The endpoints, in the order in which they are tried."""
        return endpoints(self._token is not None)

    def _read_still(self, endpoint: Endpoint, portal: Portal, scratch: Path) -> Snapshot:
        """Read the dataset until it is the same before and after."""
        reasons = []
        for _ in range(self._limits.starts):
            download = Path(tempfile.mkdtemp(dir=scratch))
            try:
                return self._read_once(endpoint, portal, download)
            except SetChanged as change:
                log.warning("%s; the dataset is read from its beginning", change)
                reasons.append(str(change))
                shutil.rmtree(download)
        raise Unusable(
            f"the rows did not fit together in any of {len(reasons)} readings ({'; '.join(dict.fromkeys(reasons))})"
        )

    def _read_once(self, endpoint: Endpoint, portal: Portal, directory: Path) -> Snapshot:
        before = asked_state(endpoint, portal, self.dataset, directory, self._accept)
        for sentence in before.changed:
            log.warning("%s", sentence)
        self._accepted_size(Size(before.n_rows), portal)
        retrieved_at = datetime.now(UTC).isoformat(timespec="seconds")
        download = Download(
            portal, self.dataset, before.n_rows, before.columns_known, self._limits, directory, self._accept
        )
        rows = directory / "rows.parquet"
        write_rows(endpoint.rows(download), rows, download.label)
        after = asked_state(endpoint, portal, self.dataset, directory, self._accept)
        if (after.n_rows, after.updated) != (before.n_rows, before.updated):
            raise SetChanged(f"{download.label} was replaced while it was read")
        snapshot = canonical_snapshot(
            rows,
            directory,
            source=self.name,
            location=portal.base + endpoint.path(self.dataset),
            licence=before.licence,
            retrieved_at=retrieved_at,
            received=directory / endpoint.received,
            memory_limit=self._memory_limit,
            accept=self._accept,
        )
        accepted = (*before.accepted, *snapshot.accepted, *self._accepted_size(size_of(snapshot), portal))
        warn_of_a_page(snapshot.n_records, download.label)
        return _with_metadata(replace(snapshot, accepted=tuple(dict.fromkeys(accepted))), before.described, directory)

    def _accepted_size(self, now: Size, portal: Portal) -> tuple[str, ...]:
        """Refuse a set larger than any crisis data, or far from what was there last time and not let through."""
        if now.rows and now.rows > self._limits.max_rows:
            raise SourceError(
                f"{portal.base} has {now.rows:,} rows in the dataset {self.dataset}, more than the "
                f"{self._limits.max_rows:,} allowed. The last snapshot stays. Check CIT_SOCRATA_DATASET, and look at "
                "the dataset on the portal."
            )
        where = f"The dataset {self.dataset} at {portal.base}"
        return let_through(size_changes(now, self._last, where, NEXT_REFRESH), self._accept)


def _checked_token(token: SecretStr | str | None) -> SecretStr | None:
    secret = token.get_secret_value() if isinstance(token, SecretStr) else (token or "")
    if not secret.strip():
        return None
    if not re.fullmatch(r"[!-~]{1,200}", secret.strip()):
        raise SourceError(
            "SOCRATA_APP_TOKEN holds a blank or a letter that no header can carry. Copy the app token again, or unset "
            "it."
        )
    return SecretStr(secret.strip())


def _first_of(endpoints: tuple[Endpoint, ...], work: Callable[[Endpoint], Result]) -> Result:
    """Do the work at the first endpoint that lets it be done."""
    reasons = []
    for endpoint in endpoints:
        try:
            return work(endpoint)
        except Unusable as error:
            log.warning("%s cannot be used: %s", endpoint.label, error)
            reasons.append(f"{endpoint.label}: {error}")
    raise Unusable("; ".join(reasons))


def _whole(value: Any) -> int | None:
    return int(value) if re.fullmatch(r"\d{1,12}", str(value)) else None


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def _moment(updated: str | None) -> datetime | None:
    """`rowsUpdatedAt` (seconds since 1970) or `:updated_at` (ISO 8601) as a time in UTC."""
    if updated is None:
        return None
    try:
        return datetime.fromtimestamp(int(updated), UTC) if updated.isdecimal() else datetime.fromisoformat(updated)
    except (ValueError, OverflowError, OSError):
        return None


def _labels(rows: list[dict[str, Any]]) -> dict[str, tuple[str, ...]]:
    known = vocabulary_of(chosen_agency())
    return {
        field: tuple(sorted(known.folded_all(field, (_text(row.get(field)) for row in rows))))
        for field in OBSERVED
        if rows
    }


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _with_metadata(snapshot: Snapshot, described: dict[str, str] | None, directory: Path) -> Snapshot:
    if described is None:
        return snapshot
    path = directory / METADATA_FILE
    path.write_text(json.dumps(described, ensure_ascii=False, indent=1), encoding="utf-8")
    return replace(snapshot, metadata=path, unknown_columns=unknown_columns(described))


def _landed(snapshot: Snapshot, directory: Path) -> Snapshot:
    """Move what was read and received to where it was asked for: all files or none."""
    parts = {"received": snapshot.received, "metadata": snapshot.metadata, "records": snapshot.records}
    moved: dict[str, Path] = {}
    try:
        for name, path in parts.items():
            if path is not None:
                moved[name] = path.replace(directory / path.name)
    except OSError:
        for path in moved.values():
            path.unlink()
        raise
    return replace(snapshot, **moved)  # type: ignore[arg-type]


@contextmanager
def _faults_named(directory: Path) -> Iterator[None]:
    """Turn the faults of writing into a SourceError."""
    import duckdb
    import pyarrow as pa

    try:
        yield
    except (OSError, duckdb.Error, pa.ArrowException) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise SourceError(
            f"The records could not be written into {directory}: {reason.rstrip('.')}. Check the permissions and the "
            "free space on disk."
        ) from error
