"""Stage clean: every record typed and kept, or excluded under a named rule."""

from cit_platform.assets.inputs import Inputs
from cit_platform.assets.pseudonyms import officers
from cit_platform.assets.table_asset import table_asset
from cit_platform.assets.transform import transform
from cit_platform.contracts import Table, clean, raw
from cit_platform.engine.query import Query
from cit_platform.storage.pseudonym_key import pseudonym_key

CODE = ["codebook", "transforms/clean", "assets/pseudonyms.py", "storage/pseudonym_key.py"]


@table_asset(clean.EXCLUSIONS, reads=[raw.RECORDS.path], code=CODE, kinds={"duckdb", "sql"})
def exclusions(inputs: Inputs) -> Query:
    """Every record that is not fit for analysis, once, under the first rule that excludes it.

    For: the exclusion flow that STROBE and RECORD ask for, and for arguing with a rule.
    Not for: judging officers; most rules speak of how a record was filled in.
    """
    return transform(clean.EXCLUSIONS.path, inputs)


@table_asset(clean.RECORDS, reads=[raw.RECORDS.path, clean.EXCLUSIONS.path], code=CODE, kinds={"duckdb", "sql"})
def records(inputs: Inputs) -> Query:
    """One row per source record that is fit for analysis: typed, keyed, officers pseudonymised.

    For: every count and every feature. Clean and excluded records together are the raw ones, exactly.
    Not for: counting contacts (use contact_id) and not for people: the source has no person number.
    """
    return _of_standing(clean.RECORDS, inputs, "clean")


@table_asset(clean.CONTRADICTORY, reads=[raw.RECORDS.path], code=CODE, kinds={"duckdb", "sql"})
def contradictory(inputs: Inputs) -> Query:
    """The records of contacts that contradict themselves on certification and on nothing that identifies them.

    For: asking whether an answer depends on leaving these contacts out; they stand in clean/exclusions too.
    Not for: counting: no record here is a clean one.
    """
    return _of_standing(clean.CONTRADICTORY, inputs, "contradictory")


def _of_standing(table: Table, inputs: Inputs, standing: str) -> Query:
    home, files = inputs.home, inputs.files[raw.RECORDS.relation]
    relations = {"session.officers": officers(home.engine, files, pseudonym_key(home.settings))}
    return transform(table.path, inputs, relations, standing=standing)


ASSETS = [exclusions, records, contradictory]
