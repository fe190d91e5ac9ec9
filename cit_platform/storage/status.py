"""quality/status: what is current and what is not, a table of the home that is written when it says something else."""

from collections.abc import Sequence

from cit_platform.contracts.operations import STATUS
from cit_platform.settings import Settings
from cit_platform.storage.home_folder import HomeFolder
from cit_platform.storage.lake import Lake
from cit_platform.storage.provenance import Provenance
from cit_platform.storage.run_history import Row, only_writer


def write_status(settings: Settings, rows: Sequence[Row]) -> None:
    """Replace the rows of the table; where they are the same, its version stays.

    Raises:
        OSError: The home cannot be written.
    """
    import pyarrow as pa

    from cit_platform.engine.duckdb import plain_engine
    from cit_platform.engine.query import Query

    lake = Lake(settings.home)
    query = Query("select * from session.found", relations={"session.found": pa.Table.from_pylist(list(rows))})
    engine = plain_engine(settings.memory_limit, settings.threads, HomeFolder(settings.home).spill)
    with only_writer(settings.home):
        staged = engine.write(query, STATUS, lake.folder(STATUS.path))
        last = lake.last(STATUS.path)
        if last and last.provenance.content == staged.content:
            staged.discard()
        else:
            lake.commit(staged, Provenance())
