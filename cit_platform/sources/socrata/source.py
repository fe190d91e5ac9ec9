"""The Socrata source itself: which address and way to use, when to start over, and what to refuse."""

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
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pydantic import SecretStr

from cit_platform.sources.file import LICENCE, write_rows
from cit_platform.sources.snapshot import Snapshot, SourceError, canonical_snapshot, shown
from cit_platform.sources.socrata.client import SMALL_ANSWER, Call, Gone, Portal, Unusable, host_of, is_safe
from cit_platform.sources.socrata.contract import check_header, check_metadata
from cit_platform.sources.socrata.limits import Limits
from cit_platform.sources.socrata.ways import Pass, SetChanged, Way, ways_in

log = logging.getLogger(__name__)
Result = TypeVar("Result")


@dataclass(frozen=True)
class State:
    """What the portal says about the dataset, to be compared before and after it is read.

    Attributes:
        n_rows: rows that the portal counts; None where it no longer counts.
        updated: `rowsUpdatedAt` of the description (seconds since 1970), else the latest `:updated_at`.
        columns_known: whether the columns could be compared with the contract.
        licence: the terms the records are published under.
    """

    n_rows: int | None
    updated: str
    columns_known: bool
    licence: str


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
    ) -> None:
        """Set the parameters; nothing is sent.

        Args:
            urls: base addresses such as `https://data.seattle.gov`; redirects are followed among them only.
            dataset: four-by-four id such as `i2q9-thny`.
            token: app token; with it, SODA 3 is tried first.
            limits: bounds of a fetch; the defaults without it.
            previous_rows: rows of the last snapshot; a set that shrank or grew beyond the limits is refused.

        Raises:
            SourceError: An address, the id or the token cannot be used.
        """
        self.urls = tuple(_base(url) for url in urls)
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
        self._previous_rows = previous_rows

    def fingerprint(self) -> str:
        """Hash (sha256, 64 hex) of the count of rows and of when they were last updated; no row is read.

        Raises:
            SourceError: No address answers, or the columns are not ours.
        """
        with tempfile.TemporaryDirectory() as scratch:
            state = self._first_usable(lambda portal: self._first_state(portal, Path(scratch)))
        content = json.dumps([self.dataset, state.n_rows, state.updated])
        return hashlib.sha256(content.encode()).hexdigest()

    def fetch(self, directory: Path) -> Snapshot:
        """Read the dataset and write its records into a directory.

        Args:
            directory: existing directory that receives `records.parquet` and the bytes as received (`pages.zip` or
                `rows.csv`), and nothing when the dataset is refused.

        Raises:
            SourceError: The dataset cannot be read whole, or is not the crisis data.
        """
        with (
            _faults_named(directory),
            tempfile.TemporaryDirectory(prefix=".downloading-", dir=directory) as scratch,
        ):
            snapshot = self._first_usable(lambda portal: self._downloaded(portal, Path(scratch)))
            return _landed(snapshot, directory)

    def _first_usable(self, work: Callable[[Portal], Result]) -> Result:
        """Do the work with the first address that lets it be done."""
        deadline = time.monotonic() + self._limits.total_seconds
        hosts = frozenset(map(host_of, self.urls))
        reasons = []
        for base in self.urls:
            try:
                return work(Portal(base, hosts, self._token, self._limits, deadline))
            except Unusable as error:
                log.warning("The portal %s cannot be used: %s", base, error)
                reasons.append(str(error))
        raise SourceError(
            f"The dataset {self.dataset} could not be read from any address of CIT_SOCRATA_URL: {'; '.join(reasons)}. "
            "The last snapshot stays. Check the network and the portal's own page, and try again later; if the portal "
            "has moved, set CIT_SOCRATA_URL to its new address."
        )

    def _first_state(self, portal: Portal, scratch: Path) -> State:
        return _first_of(self._ways(), lambda way: self._state(way, portal, scratch))

    def _downloaded(self, portal: Portal, scratch: Path) -> Snapshot:
        return _first_of(self._ways(), lambda way: self._read_still(way, portal, scratch))

    def _ways(self) -> tuple[Way, ...]:
        return ways_in(self._token is not None)

    def _read_still(self, way: Way, portal: Portal, scratch: Path) -> Snapshot:
        """Read the dataset until it is the same before and after."""
        reasons = []
        for _ in range(self._limits.starts):
            reading = Path(tempfile.mkdtemp(dir=scratch))
            try:
                return self._read_once(way, portal, reading)
            except SetChanged as change:
                log.warning("%s; the dataset is read from its beginning", change)
                reasons.append(str(change))
                shutil.rmtree(reading)
        raise Unusable(
            f"the rows did not fit together in any of {len(reasons)} readings ({'; '.join(dict.fromkeys(reasons))})"
        )

    def _read_once(self, way: Way, portal: Portal, directory: Path) -> Snapshot:
        before = self._state(way, portal, directory)
        self._check_size(before.n_rows, portal)
        retrieved_at = datetime.now(UTC).isoformat(timespec="seconds")
        reading = Pass(portal, self.dataset, before.n_rows, before.columns_known, self._limits, directory)
        rows = directory / "rows.parquet"
        write_rows(way.rows(reading), rows, reading.label)
        after = self._state(way, portal, directory)
        if (after.n_rows, after.updated) != (before.n_rows, before.updated):
            raise SetChanged(f"{reading.label} was replaced while it was read")
        snapshot = canonical_snapshot(
            rows,
            directory,
            source=self.name,
            location=portal.base + way.path(self.dataset),
            licence=before.licence,
            retrieved_at=retrieved_at,
            received=directory / way.received,
        )
        self._check_size(snapshot.n_records, portal)
        return snapshot

    def _state(self, way: Way, portal: Portal, scratch: Path) -> State:
        """Ask for the description and the count, and compare the columns with ours."""
        label = f"the dataset {self.dataset} at {portal.base}"
        metadata = _description(portal, self.dataset, scratch)
        if metadata is not None:
            check_metadata(metadata, label)
            answer = way.query(portal, self.dataset, "count(*) as n_rows", scratch)
            return State(_count(answer, portal), str(metadata.get("rowsUpdatedAt")), True, _licence(metadata))
        columns_known = self._header_is_ours(portal, scratch, label)
        answer = way.query(portal, self.dataset, "count(*) as n_rows,max(:updated_at) as updated", scratch)
        return State(_count(answer, portal), str(answer.get("updated")), columns_known, LICENCE)

    def _header_is_ours(self, portal: Portal, scratch: Path, label: str) -> bool:
        """Compare the header of a page of one row; False where there is none to compare."""
        page = scratch / "header.csv"
        call = Call("a page of one row", f"/resource/{self.dataset}.csv", "", params={"$limit": "1"})
        try:
            portal.save(call, page, SMALL_ANSWER)
        except Gone:
            return False
        check_header(page.read_text(encoding="utf-8-sig", errors="replace").partition("\n")[0], label)
        return True

    def _check_size(self, n_rows: int | None, portal: Portal) -> None:
        """Refuse a set that is far from what was there last time, or larger than any crisis data."""
        if n_rows is None:
            return
        last, limits = self._previous_rows, self._limits
        where = f"{portal.base} has {n_rows:,} rows in the dataset {self.dataset}"
        if n_rows > limits.max_rows:
            raise SourceError(
                f"{where}, more than the {limits.max_rows:,} allowed. The last snapshot stays. Check "
                "CIT_SOCRATA_DATASET, and look at the dataset on the portal."
            )
        if last and n_rows < last * (1 - limits.largest_drop):
            raise SourceError(
                f"{where}, {1 - n_rows / last:.0%} fewer than the {last:,} of the last snapshot; more than "
                f"{limits.largest_drop:.0%} is refused. The last snapshot stays. Look at the dataset on the portal: an "
                "unfinished upload is mended by the next refresh; if the city removed the records for good, begin a "
                "new home (CIT_HOME)."
            )
        if last and n_rows > last * limits.largest_growth:
            raise SourceError(
                f"{where}, {n_rows / last:.1f} times the {last:,} of the last snapshot; more than "
                f"{limits.largest_growth:g} times is refused. The last snapshot stays. Look at the dataset on the "
                "portal for rows uploaded twice; if they are real, begin a new home (CIT_HOME)."
            )


def _base(url: str) -> str:
    """A base address without its last slash.

    Raises:
        SourceError: It is not plainly scheme and host, or not encrypted.
    """
    try:
        parts = urlsplit(url.strip())
        plain = bool(parts.hostname) and parts.path in ("", "/") and not (parts.query or parts.fragment)
        secret = "@" in parts.netloc
    except ValueError:
        plain = secret = False
    if secret:
        raise SourceError("CIT_SOCRATA_URL holds a user name or password. Give scheme and host only.")
    if not plain or not is_safe(url.strip()):
        raise SourceError(
            f"CIT_SOCRATA_URL holds `{shown(url, 200)}`, which is not an address such as https://data.seattle.gov: "
            "https (http on this machine only), a host, and no path."
        )
    return f"{parts.scheme}://{parts.netloc}"


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


def _first_of(ways: tuple[Way, ...], work: Callable[[Way], Result]) -> Result:
    """Do the work in the first way that lets it be done."""
    reasons = []
    for way in ways:
        try:
            return work(way)
        except Unusable as error:
            log.warning("%s cannot be used: %s", way.label, error)
            reasons.append(f"{way.label}: {error}")
    raise Unusable("; ".join(reasons))


def _description(portal: Portal, dataset: str, scratch: Path) -> dict[str, Any] | None:
    """The portal's description of the dataset; None where it no longer gives one."""
    call = Call("the description of the dataset", f"/api/views/{dataset}.json", "{}")
    try:
        answer: dict[str, Any] = portal.json(call, scratch)
    except Gone:
        log.warning("The portal %s no longer describes the dataset; the header of a page is compared", portal.base)
        return None
    return answer


def _count(answer: dict[str, Any], portal: Portal) -> int | None:
    if not answer:
        return None
    text = str(answer.get("n_rows"))
    if not re.fullmatch(r"\d{1,12}", text):
        raise Unusable(f"{portal.base} gives `{shown(text)}` as the count of rows")
    return int(text)


def _licence(metadata: dict[str, Any]) -> str:
    licence = metadata.get("license")
    name = licence.get("name") if isinstance(licence, dict) else None
    return f"{shown(str(name))}, as the portal states for the dataset" if name else LICENCE


def _landed(snapshot: Snapshot, directory: Path) -> Snapshot:
    """Move what was read and received to where it was asked for: both files or none."""
    assert snapshot.received is not None
    landed = replace(snapshot, records=directory / snapshot.records.name, received=directory / snapshot.received.name)
    assert landed.received is not None
    snapshot.received.replace(landed.received)
    try:
        snapshot.records.replace(landed.records)
    except OSError:
        landed.received.unlink()
        raise
    return landed


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
