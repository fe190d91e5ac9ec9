"""A table of clean, features or quality as a query: its SQL file, the codebook, and the two bound parameters."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cit_platform.codebook import codebook_tables
from cit_platform.engine.duckdb import Query
from cit_platform.transforms import read_sql, views_of

if TYPE_CHECKING:
    import pyarrow as pa

    from cit_platform.assets.table_asset import Inputs


def transform(path: str, inputs: "Inputs", relations: Mapping[str, "pa.Table"] | None = None) -> Query:
    """The query of `transforms/<path>.sql` over the asset's inputs."""
    codebook = {f"codebook.{name}": table for name, table in codebook_tables(inputs.agency).items()}
    return Query(
        sql=read_sql(path),
        inputs=inputs.paths,
        parameters={"as_of": inputs.as_of, "agency": inputs.agency},
        relations={**codebook, **(relations or {})},
        views=views_of(path),
    )
