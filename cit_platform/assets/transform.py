"""A table of clean, features or quality as a query: its SQL file, the codebook, and the bound parameters."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cit_platform.codebook import codebook_relations
from cit_platform.codebook.agency import agency_of
from cit_platform.engine.query import Query
from cit_platform.transforms import read_sql, views_of

if TYPE_CHECKING:
    import pyarrow as pa

    from cit_platform.assets.inputs import Inputs


def transform(
    path: str, inputs: "Inputs", relations: Mapping[str, "pa.Table"] | None = None, **parameters: object
) -> Query:
    """The query of `transforms/<path>.sql` over the asset's inputs."""
    return Query(
        sql=read_sql(path),
        files=inputs.files,
        parameters={
            "as_of": inputs.as_of,
            "agency": inputs.agency,
            **agency_of(inputs.agency).parameters,
            **parameters,
        },
        relations={**codebook_relations(inputs.agency), **(relations or {})},
        views=views_of(path),
    )
