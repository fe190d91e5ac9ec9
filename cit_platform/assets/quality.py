"""Stage quality: aggregates about the data itself."""

from cit_platform.assets.table_asset import Inputs, table_asset
from cit_platform.assets.transform import transform
from cit_platform.contracts import clean, features, models, quality, raw
from cit_platform.resources.engine import Query

CODE = ["codebook", "transforms/quality", "transforms/clean"]
KINDS = {"duckdb", "sql"}


@table_asset(
    quality.FLOW,
    reads=[
        raw.RECORDS.path,
        clean.EXCLUSIONS.path,
        clean.RECORDS.path,
        features.CONTACTS.path,
        models.ESTIMATES.path,
    ],
    code=CODE,
    kinds=KINDS,
)
def flow(inputs: Inputs) -> Query:
    """The ledger from the records received to the rows that each model analysed, step by step.

    For: the flow chart on the page; every step's losses and what is left add up to the step before.
    Not for: the reasons of single records: those stand in clean/exclusions.
    """
    return transform(quality.FLOW.path, inputs)


@table_asset(quality.COVERAGE, reads=[raw.RECORDS.path], code=CODE, kinds=KINDS)
def coverage(inputs: Inputs) -> Query:
    """How many records carry a value in each source field, by report year.

    For: seeing where the source went silent before trusting a column over time.
    Not for: correctness: a value that is there can still be wrong.
    """
    return transform(quality.COVERAGE.path, inputs)


@table_asset(quality.LABELS, reads=[clean.RECORDS.path, features.RECORDS.path], code=CODE, kinds=KINDS)
def labels(inputs: Inputs) -> Query:
    """Every disposition and initial call type seen, with its group and count.

    For: reviewing the codebook; 'unmapped' labels wait for a decision and are out of the models.
    Not for: analysis: the groups stand in features.
    """
    return transform(quality.LABELS.path, inputs)


@table_asset(quality.LEVELS, reads=[features.CONTACTS.path], code=CODE, kinds=KINDS)
def levels(inputs: Inputs) -> Query:
    """How many contacts each level of a predictor has.

    For: disclosure control: what rests on fewer than 10 contacts of an officer attribute is not shown.
    Not for: rates: see models/disposition_shares and models/absolute_risk.
    """
    return transform(quality.LEVELS.path, inputs)


ASSETS = [flow, coverage, labels, levels]
