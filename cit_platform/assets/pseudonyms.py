"""Officers' pseudonyms: a keyed hash of each number, computed here, for no engine has it and no key stands in SQL."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cit_platform.contracts.raw import RECORDS
from cit_platform.engine.query import Engine, Query
from cit_platform.storage.pseudonym_key import pseudonym

if TYPE_CHECKING:
    import pyarrow as pa

DISTINCT = f"select distinct officer_id from {RECORDS.relation} where officer_id is not null order by officer_id"


def officers(engine: Engine, records: Sequence[str | Path], key: bytes) -> "pa.Table":
    """The relation `session.officers`: each officer number of raw/records as it stands there, with its key.

    Args:
        engine: what reads the records.
        records: the Parquet files of raw/records.
        key: the home's pseudonym key.
    """
    import pyarrow as pa

    numbers = engine.table(Query(DISTINCT, {RECORDS.relation: records})).column("officer_id").to_pylist()
    keys = [pseudonym(number, key) for number in numbers]
    return pa.table({"officer_id": pa.array(numbers, pa.string()), "officer_key": pa.array(keys, pa.string())})
