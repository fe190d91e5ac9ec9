"""Stage models: one asset per study, and every coefficient in one tidy table."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cit_platform.assets.table_asset import Checked, Inputs, table_asset
from cit_platform.contracts import features, models
from cit_platform.engine.query import Query

if TYPE_CHECKING:
    import pandas as pd

    from cit_platform.modelling.features import Features

CODE = ["inference", "modelling", "studies"]
KINDS = {"duckdb", "python", "numpy"}
RECORDS, CONTACTS = features.RECORDS.path, features.CONTACTS.path


@contextmanager
def feature_tables(inputs: Inputs) -> "Iterator[Features]":
    """The feature tables of the lake, as the studies ask them."""
    from cit_platform.modelling.features import Features

    with inputs.home.engine.bound(Query("", inputs.files)) as connection:
        yield Features(connection)


def cit_numbers(frame: "pd.DataFrame") -> dict[str, float]:
    """The certification coefficient of each variant and outcome, for the UI to plot over time."""
    rows = frame[(frame["term"] == "cit_certified") & frame["converged"]]
    return {
        f"cit {row['outcome']} {row['variant']} {name}": float(row[name])
        for row in rows.to_dict("records")
        for name in ("odds_ratio", "conf_low", "conf_high")
    }


def risk_numbers(frame: "pd.DataFrame") -> dict[str, float]:
    """The adjusted risk difference of each outcome per 1,000 contacts, for the UI to plot over time."""
    rows = frame[frame["converged"]]
    return {
        f"{row['outcome']} difference per 1,000": float(row["risk_difference"]) * 1000
        for row in rows.to_dict("records")
    }


@table_asset(models.FORCE, reads=[RECORDS, CONTACTS], code=CODE, kinds=KINDS, numbers=cit_numbers)
def force(inputs: Inputs) -> Checked:
    """Is force associated with certification? Binary logit, from the published specification to ever stricter ones.

    For: the odds ratios of the page and how far the interval moves once an officer's contacts count as dependent.
    Not for: causes. Certification is self-selected and late non-certified officers are a group of their own.
    """
    from cit_platform.checks.model_checks import checked
    from cit_platform.studies.force import force as study

    with feature_tables(inputs) as tables:
        return Checked(*checked(study(tables, inputs.agency, inputs.window), tables))


@table_asset(models.DISPOSITION, reads=[RECORDS, CONTACTS], code=CODE, kinds=KINDS, numbers=cit_numbers)
def disposition(inputs: Inputs) -> Checked:
    """What happens instead of nothing? Multinomial logit of the disposition against no action.

    For: arrest, emergent detention and referral by certification, adjusted for call risk and precinct.
    Not for: reading one odds ratio as a probability: see models/absolute_risk.
    """
    from cit_platform.checks.model_checks import checked
    from cit_platform.studies.disposition import disposition as study

    with feature_tables(inputs) as tables:
        return Checked(*checked(study(tables, inputs.agency, inputs.window), tables))


@table_asset(models.REPLICATION, reads=[RECORDS, CONTACTS], code=CODE, kinds=KINDS)
def replication(inputs: Inputs) -> "pd.DataFrame":
    """Does the published result hold? The published windows refitted beside the published numbers.

    For: comparing like with like; 'holds' asks for the same sign and an officer-clustered interval that excludes 1.
    Not for: demonstration data, whose truth differs from the published finding on purpose.
    """
    from cit_platform.studies.replication import replication as study

    with feature_tables(inputs) as tables:
        return study(tables, inputs.agency, inputs.window)


@table_asset(
    models.ESTIMATES,
    reads=[models.FORCE.path, models.DISPOSITION.path, models.REPLICATION.path],
    code=CODE,
    kinds={"python"},
)
def estimates(inputs: Inputs) -> "pd.DataFrame":
    """Every coefficient of every fitted model, one row each, in the names of R's broom.

    For: any table, chart or sentence about a coefficient; what cannot be estimated keeps its row and its reason.
    Not for: mixing variants: choose one by model, variant, unit and window.
    """
    from cit_platform.studies.estimates import estimates as study

    return study([inputs.frame(path) for path in inputs.versions])


@table_asset(models.ABSOLUTE_RISK, reads=[CONTACTS], code=CODE, kinds=KINDS, numbers=risk_numbers)
def absolute_risk(inputs: Inputs) -> "pd.DataFrame":
    """How much is that in contacts? Risks with everyone and with no one certified, and their difference.

    For: saying an odds ratio in contacts per 1,000, standardised over the contacts analysed.
    Not for: predicting a single contact.
    """
    from cit_platform.studies.absolute_risk import absolute_risk as study

    with feature_tables(inputs) as tables:
        return study(tables, inputs.agency, inputs.window)


@table_asset(models.LADDER, reads=[RECORDS, CONTACTS], code=CODE, kinds=KINDS)
def ladder(inputs: Inputs) -> "pd.DataFrame":
    """The same question asked ever more strictly, and what the published p-value is worth under dependence.

    For: seeing which of the choices between the published analysis and ours moves the answer, and by how much.
    Not for: picking the step that one likes: where the steps disagree, that is the finding.
    """
    from cit_platform.studies.ladder import ladder as study

    with feature_tables(inputs) as tables:
        return study(tables, inputs.agency, inputs.window)


@table_asset(models.INTERVENTIONIST_EFFECT, reads=[models.ABSOLUTE_RISK.path], code=CODE, kinds={"python"})
def interventionist_effect(inputs: Inputs) -> "pd.DataFrame":
    """Does certification go with more of everything and less of nothing? The verdict on the published claim.

    For: one answer from three risk differences, each of which must have its lower 95 % limit above 0.
    Not for: the size of any of them: see models/absolute_risk.
    """
    from cit_platform.studies.interventionist_effect import interventionist_effect as study

    return study(inputs.frame(models.ABSOLUTE_RISK.path))


@table_asset(models.DISPOSITION_SHARES, reads=[CONTACTS], code=CODE, kinds={"python"})
def disposition_shares(inputs: Inputs) -> "pd.DataFrame":
    """How do contacts end, by certification? Unadjusted shares with officer-clustered intervals.

    For: the grouped bars of the page.
    Not for: comparing officers on equal calls: nothing is adjusted here.
    """
    from cit_platform.studies.disposition_shares import disposition_shares as study

    with feature_tables(inputs) as tables:
        return study(tables, inputs.agency)


@table_asset(models.TERM_TESTS, reads=[CONTACTS], code=CODE, kinds=KINDS)
def term_tests(inputs: Inputs) -> "pd.DataFrame":
    """Which predictor is the strongest? Likelihood-ratio chi-square of each, whole and per degree of freedom.

    For: the page's first sentence: the situation before the training.
    Not for: significance: the test takes contacts as independent.
    """
    from cit_platform.studies.term_tests import term_tests as study

    with feature_tables(inputs) as tables:
        return study(tables, inputs.agency, inputs.window)


ASSETS = [
    force,
    disposition,
    replication,
    estimates,
    absolute_risk,
    ladder,
    interventionist_effect,
    disposition_shares,
    term_tests,
]
