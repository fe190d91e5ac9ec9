"""Stage raw: the city's records as they were received, in canonical text."""

from datetime import date

import dagster as dg

from cit_platform.assets.table_asset import OWNER, AssetEvents, asset_properties, publish, told_plainly
from cit_platform.code_version import code_version
from cit_platform.contracts import raw
from cit_platform.resources.engine import Query
from cit_platform.resources.home import Home
from cit_platform.resources.lake import Provenance
from cit_platform.resources.source import fingerprint, source_of
from cit_platform.sources.archive import Archive, ArchiveError
from cit_platform.sources.snapshot import Snapshot

spd_crisis_data = dg.AssetSpec(
    key="spd_crisis_data",
    group_name="source",
    owners=[OWNER],
    kinds={"socrata"},
    description="The Seattle Police Department's open Crisis Data (i2q9-thny): observed here, never written.",
)


def _provenance(context: dg.AssetExecutionContext, snapshot: Snapshot, as_of: date, of_source: str) -> Provenance:
    return Provenance(
        snapshot=snapshot.content_hash,
        source=snapshot.source,
        location=snapshot.location,
        retrieved_at=snapshot.retrieved_at,
        licence=snapshot.licence,
        as_of=as_of,
        rows_received=snapshot.n_records,
        fingerprint=of_source,
        run_id=context.run.run_id,
        code_version=code_version(),
        inputs={},
    )


@dg.asset(name=raw.RECORDS.name, deps=[spd_crisis_data], **asset_properties(raw.RECORDS, ["sources"], {"python"}))
def records(context: dg.AssetExecutionContext, home: Home) -> AssetEvents:
    """The current snapshot of the source, in canonical text: 25 fields as the city prints them, nothing judged.

    For: seeing exactly what was received; every later stage starts here. Each snapshot also goes to the archive.
    Not for: counting. A row is one template and one disposition, and it holds badge numbers and birth dates.
    """
    with told_plainly(ArchiveError):
        as_of, source = home.settings.today(), source_of(home.settings)
        of_source = fingerprint(home.settings, source)
        home.fetched.mkdir(parents=True)
        snapshot = source.fetch(home.fetched)
        Archive(home.path / "archive").keep(snapshot)
        query = Query("select * from read_parquet($records)", parameters={"records": str(snapshot.records)})
        yield from publish(context, home, raw.RECORDS, query, _provenance(context, snapshot, as_of, of_source))


ASSETS = [spd_crisis_data, records]
