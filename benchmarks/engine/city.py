"""The feature table that every method fits: a demonstration city of any size, as Parquet."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

CALENDAR = (date(2015, 5, 15), date(2025, 12, 31))
ROWS_PER_CONTACT = 1.1
ROWS_PER_OFFICER = 110
# Keys are text in the lake; the generator numbers contacts and incidents within a block of its calendar. Rows of
# unknown experience are not in the published model.
FEATURES = """
select
    concat('contact ', $block, ' ', contact_id) as contact_id,
    concat('incident ', $block, ' ', incident_id) as incident_id,
    concat('officer ', officer_key) as officer_key,
    cast(reported_date as date) as reported_date,
    force,
    cast(disposition_group as varchar) as disposition_group,
    cit_certified,
    experience_years,
    cast(call_risk as varchar) as call_risk,
    cast(precinct as varchar) as precinct,
    cast(officer_race as varchar) as officer_race,
    cast(officer_gender as varchar) as officer_gender
from arriving
where experience_years is not null
"""


def draw_features(rows: int, file: Path) -> None:
    """Write `features/records` of a city with about that many records."""
    from cit_platform.sources.demo.city import CityParameters
    from cit_platform.sources.demo.large_city import large_city, modelling_rows

    city = CityParameters(n_officers=rows // ROWS_PER_OFFICER)
    with TemporaryDirectory(dir=file.parent) as directory:
        for block, chunk in enumerate(large_city(city, contacts=round(rows / ROWS_PER_CONTACT))):
            part = Path(directory) / f"{block:02}.parquet"
            _write(modelling_rows(city, chunk, "record"), block, part)
        _join(Path(directory), file)


def _write(rows: "pd.DataFrame", block: int, file: Path) -> None:
    import duckdb

    with duckdb.connect() as connection:
        connection.register("arriving", rows)
        connection.sql(FEATURES, params={"block": block}).write_parquet(str(file))


def _join(parts: Path, file: Path) -> None:
    import duckdb

    with duckdb.connect() as connection:
        connection.read_parquet(str(parts / "*.parquet")).write_parquet(str(file))


def connect(files: Sequence[Path]) -> "duckdb.DuckDBPyConnection":
    """A database in which these files are `features.records`, as the platform reads its lake."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("set enable_progress_bar = false")
    connection.execute("create schema features")
    listed = ", ".join(f"'{file}'" for file in files)
    connection.execute(f"create view features.records as select * from read_parquet([{listed}])")
    return connection
