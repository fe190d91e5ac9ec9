"""A small synthetic city at column level: features at contact and record grain with a known truth."""

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from cit_platform.modelling.windows import Windows

WINDOW = (date(2015, 5, 15), date(2026, 10, 31))
WINDOWS = Windows(WINDOW, WINDOW)
# What models/feasibility reads like where no limit is broken.
NOTHING_OFF = pd.DataFrame({"question": [], "switches_off": []})
RISKS = {
    **{"crisis": 0.0, "welfare": -0.2, "suicide": 0.3, "disturbance": 0.8},
    **{"violent": 1.6, "other": 0.4, "unknown": 0.2},
}
PRECINCTS = {"North": 0.0, "West": 0.2, "East": 0.1, "South": -0.1, "Southwest": -0.2, "Unknown": 0.3}
RACES = {"White": 0.0, "Black or African American": 0.1, "Asian": -0.1, "Unknown": 0.2}
GENDERS = {"M": 0.0, "F": -0.2, "Unknown": 0.1}
# One class for each risk, but two for violent calls.
CLASSES = pd.Series({risk: risk for risk in RISKS} | {"crisis": "behavioral_crisis", "violent": "assault"})
PERIODS = ("baseline", "pandemic", "hb1310", "hb1735", "care")
PERIOD_STARTS = ("2020-03-01", "2021-07-25", "2022-03-04", "2023-10-01")
# The day on which the records system changed.
MARK43 = pd.Timestamp("2019-05-15")
WATCHES = ("night", "day", "evening", "unknown")
EXPERIENCE_BINS = ("0-4", "5-9", "10-14", "15-19", "20+")
DISPOSITIONS = ("no_action", "arrest", "emergent_detention", "referral")


@dataclass(frozen=True)
class Truth:
    """Conditional log odds ratios of certification, and the size of the city."""

    force: float = float(np.log(0.7))
    dispositions: dict[str, float] = field(
        default_factory=lambda: {
            "arrest": float(np.log(0.8)),
            "emergent_detention": float(np.log(0.9)),
            "referral": float(np.log(1.2)),
        }
    )
    force_intercept: float = -3.4
    officers: int = 300
    officer_sd: float = 0.0


def contacts_of(n: int, truth: Truth, seed: int) -> pd.DataFrame:
    """Draw n contacts with the columns that studies read."""
    draw = np.random.default_rng(seed)
    officer = draw.integers(0, truth.officers, n)
    certified = draw.integers(0, 2, truth.officers)[officer]
    experience = np.clip(draw.integers(0, 30, truth.officers)[officer] + draw.integers(0, 5, n), 0, 45)
    race = draw.choice(list(RACES), truth.officers, p=[0.6, 0.15, 0.15, 0.1])[officer]
    gender = draw.choice(list(GENDERS), truth.officers, p=[0.8, 0.15, 0.05])[officer]
    risk = draw.choice(list(RISKS), n, p=[0.25, 0.1, 0.2, 0.2, 0.1, 0.1, 0.05])
    precinct = draw.choice(list(PRECINCTS), n, p=[0.3, 0.25, 0.15, 0.15, 0.1, 0.05])
    own = draw.normal(0, truth.officer_sd, truth.officers)[officer]
    situation = np.vectorize(RISKS.get)(risk) + np.vectorize(PRECINCTS.get)(precinct)
    person = np.vectorize(RACES.get)(race) + np.vectorize(GENDERS.get)(gender)
    predictor = truth.force_intercept + truth.force * certified - 0.01 * experience + situation + person + own
    day = draw.integers(0, (WINDOW[1] - WINDOW[0]).days, n)
    reported = pd.to_datetime(WINDOW[0]) + pd.to_timedelta(day, unit="D")
    groups = _dispositions(draw, truth, certified, situation + own)
    more = np.random.default_rng([seed, 1])
    return pd.DataFrame(
        {
            "contact_id": [f"T{i}" for i in range(n)],
            "incident_id": [f"I{i}" for i in np.arange(n) // 2],
            "officer_key": pd.Series([f"K{i}" for i in officer]).mask(draw.random(n) < 0.01),
            "reported_date": reported.date,
            "year": reported.year,
            "month": reported.to_period("M").to_timestamp().date,
            "period": np.asarray(PERIODS)[np.searchsorted(pd.DatetimeIndex(PERIOD_STARTS), reported, side="right")],
            "force": (draw.random(n) < 1 / (1 + np.exp(-predictor))).astype("int32"),
            "disposition_group": groups,
            **{f"any_{group}": (groups == group).astype("int32") for group in DISPOSITIONS[1:]},
            "cit_certified": certified.astype("int32"),
            "cit_arrived": np.where(certified == 1, 1, draw.integers(0, 2, n)).astype("int32"),
            "cit_requested": more.integers(0, 2, n).astype("int32"),
            "cit_dispatched": more.integers(0, 2, n).astype("int32"),
            "veteran": more.choice([0, 1], n, p=[0.95, 0.05]).astype("int32"),
            "experience_years": experience.astype("int32"),
            "experience_status": "known",
            "experience": np.asarray(EXPERIENCE_BINS)[np.minimum(experience // 5, len(EXPERIENCE_BINS) - 1)],
            "records_system": np.where(reported < MARK43, "legacy", "mark43"),
            "hour": more.integers(0, 24, n).astype("int32"),
            "watch": draw.choice(WATCHES, n, p=[0.25, 0.35, 0.37, 0.03]),
            "weekend": (reported.day_of_week >= 5).astype("int32"),
            "call_risk": risk,
            "call_risk_published": np.where(risk == "crisis", "welfare", risk),
            "call_class": np.where((risk == "violent") & (np.arange(n) % 2 == 0), "weapon", CLASSES[risk].to_numpy()),
            "call_received": more.choice(["911", "ONVIEW", "unknown"], n, p=[0.7, 0.28, 0.02]),
            "missing_call_fields": more.choice([0, 1, 3], n, p=[0.96, 0.03, 0.01]).astype("int32"),
            "precinct": precinct,
            "beat": [f"{name[0]}{number}" for name, number in zip(precinct, more.integers(1, 4, n), strict=True)],
            "officer_squad": [f"SQUAD {number % 20}" for number in officer],
            "officer_race": race,
            "officer_gender": gender,
        }
    )


def _dispositions(draw: np.random.Generator, truth: Truth, certified: np.ndarray, situation: np.ndarray) -> np.ndarray:
    predictor = np.column_stack(
        [
            np.zeros(len(certified)),
            *(
                start + truth.dispositions[name] * certified + slope * situation
                for name, start, slope in zip(DISPOSITIONS[1:], (-1.5, -1.0, 0.2), (0.6, 0.4, -0.2), strict=True)
            ),
        ]
    )
    chosen = np.argmax(predictor + draw.gumbel(size=predictor.shape), axis=1)
    groups = np.asarray(DISPOSITIONS, dtype=object)[chosen]
    return np.where(draw.random(len(groups)) < 0.05, "other", groups)


def records_of(contacts: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Some contacts have a second record with another disposition; everything else repeats."""
    draw = np.random.default_rng(seed)
    second = contacts[draw.random(len(contacts)) < 0.16]
    second = second.assign(disposition_group=draw.choice(list(DISPOSITIONS), len(second)))
    records = pd.concat([contacts, second], ignore_index=True)
    return records.assign(record_id=[f"R{i}" for i in range(len(records))])


def left_out_of(contacts: pd.DataFrame, n: int) -> dict[str, pd.DataFrame]:
    """Exclusions and raw records: n contacts, half of contradictory certification, half without force and certified.

    One more is an exact duplicate of a contact that stays.
    """
    ids = [f"L{i}" for i in range(n)]
    dates = contacts["reported_date"].astype(str).to_numpy()[:n]
    contradictory = np.arange(n) % 2 == 0
    raw = pd.DataFrame(
        {
            "record_id": [f"{name}-1" for name in ids] + [f"{name}-2" for name in np.array(ids)[contradictory]] + ["D"],
            "template_id": [*ids, *np.array(ids)[contradictory], contacts["contact_id"].iloc[0]],
            "reported_date": [*dates, *dates[contradictory], dates[0]],
            "occured_date_time": None,
            "use_of_force_indicator": [*np.where(contradictory, "N", None), *["N"] * contradictory.sum(), "N"],
            "cit_certified_indicator": ["Y"] * n + ["N"] * int(contradictory.sum()) + ["Y"],
        }
    ).astype({"occured_date_time": "string"})
    rules = [
        *np.where(contradictory, "contact_conflict", "indicator_missing"),
        *["contact_conflict"] * contradictory.sum(),
    ]
    exclusions = raw[["record_id", "template_id"]].assign(rule=[*rules, "exact_duplicate"])
    return {"clean.exclusions": exclusions, "raw.records": raw}
