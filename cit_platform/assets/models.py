"""Stage models: one asset per study, and every coefficient in one tidy table."""

from typing import TYPE_CHECKING

from cit_platform.assets.table_asset import Inputs, table_asset
from cit_platform.contracts import features, models

if TYPE_CHECKING:
    import pandas as pd

CODE = ["inference", "studies"]
KINDS = {"python", "statsmodels"}
RECORDS, CONTACTS = features.RECORDS.path, features.CONTACTS.path


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
def force(inputs: Inputs) -> "pd.DataFrame":
    """Is force associated with certification? Binary logit, from the published specification to the clustered one.

    For: the odds ratios of the page and how far the interval moves once an officer's contacts count as dependent.
    Not for: causes. Certification is self-selected and late non-certified officers are a group of their own.
    """
    from cit_platform.studies.force import force as study

    return study(inputs.frame(RECORDS), inputs.frame(CONTACTS), inputs.agency, inputs.window)


@table_asset(models.DISPOSITION, reads=[RECORDS, CONTACTS], code=CODE, kinds=KINDS, numbers=cit_numbers)
def disposition(inputs: Inputs) -> "pd.DataFrame":
    """What happens instead of nothing? Multinomial logit of the disposition against no action.

    For: arrest, emergent detention and referral by certification, adjusted for call risk and precinct.
    Not for: reading one odds ratio as a probability: see models/absolute_risk.
    """
    from cit_platform.studies.disposition import disposition as study

    return study(inputs.frame(RECORDS), inputs.frame(CONTACTS), inputs.agency, inputs.window)


@table_asset(models.REPLICATION, reads=[RECORDS, CONTACTS], code=CODE, kinds=KINDS)
def replication(inputs: Inputs) -> "pd.DataFrame":
    """Does the published result hold? The published windows refitted beside the published numbers.

    For: comparing like with like; 'holds' asks for the same sign and an officer-clustered interval that excludes 1.
    Not for: demonstration data, whose truth differs from the published finding on purpose.
    """
    from cit_platform.studies.replication import replication as study

    return study(inputs.frame(RECORDS), inputs.frame(CONTACTS), inputs.agency, inputs.window)


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

    return study([inputs.frame(path) for path in inputs.paths])


@table_asset(models.ABSOLUTE_RISK, reads=[CONTACTS], code=CODE, kinds=KINDS, numbers=risk_numbers)
def absolute_risk(inputs: Inputs) -> "pd.DataFrame":
    """How much is that in contacts? Risks with everyone and with no one certified, and their difference.

    For: saying an odds ratio in contacts per 1,000, standardised over the contacts analysed.
    Not for: predicting a single contact.
    """
    from cit_platform.studies.absolute_risk import absolute_risk as study

    return study(inputs.frame(CONTACTS), inputs.agency, inputs.window)


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

    return study(inputs.frame(CONTACTS), inputs.agency)


@table_asset(models.TERM_TESTS, reads=[CONTACTS], code=CODE, kinds=KINDS)
def term_tests(inputs: Inputs) -> "pd.DataFrame":
    """Which predictor is the strongest? Likelihood-ratio chi-square of each, whole and per degree of freedom.

    For: the page's first sentence: the situation before the training.
    Not for: significance: the test takes contacts as independent.
    """
    from cit_platform.studies.term_tests import term_tests as study

    return study(inputs.frame(CONTACTS), inputs.agency, inputs.window)


ASSETS = [
    force,
    disposition,
    replication,
    estimates,
    absolute_risk,
    interventionist_effect,
    disposition_shares,
    term_tests,
]
