"""Contacts of two years in which certified officers write up other calls than others do, on or off the record."""

import numpy as np
import pandas as pd

from cit_platform.modelling.features import Features, feature_frames
from cit_platform_tests.studies.city import RISKS, Truth, contacts_of

OFFICERS = 160


def selected(seed: int, n: int = 8_000, calls: float = 1.0, hidden: float = 1.0) -> pd.DataFrame:
    """Violent calls are written up by certified officers with odds `calls`, calls of a severity with odds `hidden`.

    The severity is unrecorded, of a fifth of all calls whatever their kind, and triples the odds of force.
    Certification itself changes nothing.
    """
    draw = np.random.default_rng([seed, 11])
    contacts = contacts_of(n, Truth(officers=OFFICERS), seed)
    day = pd.to_datetime("2018-01-01") + pd.to_timedelta(draw.integers(0, 730, n), unit="D")
    risk, severe = contacts["call_risk"].to_numpy(), draw.random(n) < 0.2
    odds = 0.8 * np.where(risk == "violent", calls, 1.0) * np.where(severe, hidden, 1.0)
    certified = (draw.random(n) < odds / (1 + odds)).astype(np.int32)
    half = OFFICERS // 2
    officer = draw.integers(0, half, n) + half * certified
    own = draw.normal(0, 0.3, OFFICERS)[officer]
    predictor = -3.0 + np.vectorize(RISKS.get)(risk) + np.log(3) * severe + own
    return contacts.assign(
        reported_date=day.date,
        month=day.to_period("M").to_timestamp().date,
        year=day.year,
        officer_key=[f"K{number}" for number in officer],
        officer_squad=[f"SQUAD {number % 20}" for number in officer],
        incident_id=contacts["contact_id"],
        cit_certified=certified,
        force=(draw.random(n) < 1 / (1 + np.exp(-predictor))).astype(np.int32),
    )


def features_of(contacts: pd.DataFrame) -> Features:
    """The contacts as feature tables, a record each."""
    return feature_frames(contacts.assign(record_id=contacts["contact_id"]), contacts)
