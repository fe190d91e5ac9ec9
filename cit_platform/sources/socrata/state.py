"""What the portal says about the dataset: its description or the header of a page, and how many rows it counts."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cit_platform.codebook.agency import agency_of
from cit_platform.printable import shown
from cit_platform.settings import chosen_agency
from cit_platform.sources.socrata.aggregate import Aggregate, count_rows
from cit_platform.sources.socrata.answers import Gone, Unusable
from cit_platform.sources.socrata.client import SMALL_ANSWER, Call, Portal
from cit_platform.sources.socrata.contract import check_header, check_metadata, described, what_changed
from cit_platform.sources.socrata.endpoints import Endpoint

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class State:
    """What the portal says about the dataset, to be compared before and after it is read.

    Attributes:
        n_rows: rows that the portal counts; None where it no longer counts.
        updated: `rowsUpdatedAt` of the description (seconds since 1970), else the latest `:updated_at`; None where it
            says neither.
        columns_known: whether the columns could be compared with the contract.
        licence: the terms the records are published under.
        described: what the portal says of the dataset, text by item; None where it no longer says anything.
        accepted: codes of changed columns and types that the operator let through.
        changed: sentences on what is read although it is not as it once was.
    """

    n_rows: int | None
    updated: str | None
    columns_known: bool
    licence: str
    described: dict[str, str] | None
    accepted: tuple[str, ...]
    changed: tuple[str, ...]


def asked_state(endpoint: Endpoint, portal: Portal, dataset: str, scratch: Path, accept: frozenset[str]) -> State:
    """Ask for the description and the count, and compare the columns with the fields.

    Args:
        endpoint: the one that counts.
        portal: the address.
        dataset: four-by-four id.
        scratch: directory for answers.
        accept: codes of changes that are let through.

    Raises:
        Unusable: The address or the endpoint does not answer.
        SourceError: The columns are not those of the crisis data, and not let through.
    """
    label = f"The dataset {dataset} at {portal.base}"
    metadata = description(portal, dataset, scratch)
    if metadata is not None:
        accepted = check_metadata(metadata, label, accept)
        n_rows = _totals(endpoint, portal, dataset, count_rows(), scratch)
        return State(
            n_rows=_count(n_rows, portal),
            updated=_text(metadata.get("rowsUpdatedAt")),
            columns_known=True,
            licence=_licence(metadata),
            described=described(metadata),
            accepted=accepted,
            changed=tuple(what_changed(metadata, label)),
        )
    header = page_header(portal, dataset, scratch)
    accepted = () if header is None else check_header(header, label, accept)
    totals = _totals(endpoint, portal, dataset, count_rows("max(:updated_at) as updated"), scratch)
    updated = _text(totals.get("updated"))
    return State(_count(totals, portal), updated, header is not None, _stated_terms(), None, accepted, ())


def _totals(endpoint: Endpoint, portal: Portal, dataset: str, query: Aggregate, scratch: Path) -> dict[str, Any]:
    """The one row of aggregates over the whole set; empty where the portal counts for nobody."""
    answer = endpoint.ask(portal, dataset, query, scratch)
    if answer is None:
        return {}
    if len(answer) != 1:
        raise Unusable(f"{portal.base} answers the question for {query.label} with {len(answer)} rows")
    return answer[0]


def description(portal: Portal, dataset: str, scratch: Path) -> dict[str, Any] | None:
    """The portal's description of the dataset, not yet compared with anything; None where it no longer gives one.

    Raises:
        Unusable: The address gives something else.
    """
    call = Call("the description of the dataset", f"/api/views/{dataset}.json", "{}")
    try:
        answer: dict[str, Any] = portal.json(call, scratch)
    except Gone:
        log.warning("The portal %s no longer describes the dataset; the header of a page is compared", portal.base)
        return None
    return answer


def page_header(portal: Portal, dataset: str, scratch: Path) -> str | None:
    """The first line of a page as CSV; None where there are no such pages.

    Raises:
        Unusable: The address gives something else.
    """
    page = scratch / "header.csv"
    call = Call("a page of one row", f"/resource/{dataset}.csv", "", params={"$limit": "1"})
    try:
        portal.save(call, page, SMALL_ANSWER)
    except Gone:
        return None
    return page.read_text(encoding="utf-8-sig", errors="replace").partition("\n")[0]


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
    return f"{shown(str(name))}, as the portal states for the dataset" if name else _stated_terms()


def _stated_terms() -> str:
    return agency_of(chosen_agency()).dataset.terms


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
