"""The tables of the models from the real studies, run on a small city under a chosen truth."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from cit_platform.modelling.features import Features, feature_frames
from cit_platform.modelling.windows import Windows
from cit_platform.studies.absolute_risk import absolute_risk
from cit_platform.studies.bounds import bounds
from cit_platform.studies.call_detail import call_detail
from cit_platform.studies.certification_change import certification_change
from cit_platform.studies.choices import choices
from cit_platform.studies.dependence import dependence
from cit_platform.studies.diagnostics import diagnostics
from cit_platform.studies.dispatch_balance import dispatch_balance
from cit_platform.studies.disposition import disposition
from cit_platform.studies.disposition_shares import disposition_shares
from cit_platform.studies.era import era
from cit_platform.studies.estimates import estimates
from cit_platform.studies.evidence import evidence
from cit_platform.studies.feasibility import feasibility
from cit_platform.studies.fit_matrices import fit_matrices
from cit_platform.studies.force import PRIMARY, force
from cit_platform.studies.interference import interference
from cit_platform.studies.interventionist_effect import interventionist_effect
from cit_platform.studies.ladder import ladder
from cit_platform.studies.multiverse import combination_rows
from cit_platform.studies.multiverse_summary import multiverse_summary
from cit_platform.studies.negative_controls import negative_controls
from cit_platform.studies.permutation_reference import permutation_reference
from cit_platform.studies.primary_outcomes import primary_outcomes
from cit_platform.studies.prospective import prospective
from cit_platform.studies.protocol.specifications import combined
from cit_platform.studies.recording import recording
from cit_platform.studies.replication import replication
from cit_platform.studies.response import response
from cit_platform.studies.risk_gradients import risk_gradients
from cit_platform.studies.situation import situation
from cit_platform.studies.term_tests import term_tests
from cit_platform.studies.trends import trends
from cit_platform.studies.unmeasured import unmeasured
from cit_platform_tests.studies.city import WINDOWS, Truth, contacts_of, left_out_of, records_of

# Log odds ratios of certification for force, arrest, emergent detention and referral; nothing happens in the last city.
TRUTHS: dict[str, tuple[float, float, float, float] | None] = {
    "lower": (-0.7, -0.7, -0.7, -0.7),
    "higher": (0.7, 1.3, 1.2, 1.2),
    "unclear": (0.0, 0.0, 0.0, 0.0),
    "cannot": None,
    # As huge as published nowhere; and no association in a city of a month, where little could be found.
    "huge": (1.8, 1.8, 1.8, 1.8),
    "powerless": (0.0, 0.0, 0.0, 0.0),
}
SIZES = {"powerless": 500}


@cache
def _models(truth: str) -> dict[str, pd.DataFrame]:
    contacts = _contacts(TRUTHS[truth], SIZES.get(truth, 4000))
    tables = (records_of(contacts, seed=6), contacts) if TRUTHS[truth] else _quiet(contacts)
    return every_study(feature_frames(*tables, others=left_out_of(contacts, 60)), WINDOWS)


def every_study(features: Features, windows: Windows) -> dict[str, pd.DataFrame]:
    """The tables of the stage models by path, each from its study."""
    of_force, of_disposition = (
        force(features, "seattle", windows).table,
        disposition(features, "seattle", windows).table,
    )
    replicated, risks = replication(features, "seattle", windows), absolute_risk(features, "seattle", windows)
    matrices = fit_matrices(features, "seattle", windows)
    diagnosed = diagnostics(features, "seattle", windows)
    # Some combinations; all ways of each choice are among them.
    combinations = combination_rows(list(combined(PRIMARY))[::47], features, "seattle", windows)
    every = estimates(of_force, of_disposition, replicated)
    asked = feasibility(features, "seattle", windows)
    return {
        "models/force": of_force,
        "models/disposition": of_disposition,
        "models/replication": replicated,
        "models/estimates": every,
        "models/absolute_risk": risks,
        "models/choices": choices(features, "seattle", windows),
        "models/primary_outcomes": primary_outcomes(features, "seattle", windows),
        "models/diagnostics": diagnosed,
        "models/multiverse": combinations,
        "models/multiverse_summary": multiverse_summary(combinations),
        "models/permutation_reference": permutation_reference(features, "seattle", windows, diagnosed),
        "models/ladder": ladder(features, "seattle", windows),
        "models/interventionist_effect": interventionist_effect(of_disposition, risks, matrices),
        "models/disposition_shares": disposition_shares(features, "seattle", windows),
        "models/term_tests": term_tests(features, "seattle", windows),
        "models/prospective": prospective(features, "seattle", windows),
        "models/era": era(features, "seattle", windows),
        "models/dependence": dependence(features, "seattle", windows, asked),
        "models/call_detail": call_detail(features, "seattle", windows),
        "models/situation": situation(features, "seattle", windows),
        "models/certification_change": certification_change(features, "seattle", windows, asked),
        "models/recording": recording(features, "seattle", windows, asked),
        "models/fit_matrices": matrices,
        "models/bounds": bounds(features, "seattle", windows),
        "models/unmeasured": unmeasured(features, "seattle", windows, risks),
        "models/interference": interference(features, "seattle", windows, every),
        "models/negative_controls": negative_controls(features, "seattle", windows, every),
        "models/feasibility": asked,
        "models/dispatch_balance": dispatch_balance(features, "seattle", windows),
        "models/risk_gradients": risk_gradients(features, "seattle", windows),
        "models/trends": trends(features, "seattle", windows),
        "models/response": response(features, "seattle", windows),
        "models/evidence": evidence(of_force),
    }


def models(truth: str) -> dict[str, pd.DataFrame]:
    """Every table of the stage models under one truth, to be changed at will."""
    return {path: frame.copy() for path, frame in _models(truth).items()}


def _contacts(effects: tuple[float, float, float, float] | None, n: int) -> pd.DataFrame:
    on_force, *on_dispositions = effects or (0.0, 0.0, 0.0, 0.0)
    names = ("arrest", "emergent_detention", "referral")
    truth = Truth(on_force, dict(zip(names, on_dispositions, strict=True)), force_intercept=-2.6)
    return contacts_of(n, truth, seed=5)


def _quiet(contacts: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    nothing = dict.fromkeys(("force", "any_arrest", "any_emergent_detention", "any_referral"), np.int32(0))
    quiet = contacts.assign(**nothing, disposition_group="no_action")
    return quiet.assign(record_id=quiet["contact_id"]), quiet
