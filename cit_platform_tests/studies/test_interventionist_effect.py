"""The published claim in two readings: supported, contradicted or undecided, as the truth has it."""

import numpy as np
import pandas as pd
import pytest

from cit_platform.contracts import TABLES
from cit_platform.modelling.estimation import estimate
from cit_platform.modelling.features import Features, feature_frames
from cit_platform.modelling.specification import headline_of
from cit_platform.modelling.tidy import conform, tidy_rows
from cit_platform.studies.absolute_risk import absolute_risk
from cit_platform.studies.disposition import DISPOSITION_SPECIFICATIONS
from cit_platform.studies.fit_matrices import fit_matrices
from cit_platform.studies.interventionist_effect import interventionist_effect
from cit_platform_tests.studies.city import WINDOWS, Truth, contacts_of

MORE = {"arrest": 1.2, "emergent_detention": 1.2, "referral": 1.2}
NONE = {"arrest": 0.0, "emergent_detention": 0.0, "referral": 0.0}
AS_PUBLISHED = {"arrest": float(np.log(1.45)), "referral": float(np.log(1.27))}


def effect_of(contacts: pd.DataFrame) -> pd.DataFrame:
    features = feature_frames(contacts.iloc[:0], contacts)
    return interventionist_effect(*tables_of(features))


def tables_of(features: Features) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The odds ratios of the headline, the risks and the matrices that the verdict reads."""
    headline = estimate(headline_of(DISPOSITION_SPECIFICATIONS), features, WINDOWS)
    return (
        conform(tidy_rows(headline, "seattle"), "models/disposition"),
        absolute_risk(features, "seattle", WINDOWS),
        fit_matrices(features, "seattle", WINDOWS),
    )


def effect_in(truth: dict[str, float], n: int = 6000) -> pd.DataFrame:
    return effect_of(contacts_of(n, Truth(dispositions=truth, officers=600), seed=8))


def verdicts(effect: pd.DataFrame) -> dict[str, str]:
    found = effect[["measure", "verdict"]].drop_duplicates()
    assert len(found) == 2
    return dict(found.itertuples(index=False, name=None))


def test_the_verdict_turns_with_the_truth() -> None:
    more = effect_in(MORE)
    assert tuple(more.columns) == TABLES["models/interventionist_effect"].column_names
    assert verdicts(more) == {"odds_ratio": "supported", "risk_difference": "supported"}
    assert set(more["part"]) == {"above"}
    fewer = effect_in({outcome: -value for outcome, value in MORE.items()})
    assert verdicts(fewer) == {"odds_ratio": "contradicted", "risk_difference": "contradicted"}
    assert verdicts(effect_in(NONE)) == {"odds_ratio": "undecided", "risk_difference": "undecided"}


def test_published_odds_ratios_reproduced_support_the_claim_as_it_was_made() -> None:
    """With detention at 1.05 its share falls although its odds against no action rise: two readings, two verdicts."""
    truth = AS_PUBLISHED | {"emergent_detention": float(np.log(1.05))}
    effect = effect_in(truth, n=150_000)
    assert verdicts(effect)["odds_ratio"] == "supported"
    assert verdicts(effect)["risk_difference"] != "supported"
    odds = effect[effect["measure"] == "odds_ratio"].set_index("outcome")
    for outcome, value in truth.items():
        assert odds.loc[outcome, "conf_low"] < np.exp(value) < odds.loc[outcome, "conf_high"]


def test_one_part_that_touches_no_association_leaves_it_undecided_and_one_below_contradicts() -> None:
    contacts = contacts_of(6000, Truth(dispositions=MORE, officers=600), seed=8)
    odds, risks, matrices = tables_of(feature_frames(contacts.iloc[:0], contacts))
    arrest = risks["outcome"] == "arrest"
    risks.loc[arrest, "risk_difference_conf_low"] = 0.0
    assert verdicts(interventionist_effect(odds, risks, matrices))["risk_difference"] == "undecided"
    risks.loc[arrest, ["risk_difference_conf_low", "risk_difference_conf_high"]] = (-0.02, -0.001)
    assert verdicts(interventionist_effect(odds, risks, matrices)) == {
        "odds_ratio": "supported",
        "risk_difference": "contradicted",
    }


def test_what_cannot_be_estimated_says_why(contacts: pd.DataFrame) -> None:
    effect = effect_of(contacts[(contacts["any_arrest"] == 0) | (contacts["cit_certified"] == 0)])
    assert set(effect["verdict"]) == {"cannot_be_estimated"}
    assert effect["power"].isna().all()
    assert effect["note"].str.contains("too few events").all()


def test_power_is_that_of_the_published_odds_ratios_and_grows_with_the_city() -> None:
    small, large = (effect_in(AS_PUBLISHED | {"emergent_detention": 0.3}, n=n) for n in (1500, 30_000))
    odds = [effect[effect["measure"] == "odds_ratio"]["power"] for effect in (small, large)]
    assert odds[0].nunique() == odds[1].nunique() == 1
    assert 0 < odds[0].iloc[0] < 0.5 < odds[1].iloc[0] <= 1
    assert small[small["measure"] == "risk_difference"]["power"].isna().all()


@pytest.mark.parametrize("measure", ["odds_ratio", "risk_difference"])
def test_each_part_is_of_the_headline_fit(contacts: pd.DataFrame, measure: str) -> None:
    odds, risks, matrices = tables_of(feature_frames(contacts.iloc[:0], contacts))
    effect = interventionist_effect(odds, risks, matrices)
    found = effect[effect["measure"] == measure].set_index("outcome")["estimate"]
    source = (odds[odds["term"] == "cit_certified"] if measure == "odds_ratio" else risks).query("variant == 'primary'")
    assert found.to_dict() == source.set_index("outcome")[measure].reindex(found.index).to_dict()
