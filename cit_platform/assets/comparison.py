"""A table of raw that compares the archive's snapshots, two in a row, as a query: what it holds, and what is new."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cit_platform.codebook import codebook_relations
from cit_platform.contracts import Table
from cit_platform.engine.query import Query
from cit_platform.settings import FIRST_REPORT
from cit_platform.storage.archive import Archive, ArchivedSnapshot, Sighting
from cit_platform.storage.lake import LakeError
from cit_platform.transforms import read_sql, views_of

if TYPE_CHECKING:
    import pyarrow as pa

    from cit_platform.assets.table_asset import Inputs


@dataclass(frozen=True)
class Comparison:
    """Two snapshots in a row; the first of all has none before it. `sighting` is the arrival of the later one."""

    before: ArchivedSnapshot | None
    after: ArchivedSnapshot
    sighting: Sighting


def comparison(table: Table, inputs: "Inputs") -> Query:
    """The rows of a table and those of the comparisons still to be made, up to the snapshot that raw/records holds.

    The table's own provenance says up to which arrival it has compared: a night that is run again adds nothing, and
    what was archived in nights that did not come so far is compared now, step by step.
    """
    holds = _holds(table, inputs)
    compared = inputs.home.lake.version(table.path).provenance.sequence if holds else 0
    until = inputs.provenance.sequence
    due = comparisons(Archive(inputs.home.path / "archive"), compared, until)
    found = {f"session.found_{pair.sighting.sequence}": _found(table, inputs, pair) for pair in due}
    columns = ", ".join(table.column_names)
    parts = [f"select {columns} from {name}" for name in (*((table.relation,) if holds else ()), *found)]
    if not parts:
        raise LakeError(
            f"{table.path} finds no snapshot in the archive up to arrival {until}: materialise raw/records."
        )
    files = {table.relation: inputs.home.lake.version(table.path).files} if holds else {}
    return Query(" union all ".join(parts), files, relations=found)


def comparisons(archive: Archive, compared: int, until: int) -> Iterator[Comparison]:
    """The pairs of different snapshots, as far as they are kept, after one arrival and up to another."""
    kept = {entry.content_hash: entry for entry in archive.list()}
    before: Sighting | None = None
    for sighting in archive.log():
        if sighting.sequence > until or sighting.content_hash not in kept:
            continue
        is_new = before is None or before.content_hash != sighting.content_hash
        if sighting.sequence > compared and is_new:
            yield Comparison(kept[before.content_hash] if before else None, kept[sighting.content_hash], sighting)
        before = sighting


def _holds(table: Table, inputs: "Inputs") -> bool:
    """Whether the table has rows of this contract; of another one it is computed anew from what the archive keeps."""
    import pyarrow.parquet as pq

    lake = inputs.home.lake
    if not lake.exists(table.path):
        return False
    return tuple(pq.read_schema(lake.version(table.path).files[0]).names) == table.column_names


def _found(table: Table, inputs: "Inputs", pair: Comparison) -> "pa.Table":
    seen_at = pair.sighting.moment
    query = Query(
        sql=read_sql(table.path),
        parameters={
            "as_of": seen_at.date(),
            "first_report": FIRST_REPORT,
            "sequence": pair.sighting.sequence,
            "from_snapshot": pair.before.content_hash if pair.before else None,
            "to_snapshot": pair.after.content_hash,
            "seen_at": seen_at.replace(tzinfo=None),
        },
        relations=codebook_relations(inputs.agency),
        views=views_of(table.path),
        files={"session.before": [(pair.before or pair.after).records], "session.after": [pair.after.records]},
    )
    return inputs.home.engine.table(query)
