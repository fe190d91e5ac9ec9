"""Stage features: the columns that models read, at record and at contact grain."""

from cit_platform.assets.inputs import Inputs
from cit_platform.assets.table_asset import table_asset
from cit_platform.assets.transform import transform
from cit_platform.contracts import clean, features
from cit_platform.engine.query import Query

CODE = ["codebook", "transforms/features"]


@table_asset(features.RECORDS, reads=[clean.RECORDS.path], code=CODE, kinds={"duckdb", "sql"})
def records(inputs: Inputs) -> Query:
    """The modelling columns, one row per record: the unit of the published analysis.

    For: replicating what was published.
    Not for: inference: the force flag repeats over the dispositions of one contact, so rows are not independent.
    """
    return transform(features.RECORDS.path, inputs)


@table_asset(features.CONTACTS, reads=[clean.RECORDS.path, features.RECORDS.path], code=CODE, kinds={"duckdb", "sql"})
def contacts(inputs: Inputs) -> Query:
    """The modelling columns, one row per contact: one officer's report on one person in crisis.

    For: the platform's own estimates. Force is any; the disposition is the highest by the codebook's rank.
    Not for: counting people: a person in crisis twice is two contacts.
    """
    return transform(features.CONTACTS.path, inputs)


ASSETS = [records, contacts]
