"""The three endpoints into a dataset: SODA 2.1 and SODA 3, page by page, and the bulk CSV."""

from __future__ import annotations

import hashlib
import logging
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from cit_platform.printable import shown
from cit_platform.sources.columns import FIELDS, check_columns
from cit_platform.sources.formats import Row, csv_rows, json_objects, json_record
from cit_platform.sources.refused import SourceError
from cit_platform.sources.socrata.aggregate import Aggregate
from cit_platform.sources.socrata.answers import Unusable
from cit_platform.sources.socrata.client import Call, Portal
from cit_platform.sources.socrata.limits import Limits

# The portal's own columns (`:id`) tell a repeated row from an equal one.
SELECTED = ":*,*"
PACK_LEVEL = 3
LONGEST_ROW_ID = 100

Item = TypeVar("Item")

log = logging.getLogger(__name__)


class SetChanged(Exception):  # noqa: N818 - not an error of the program
    """What was read cannot be one state of the dataset: it has to be read again from its beginning."""


@dataclass(frozen=True)
class Download:
    """One download of the dataset from its beginning.

    Attributes:
        portal: the address.
        dataset: four-by-four id.
        n_rows: rows that the portal counts; None where it does not say.
        columns_known: whether the columns were compared with the contract already.
        limits: see `Limits`.
        directory: empty directory for what is received.
        accept: codes of changes that are let through.
    """

    portal: Portal
    dataset: str
    n_rows: int | None
    columns_known: bool
    limits: Limits
    directory: Path
    accept: frozenset[str]

    @property
    def label(self) -> str:
        return f"The dataset {self.dataset} at {self.portal.base}"


class Endpoint(Protocol):
    """One endpoint to count and to read the dataset."""

    label: str
    received: str

    def path(self, dataset: str) -> str:
        """Path of the URL that the rows come from."""
        ...

    def ask(self, portal: Portal, dataset: str, query: Aggregate, scratch: Path) -> list[dict[str, Any]] | None:
        """The rows of aggregates that the portal answers with; None where it counts for nobody.

        Raises:
            Unusable: This endpoint does not answer.
        """
        ...

    def rows(self, download: Download) -> Iterator[Row]:
        """All rows as text; the bytes as received are kept in the file `received` of the pass's directory.

        Raises:
            Unusable: This endpoint does not answer.
            SetChanged: Pages do not fit together.
            SourceError: The rows are not the crisis data, or a limit is exceeded.
        """
        ...


class Soda2:
    """SODA 2.1: a GET for each page."""

    label = "SODA 2.1"
    received = "pages.zip"

    def path(self, dataset: str) -> str:
        return f"/resource/{dataset}.json"

    def ask(self, portal: Portal, dataset: str, query: Aggregate, scratch: Path) -> list[dict[str, Any]]:
        call = Call(query.label, self.path(dataset), "[]", params=query.params())
        return _objects(portal.json(call, scratch), call, portal)

    def rows(self, download: Download) -> Iterator[Row]:
        def page(number: int, size: int) -> Call:
            params = {"$select": SELECTED, "$order": ":id", "$limit": f"{size}", "$offset": f"{(number - 1) * size}"}
            return Call(f"page {number}", self.path(download.dataset), "[]", params=params)

        return _paged_rows(download, page, download.directory / self.received)


class Soda3:
    """SODA 3: a query posted for each page; needs an app token."""

    label = "SODA 3"
    received = "pages.zip"

    def path(self, dataset: str) -> str:
        return f"/api/v3/views/{dataset}/query.json"

    def ask(self, portal: Portal, dataset: str, query: Aggregate, scratch: Path) -> list[dict[str, Any]]:
        page = {"page": {"pageNumber": 1, "pageSize": query.limit}} if query.limit else {}
        call = Call(query.label, self.path(dataset), "[]", body={"query": query.text(), **page})
        return _objects(portal.json(call, scratch), call, portal)

    def rows(self, download: Download) -> Iterator[Row]:
        def page(number: int, size: int) -> Call:
            body = {
                "query": f"SELECT {SELECTED} ORDER BY :id",
                "page": {"pageNumber": number, "pageSize": size},
                "includeSynthetic": False,
            }
            return Call(f"page {number}", self.path(download.dataset), "[]", body=body)

        return _paged_rows(download, page, download.directory / self.received)


class BulkCsv:
    """The bulk CSV of the first interface, deprecated since 2026-10-01: one answer, all rows, no ids."""

    label = "bulk CSV"
    received = "rows.csv"

    def path(self, dataset: str) -> str:
        return f"/api/views/{dataset}/rows.csv"

    def ask(self, portal: Portal, dataset: str, query: Aggregate, scratch: Path) -> list[dict[str, Any]] | None:
        try:
            return Soda2().ask(portal, dataset, query, scratch)
        except Unusable:
            log.warning("The portal %s does not count rows; the bulk CSV is taken as it comes", portal.base)
            return None

    def rows(self, download: Download) -> Iterator[Row]:
        target = download.directory / self.received
        call = Call("the bulk CSV", self.path(download.dataset), "", params={"accessType": "DOWNLOAD"})
        began = time.monotonic()
        download.portal.save(call, target, download.limits.max_bytes)
        number, label = 0, f"the bulk CSV of the dataset {download.dataset} at {download.portal.base}"
        with target.open(encoding="utf-8-sig", newline="") as text:
            for row in _utf8(csv_rows(text, label, download.accept), label):
                number += 1
                yield row
        _log_progress(download, number, began)
        if download.n_rows not in (None, number):
            raise SetChanged(f"the bulk CSV has {number:,} rows where the portal counts {download.n_rows:,}")


def endpoints(has_token: bool) -> tuple[Endpoint, ...]:
    """The endpoints to try, in order."""
    return (Soda3(), Soda2(), BulkCsv()) if has_token else (Soda2(), BulkCsv())


def _objects(answer: Any, call: Call, portal: Portal) -> list[dict[str, Any]]:
    if isinstance(answer, list) and all(isinstance(row, dict) for row in answer):
        return answer
    raise Unusable(f"{portal.base} answers the question for {call.label} with something else")


def _paged_rows(download: Download, page_call: Callable[[int, int], Call], received: Path) -> Iterator[Row]:
    """Read page after page; every page has to be full, and no row may come twice."""
    if download.n_rows is None:
        raise Unusable(f"{download.portal.base} does not say how many rows there are, so pages cannot be checked")
    size, room, began = download.limits.page_rows, download.limits.max_bytes, time.monotonic()
    ids: set[str] = set()
    fields: set[str] = set()
    path = download.directory / "page.json"
    with zipfile.ZipFile(received, "w", zipfile.ZIP_DEFLATED, compresslevel=PACK_LEVEL) as pages:
        for number, offset in enumerate(range(0, download.n_rows, size), start=1):
            room -= download.portal.save(page_call(number, size), path, room)
            due = min(size, download.n_rows - offset)
            yield from _page_rows(
                path, f"page {number} of the dataset {download.dataset} at {download.portal.base}", due, ids, fields
            )
            # No time inside: the same pages give the same bytes.
            _pack(path, pages, f"page-{number:05}.json")
            _log_progress(download, offset + due, began)
    if download.n_rows and not download.columns_known:
        check_columns(sorted(fields), download.label, download.accept)


def _page_rows(path: Path, label: str, due: int, ids: set[str], fields: set[str]) -> Iterator[Row]:
    number, row_id = 0, None
    with path.open(encoding="utf-8", newline="") as text:
        for number, pairs in enumerate(_utf8(json_objects(text, label), label), start=1):
            # Cut: millions of ids stay in memory.
            row_id = next((str(value)[:LONGEST_ROW_ID] for name, value in pairs if name == ":id"), None)
            if row_id is not None:
                if row_id in ids:
                    raise SetChanged(f"{label} repeats the row {shown(row_id)}")
                ids.add(row_id)
            own = [pair for pair in pairs if not pair[0].startswith(":")]
            record = json_record(own, f"Row {number} of {label}")
            fields.update(record)
            yield tuple(map(record.get, FIELDS))
    if number != due:
        raise SetChanged(f"{label} has {number:,} rows where {due:,} are due")
    if row_id is None:
        _check_page_is_new(path, label, ids)


def _utf8(items: Iterator[Item], label: str) -> Iterator[Item]:
    try:
        yield from items
    except UnicodeDecodeError as error:
        raise SourceError(f"{label} is not encoded in UTF-8 ({error.reason}). The last snapshot stays.") from error


def _check_page_is_new(path: Path, label: str, digests: set[str]) -> None:
    """Where the portal gives no row ids, tell at least a whole page that comes twice."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest in digests:
        raise SetChanged(f"{label} is the same as an earlier page")
    digests.add(digest)


def _pack(path: Path, pages: zipfile.ZipFile, name: str) -> None:
    entry = zipfile.ZipInfo(name)
    entry.compress_type = zipfile.ZIP_DEFLATED
    with path.open("rb") as page, pages.open(entry, "w", force_zip64=True) as target:
        while chunk := page.read(1024**2):
            target.write(chunk)


def _log_progress(download: Download, rows: int, began: float) -> None:
    speed = rows / max(time.monotonic() - began, 1e-6)
    total = "" if download.n_rows is None else f" of {download.n_rows:,}"
    log.info("%s%s rows from %s, %s rows/s", f"{rows:,}", total, download.portal.base, f"{speed:,.0f}")
