"""Spark as the engine: the same statements, over the same Parquet files, written in parallel.

Only answers come to the driver, and of a written table its counts; what an executor reads and writes lies under the
home, which every machine of a cluster has at the same path.
"""

import shutil
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cit_platform.contracts import Table
from cit_platform.engine.query import Query, Staged, broken_by, demand_columns, digest
from cit_platform.engine.spark_dialect import bound_types, bound_values, spark_steps, view_name
from cit_platform.engine.spark_failures import SparkError, spark_failures_named

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

SQL_TYPES = {
    "string": "string",
    "int32": "int",
    "int64": "bigint",
    "double": "double",
    "boolean": "boolean",
    "date": "date",
    "timestamp_ntz": "timestamp_ntz",
}
# The types of Parquet files as Arrow calls them.
ARROW_TYPES = {
    "string": "string",
    "large_string": "string",
    "string_view": "string",
    "int32": "int",
    "int64": "bigint",
    "double": "double",
    "bool": "boolean",
    "date32[day]": "date",
    "timestamp[us]": "timestamp_ntz",
    # A column without a value in any row.
    "null": "string",
}
WRITTEN = "session.written"


class Spark:
    """An engine on a session of Spark, which is asked for when it is first used.

    `spill` is the folder under the home that takes what lives no longer than a run.
    """

    name = "spark"

    def __init__(self, session: "Callable[[], SparkSession]", spill: Path) -> None:
        self.session = session
        self.views = spill / "views"

    @spark_failures_named()
    def write(self, query: Query, table: Table, folder: Path) -> Staged:
        """See `Engine`; the rows come in as many files as Spark has parts of them."""
        rows = self._rows(query)
        demand_columns(table, rows.columns)
        typed = rows.selectExpr(*(f"cast(`{c.name}` as {SQL_TYPES[c.type]}) as `{c.name}`" for c in table.columns))
        parts = self._written(typed.orderBy(*table.key), self._scratch(table.relation))
        folder.mkdir(parents=True, exist_ok=True)
        files = tuple(part.rename(folder / f"part-{uuid.uuid4()}.parquet") for part in parts)
        return self._judged(table, files)

    @spark_failures_named()
    def table(self, query: Query) -> "pa.Table":
        """See `Engine`."""
        return self._rows(query).toArrow()

    def _rows(self, query: Query) -> "DataFrame":
        """The rows of a query, not computed yet; everything that it reads has its name in the session."""
        for name in query.read:
            if name in query.relations:
                self._bind(name, [self._relation_file(name, query.relations[name])])
            else:
                self._bind(name, query.files[name])
        for name in query.views:
            self._bind(name, self._view_files(name, query))
        return self._select(query.sql, query.parameters)

    def _select(self, sql: str, parameters: Mapping[str, object]) -> "DataFrame":
        *before, (_, last) = spark_steps(sql, tuple(sorted(bound_types(parameters).items())))
        for name, step in before:
            self._bind(name, self._written(self._asked(step, parameters), self._scratch(name)))
        return self._asked(last, parameters)

    def _asked(self, statement: str, parameters: Mapping[str, object]) -> "DataFrame":
        return self.session().sql(statement, args=bound_values(statement, parameters))

    def _bind(self, name: str, files: Sequence[str | Path]) -> None:
        """Show Parquet files as a view; their columns are said, or Spark would start a job to look them up."""
        import pyarrow.parquet as pq

        columns = ", ".join(f"`{field.name}` {ARROW_TYPES[str(field.type)]}" for field in pq.read_schema(files[0]))
        rows = self.session().read.schema(columns).parquet(*(f"file://{file}" for file in files))
        rows.createOrReplaceTempView(view_name(name))

    def _relation_file(self, name: str, relation: "pa.Table") -> Path:
        import pyarrow.parquet as pq

        file = self._scratch(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(relation, file)
        return file

    def _view_files(self, name: str, query: Query) -> list[Path]:
        """The rows of a view, computed once for all assets of a run that read it from the same inputs."""
        folder = self.views / query.view_key(name)
        if not folder.exists():
            partial = self._scratch(name)
            self._written(self._select(query.views[name], query.parameters), partial)
            partial.rename(folder)
        return _parts(folder)

    def _scratch(self, name: str) -> Path:
        return self.views / f"{name}-{uuid.uuid4()}"

    def _written(self, rows: "DataFrame", folder: Path) -> list[Path]:
        """Write rows into a folder of their own; its files, in the order of the rows.

        Raises:
            SparkError: The files hold other rows than Spark wrote.
        """
        from pyspark.sql import Observation
        from pyspark.sql.functions import expr

        counted = Observation()
        try:
            rows.observe(counted, expr("count(*) as n_rows")).write.parquet(f"file://{folder}")
            _demand_whole(folder, counted.get["n_rows"])
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return _parts(folder)

    def _judged(self, table: Table, files: tuple[Path, ...]) -> Staged:
        """What was written: how many rows, a hash of them, and what they break in their contract.

        Nulls have no hash of their own, so whether a value is one is hashed too. Rows are hashed twice, see DuckDB.
        """
        self._bind(WRITTEN, files)
        written, key = view_name(WRITTEN), ", ".join(f"`{name}`" for name in table.key)
        row = ", ".join(f"`{name}`, `{name}` is null" for name in table.column_names)
        required = [column.name for column in table.columns if not column.nullable]
        nulls = ", ".join(f"count(*) - count(`{name}`)" for name in required)
        counts = self.session().sql(
            f"select (select count(*) from (select distinct {key} from {written})), count(*), "
            f"cast(sum(cast(xxhash64(xxhash64({row})) as decimal(38, 0))) as string), {nulls} from {written}"
        )
        ((n_keys, n_rows, hashed, *missing),) = counts.collect()
        broken = broken_by(table, n_rows, n_keys, dict(zip(required, missing, strict=True)))
        return Staged(table, files, n_rows, digest(table.column_names, n_rows, hashed), broken, self.name)


def _parts(folder: Path) -> list[Path]:
    """The Parquet files that Spark wrote into a folder, in the order of the rows."""
    return sorted(folder.glob("part-*.parquet"))


def _demand_whole(folder: Path, n_written: int) -> None:
    """Raise SparkError unless the driver sees every row that Spark wrote, and none twice.

    A machine without the home writes its parts onto its own disk, and Spark takes them for written.
    """
    import pyarrow.parquet as pq

    n_found = sum(pq.read_metadata(part).num_rows for part in _parts(folder))
    if n_found != n_written:
        raise SparkError(
            f"Spark wrote {n_written:,} rows into {folder}, and {n_found:,} are there; none is used. A machine of the "
            "cluster has another file system there: mount CIT_HOME at the same path on every worker, and refresh again."
        )
