"""Stage quality: aggregates about the data itself."""

from typing import TYPE_CHECKING

from cit_platform.assets.inputs import Inputs
from cit_platform.assets.table_asset import table_asset
from cit_platform.assets.transform import transform
from cit_platform.contracts import clean, features, models, quality, raw
from cit_platform.engine.query import Query
from cit_platform.transforms import read_sql

if TYPE_CHECKING:
    import pandas as pd

CODE = ["codebook", "transforms/quality", "transforms/clean"]
KINDS = {"duckdb", "sql"}
REVISIONS = ("added", "removed", "changed")


def exposure_numbers(frame: "pd.DataFrame") -> dict[str, float]:
    """Quarters whose certification cannot be an exposure, for the UI to plot over time."""
    return {"implausible_quarters": float((frame["verdict"] == "implausible").sum())}


@table_asset(
    quality.FLOW,
    reads=[
        raw.RECORDS.path,
        clean.EXCLUSIONS.path,
        clean.RECORDS.path,
        features.RECORDS.path,
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


@table_asset(
    quality.EXPOSURE,
    reads=[features.CONTACTS.path, raw.REVISIONS.path],
    code=[*CODE, "modelling/exposure.py", "modelling/windows.py", "inference/proportions.py"],
    kinds={*KINDS, "python"},
    numbers=exposure_numbers,
)
def exposure(inputs: Inputs) -> "pd.DataFrame":
    """Certified share, officers and their changes of status, by report quarter, each with a verdict.

    For: where the analysis of certification may begin: at the first quarter from which all are usable.
    Not for: the effect of becoming certified: officers whose status changes are no random ones.
    """
    from cit_platform.modelling.exposure import exposure_of

    counts = inputs.home.engine.table(Query(read_sql("quality/exposure_counts"), inputs.files))
    return exposure_of(counts.to_pandas())


@table_asset(quality.LEVELS, reads=[features.CONTACTS.path, quality.EXPOSURE.path], code=CODE, kinds=KINDS)
def levels(inputs: Inputs) -> Query:
    """How many contacts each level of a predictor has.

    For: disclosure control: what few officers share of an officer attribute is not shown.
    Not for: rates: see models/disposition_shares and models/absolute_risk.
    """
    return transform(quality.LEVELS.path, inputs)


def revision_numbers(frame: "pd.DataFrame") -> dict[str, float]:
    """Records added, removed and changed since revisions are watched, for the UI to plot over time."""
    summed = frame[(frame["night"] == "all") & (frame["field"] == "") & frame["change"].isin(REVISIONS)]
    found = dict(zip(summed["change"], summed["n_records"], strict=True))
    return {f"records_{change}": float(found.get(change, 0)) for change in REVISIONS}


@table_asset(
    quality.REVISIONS,
    reads=[raw.REVISIONS.path, raw.COMPARISONS.path],
    code=CODE,
    kinds=KINDS,
    numbers=revision_numbers,
)
def revisions(inputs: Inputs) -> Query:
    """What the publisher changed after publication, counted by night, kind of change and field.

    For: the page's section on revisions: how often, in which fields, and how old the records were.
    Not for: single records or values: those stand in raw/revisions and never leave it.
    """
    return transform(quality.REVISIONS.path, inputs)


ASSETS = [flow, coverage, labels, exposure, levels, revisions]
