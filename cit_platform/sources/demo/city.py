"""Parameters of the synthetic city: what is true in it, and by what its records are biased."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Coding = Literal["2018", "2020", "2022", "2025"]
CODINGS: tuple[Coding, ...] = ("2018", "2020", "2022", "2025")
Outcome = Literal["force", "arrest", "emergent_detention", "referral"]
OUTCOMES: tuple[Outcome, ...] = ("force", "arrest", "emergent_detention", "referral")


@dataclass(frozen=True)
class OutcomeEffects:
    """Conditional odds ratios of one outcome, given the officer and the incident.

    Force is against no force; a disposition is against *no action*. A level that is not named has the odds ratio 1.

    Attributes:
        cit_certified: of a certified reporting officer.
        experience_year: of one more year of experience, as the record gives it.
        call_risk: by call-risk group; `crisis` is the reference.
        precinct: by precinct of the call; North is the reference.
        officer_race: by race; White is the reference.
        officer_gender: by gender; M is the reference.
        incident_sd: standard deviation of the incident's own log odds, shared by its contacts.
    """

    cit_certified: float
    experience_year: float = 1.0
    call_risk: Mapping[str, float] = field(default_factory=dict)
    precinct: Mapping[str, float] = field(default_factory=dict)
    officer_race: Mapping[str, float] = field(default_factory=dict)
    officer_gender: Mapping[str, float] = field(default_factory=dict)
    incident_sd: float = 0.0


@dataclass(frozen=True)
class PeriodShift:
    """Odds ratios of every outcome from a day on, against the first period; the next shift replaces them."""

    start: date
    force: float
    arrest: float
    emergent_detention: float
    referral: float


FORCE = OutcomeEffects(
    cit_certified=0.70,
    experience_year=0.985,
    call_risk={
        **{"welfare": 0.8, "suicide": 1.1, "disturbance": 2.6, "violent": 6.5},
        **{"other": 2.2, "unknown": 1.8, "unmapped": 2.2},
    },
    precinct={"West": 1.10, "East": 1.20, "South": 0.95, "Southwest": 0.90},
    # The smallest groups under both names that the source has for them.
    officer_race={
        "Asian": 0.95,
        "Black or African American": 0.90,
        "Hispanic or Latino": 1.05,
        **dict.fromkeys(("American Indian/Alaska Native", "American Indian or Alaska Native"), 1.05),
        **dict.fromkeys(("Nat Hawaiian/Oth Pac Islander", "Native Hawaiian or Other Pacific Islander"), 1.10),
    },
    officer_gender={"F": 0.85},
    incident_sd=0.5,
)
ARREST = OutcomeEffects(
    cit_certified=0.80,
    call_risk={"welfare": 0.9, "suicide": 0.5, "disturbance": 1.8, "violent": 3.0, "other": 1.7, "unknown": 1.2},
    precinct={"West": 1.15, "East": 1.05, "South": 1.10},
    incident_sd=0.3,
)
EMERGENT_DETENTION = OutcomeEffects(
    cit_certified=0.90,
    call_risk={"welfare": 0.8, "suicide": 1.9, "disturbance": 0.8, "violent": 1.1, "other": 0.8},
    precinct={"West": 1.05, "East": 1.10, "Southwest": 0.95},
    incident_sd=0.3,
)
REFERRAL = OutcomeEffects(
    cit_certified=1.20,
    call_risk={"welfare": 0.9, "suicide": 1.2, "disturbance": 0.9, "violent": 0.8, "other": 0.85},
    precinct={"West": 1.10, "East": 1.10, "South": 0.95},
    incident_sd=0.2,
)
# The dates are those of policy: pandemic, HB 1310, HB 1735, CARE co-response.
PERIOD_SHIFTS = (
    PeriodShift(date(2020, 3, 1), force=1.10, arrest=0.85, emergent_detention=1.05, referral=0.90),
    PeriodShift(date(2021, 7, 25), force=0.75, arrest=0.90, emergent_detention=0.85, referral=0.95),
    PeriodShift(date(2022, 3, 4), force=0.95, arrest=0.95, emergent_detention=1.00, referral=0.95),
    PeriodShift(date(2023, 10, 1), force=0.85, arrest=0.95, emergent_detention=0.95, referral=1.15),
)


@dataclass(frozen=True)
class CityParameters:
    """What is true in the city (effects), and what distorts its records (biases).

    The truth differs on purpose from every published finding, so that nobody can quote it.

    Attributes:
        coding: how the portal printed the snapshot: that of 2018-19 (`2018`), of 2020-21 (`2020`), of 2022 or of 2025.
        n_officers: officers hired before 2026; later years add recruits at the same rate.
        force: effects on force.
        arrest: effects on arrest.
        emergent_detention: effects on emergent detention.
        referral: effects on referral.
        officer_sd: standard deviation of an officer's own log odds of each outcome; 0 switches it off.
        period_shifts: dated shifts of all outcomes, in order; () switches them off.
        duplicated_dispositions: contacts may have several dispositions.
        chosen_disposition: where the publisher prints one of a contact's dispositions, it is any of them; the highest
            if this is off.
        multi_contact_incidents: incidents may have several contacts, of several persons.
        further_officers: further contacts of an incident may be those of other officers than the first.
        officer_selection: log odds ratio of certifying, and hazard, per standard deviation of the officer's own log
            odds of force; 0 is off. Works only with `officer_sd` > 0.
        call_selection: odds ratio with which certified officers report violent calls; 1 is off.
        confounder_force: odds ratio of an unrecorded trait of a fifth of the incidents (a weapon, say) on force.
        confounder_assignment: odds ratio with which certified officers report such incidents; 1 is off.
        decay_years: time constant in years by which certification's effects fade; None is off.
        defects: the records carry the source's defects (missing values, impossible experience, double records).
        unjoined_certification: certification is printed as N for everyone in the years that the calibration names.
        conflicting_certification: some contacts near their officer's certification stand twice, with N and with Y.
        force_by_watch: the odds of force differ by the hour of the report.
        watch_by_seniority: officers of long service work by day and in the evening, the others at night.
        dispatch_by_call: how often a CIT officer is dispatched depends on the call risk.
        dispatch_by_certification: where a CIT officer is dispatched, the reporter is more often a certified one.
        on_scene_effect: a CIT officer on scene changes the odds of every outcome, whoever reports.
        recording_by_certification: officers without certification leave some contacts unreported that end in nothing.
        defects_by_certification: more call types, experience and dates are missing from their reports.
        effect_by_call: what certification does depends on the call risk.
        career_curve: force is more frequent in an officer's first two years, and recruits certify within them.
        squad_variation: squads have log odds of their own, of each outcome and of certifying.
        shared_tendency: an officer's own log odds go together over the outcomes.
        confounding_shift: from 2020 on the odds of every outcome shift, for everyone alike.
    """

    coding: Coding = "2025"
    n_officers: int = 1_000
    force: OutcomeEffects = FORCE
    arrest: OutcomeEffects = ARREST
    emergent_detention: OutcomeEffects = EMERGENT_DETENTION
    referral: OutcomeEffects = REFERRAL
    officer_sd: float = 0.35
    period_shifts: tuple[PeriodShift, ...] = PERIOD_SHIFTS
    duplicated_dispositions: bool = True
    chosen_disposition: bool = True
    multi_contact_incidents: bool = True
    further_officers: bool = False
    officer_selection: float = 0.0
    call_selection: float = 1.0
    confounder_force: float = 1.0
    confounder_assignment: float = 1.0
    decay_years: float | None = None
    defects: bool = True
    unjoined_certification: bool = True
    conflicting_certification: bool = True
    force_by_watch: bool = True
    watch_by_seniority: bool = True
    dispatch_by_call: bool = True
    dispatch_by_certification: bool = False
    on_scene_effect: bool = False
    recording_by_certification: bool = False
    defects_by_certification: bool = False
    effect_by_call: bool = False
    career_curve: bool = False
    squad_variation: bool = False
    shared_tendency: bool = False
    confounding_shift: bool = False

    def __post_init__(self) -> None:
        """Refuse parameters from which no city can be drawn."""
        if self.coding not in CODINGS:
            raise ValueError(f"coding is {self.coding!r}; allowed are {', '.join(map(repr, CODINGS))}.")
        if self.n_officers < 50:
            raise ValueError(f"n_officers is {self.n_officers}; a city needs at least 50.")
        if min(self.call_selection, self.confounder_force, self.confounder_assignment) <= 0 or self.officer_sd < 0:
            raise ValueError("Odds ratios of a city must be above 0, and officer_sd at least 0.")
        if self.decay_years is not None and self.decay_years <= 0:
            raise ValueError(f"decay_years is {self.decay_years}; give a time above 0, or None for no decay.")

    def effects(self, outcome: Outcome) -> OutcomeEffects:
        """Effects on one outcome."""
        effects: OutcomeEffects = getattr(self, outcome)
        return effects

    def as_json(self) -> str:
        """All parameters as one line of JSON, keys sorted: what a fingerprint is taken of."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True, default=str)
