"""Stage features: the columns that models read, at record and at contact grain."""

from dataclasses import replace

from cit_platform.assets.inputs import Inputs
from cit_platform.assets.table_asset import table_asset
from cit_platform.assets.transform import transform
from cit_platform.contracts import clean, features
from cit_platform.engine.query import Query

CODE = ["codebook", "transforms/features"]
KINDS = {"duckdb", "sql"}
LEVELS, LEVELS_RELATION = features.OFFICER_LEVELS.path, features.OFFICER_LEVELS.relation


@table_asset(features.OFFICER_LEVELS, reads=[clean.RECORDS.path], code=CODE, kinds=KINDS)
def officer_levels(inputs: Inputs) -> Query:
    """What each level of an officer's race and gender becomes, so that none rests on few officers.

    For: writing features: nothing after them can tell a level that was merged.
    Not for: publishing, or anything else: it says which levels are small.
    """
    return transform(features.OFFICER_LEVELS.path, inputs)


@table_asset(features.RECORDS, reads=[clean.RECORDS.path, LEVELS], code=CODE, kinds=KINDS)
def records(inputs: Inputs) -> Query:
    """The modelling columns, one row per record: the unit of the published analysis.

    For: replicating what was published.
    Not for: inference: the force flag repeats over the dispositions of one contact, so rows are not independent.
    """
    return transform(features.RECORDS.path, inputs)


@table_asset(features.CONTACTS, reads=[clean.RECORDS.path, LEVELS], code=CODE, kinds=KINDS)
def contacts(inputs: Inputs) -> Query:
    """The modelling columns, one row per contact: one officer's report on one person in crisis.

    For: the platform's own estimates. Force is any; the disposition is the highest by the codebook's rank.
    Not for: counting people: a person in crisis twice is two contacts.
    """
    return transform(features.CONTACTS.path, inputs)


@table_asset(features.CONTRADICTORY, reads=[clean.CONTRADICTORY.path, LEVELS], code=CODE, kinds=KINDS)
def contradictory(inputs: Inputs) -> Query:
    """The modelling columns of the contacts that contradict themselves on certification alone.

    For: reading them as certified, and as not certified, beside leaving them out.
    Not for: anything that reads cit_certified: here it is one of two answers.
    """
    query = transform(features.CONTRADICTORY.path, inputs)
    files = {
        LEVELS_RELATION: query.files[LEVELS_RELATION],
        clean.RECORDS.relation: query.files[clean.CONTRADICTORY.relation],
    }
    return replace(query, files=files)


ASSETS = [officer_levels, records, contacts, contradictory]
