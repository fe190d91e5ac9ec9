"""A table of raw that compares snapshots as a query: what it holds, and what the newest snapshot adds to it."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cit_platform.codebook import codebook_relations
from cit_platform.codebook.agency import agency_of
from cit_platform.contracts import Table, raw
from cit_platform.engine.query import Query
from cit_platform.storage.archive import Archive
from cit_platform.storage.archived_snapshot import ArchivedSnapshot, Retrieval
from cit_platform.storage.lake import LakeError
from cit_platform.transforms import read_sql, views_of

if TYPE_CHECKING:
    import pyarrow as pa

    from cit_platform.assets.inputs import Inputs
    from cit_platform.resources.home import Home


@dataclass(frozen=True)
class SnapshotPair:
    """A snapshot with the last one before it that became an edition; the first has none before it.

    `retrieval` is that of the later one, `accepted` names the changes let through since the earlier one.
    """

    before: ArchivedSnapshot | None
    after: ArchivedSnapshot
    retrieval: Retrieval
    accepted: frozenset[str]


def comparison(table: Table, inputs: "Inputs") -> Query:
    """The rows of a table that last and those of the comparisons still to be made, up to what raw/records holds.

    The table's own provenance says up to which retrieval it has compared: a night that is run again adds nothing. What
    a snapshot added that never became an edition goes when the next one is compared.
    """
    home, until = inputs.home, inputs.provenance.sequence
    archive, published = Archive(home.folder.archive), _published(home)
    holds = _holds(table, home)
    compared = _compared(table, home, archive, published) if holds else 0
    due = snapshot_pairs(archive, published, compared, until)
    found = {f"session.found_{pair.retrieval.sequence}": _found(table, inputs, pair) for pair in due}
    columns = ", ".join(table.column_names)
    lasting = (f"select {columns} from {table.relation} where sequence <= $compared",) if holds else ()
    parts = (*lasting, *(f"select {columns} from {name}" for name in found))
    if not parts:
        raise LakeError(
            f"{table.path} finds no snapshot in the archive up to retrieval {until}: materialise raw/records."
        )
    files = {table.relation: home.lake.verified(table.path).files} if holds else {}
    return Query(" union all ".join(parts), files, {"compared": compared}, relations=found)


def lasting_rows(table: Table, home: "Home") -> int | None:
    """Rows of a table's last version that a new one must have, too; None before the first, and of a damaged one.

    Of a comparison those of a snapshot that never became an edition do not last.
    """
    last = home.lake.last(table.path)
    if last is None or table not in (raw.REVISIONS, raw.COMPARISONS):
        return last.n_rows if last else None
    compared = _compared(table, home, Archive(home.folder.archive), _published(home))
    return last.n_rows - int((home.lake.frame(table.path, ["sequence"])["sequence"] > compared).sum())


def snapshot_pairs(
    archive: Archive, published: Collection[Retrieval], compared: int, until: int
) -> Iterator[SnapshotPair]:
    """The pairs of different snapshots that became editions, and that of retrieval `until`, after `compared`.

    Contents that the archive no longer keeps are left out.
    """
    kept = {entry.content_hash: entry for entry in archive.list()}
    before: Retrieval | None = None
    accepted: set[str] = set()
    for retrieval in archive.log():
        if retrieval.sequence > until or retrieval.content_hash not in kept:
            continue
        accepted |= set(retrieval.accepted)
        if retrieval.sequence < until and retrieval not in published:
            continue
        is_new = before is None or before.content_hash != retrieval.content_hash
        if retrieval.sequence > compared and is_new:
            earlier = kept[before.content_hash] if before else None
            yield SnapshotPair(earlier, kept[retrieval.content_hash], retrieval, frozenset(accepted))
        before, accepted = retrieval, set()


def _published(home: "Home") -> list[Retrieval]:
    """The retrievals that became editions."""
    from cit_platform.publishing.edition import list_editions

    named = {(manifest["snapshot"], manifest["source"]["retrieved_at"]) for manifest in list_editions(home.path)}
    log = Archive(home.folder.archive).log()
    return [retrieval for retrieval in log if (retrieval.content_hash, retrieval.retrieved_at) in named]


def _compared(table: Table, home: "Home", archive: Archive, published: Collection[Retrieval]) -> int:
    """The last retrieval whose comparison lasts: of those that a table holds, only the newest may be of no edition."""
    newest = home.lake.version(table.path).provenance.sequence
    in_vain = any(retrieval.sequence == newest and retrieval not in published for retrieval in archive.log())
    return newest - 1 if in_vain else newest


def _holds(table: Table, home: "Home") -> bool:
    """Whether the table has rows of this contract; of another one it is computed anew from what the archive keeps."""
    import pyarrow.parquet as pq

    if not home.lake.exists(table.path):
        return False
    return tuple(pq.read_schema(home.lake.version(table.path).files[0]).names) == table.column_names


def _found(table: Table, inputs: "Inputs", pair: SnapshotPair) -> "pa.Table":
    seen_at = pair.retrieval.moment
    scratch = inputs.home.folder.fetched / f"{table.name}-{pair.retrieval.sequence}"
    after = pair.after.records_in_present_form(scratch / "after")
    before = pair.before.records_in_present_form(scratch / "before") if pair.before else after
    query = Query(
        sql=read_sql(table.path),
        parameters={
            "as_of": seen_at.date(),
            "first_report": agency_of(inputs.agency).first_report,
            "sequence": pair.retrieval.sequence,
            "from_snapshot": pair.before.content_hash if pair.before else None,
            "to_snapshot": pair.after.content_hash,
            "seen_at": seen_at.replace(tzinfo=None),
            "rows_accepted": "rows" in pair.accepted,
        },
        relations=codebook_relations(inputs.agency),
        views=views_of(table.path),
        files={"session.before": [before], "session.after": [after]},
    )
    return inputs.home.engine.table(query)
