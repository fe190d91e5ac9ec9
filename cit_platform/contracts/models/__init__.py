"""Tables of the stage models: one file per study, and the columns they share in one."""

from importlib import import_module
from pathlib import Path

from cit_platform.contracts.models.absolute_risk import ABSOLUTE_RISK
from cit_platform.contracts.models.bounds import BOUNDS
from cit_platform.contracts.models.call_detail import CALL_DETAIL
from cit_platform.contracts.models.certification_change import CERTIFICATION_CHANGE
from cit_platform.contracts.models.choices import CHOICES
from cit_platform.contracts.models.dependence import DEPENDENCE
from cit_platform.contracts.models.diagnostics import DIAGNOSTICS
from cit_platform.contracts.models.dispatch_balance import DISPATCH_BALANCE
from cit_platform.contracts.models.disposition import DISPOSITION
from cit_platform.contracts.models.disposition_shares import DISPOSITION_SHARES
from cit_platform.contracts.models.era import ERA
from cit_platform.contracts.models.estimates import ESTIMATES
from cit_platform.contracts.models.evidence import EVIDENCE
from cit_platform.contracts.models.feasibility import FEASIBILITY
from cit_platform.contracts.models.fit_matrices import FIT_MATRICES
from cit_platform.contracts.models.force import FORCE
from cit_platform.contracts.models.interference import INTERFERENCE
from cit_platform.contracts.models.interventionist_effect import INTERVENTIONIST_EFFECT
from cit_platform.contracts.models.ladder import LADDER
from cit_platform.contracts.models.multiverse import MULTIVERSE
from cit_platform.contracts.models.multiverse_summary import MULTIVERSE_SUMMARY
from cit_platform.contracts.models.negative_controls import NEGATIVE_CONTROLS
from cit_platform.contracts.models.permutation_reference import PERMUTATION_REFERENCE
from cit_platform.contracts.models.primary_outcomes import PRIMARY_OUTCOMES
from cit_platform.contracts.models.prospective import PROSPECTIVE
from cit_platform.contracts.models.recording import RECORDING
from cit_platform.contracts.models.replication import REPLICATION
from cit_platform.contracts.models.response import RESPONSE
from cit_platform.contracts.models.risk_gradients import RISK_GRADIENTS
from cit_platform.contracts.models.situation import SITUATION
from cit_platform.contracts.models.term_tests import TERM_TESTS
from cit_platform.contracts.models.trends import TRENDS
from cit_platform.contracts.models.unmeasured import UNMEASURED
from cit_platform.contracts.table import Table


def _tables() -> tuple[Table, ...]:
    """The table of every file of this folder, which names it as the file is named."""
    files = sorted(file.stem for file in Path(__file__).parent.glob("*.py"))
    names = [name for name in files if name not in ("__init__", "columns")]
    return tuple(getattr(import_module(f"{__name__}.{name}"), name.upper()) for name in names)


TABLES = _tables()

__all__ = [
    "ABSOLUTE_RISK",
    "BOUNDS",
    "CALL_DETAIL",
    "CERTIFICATION_CHANGE",
    "CHOICES",
    "DEPENDENCE",
    "DIAGNOSTICS",
    "DISPATCH_BALANCE",
    "DISPOSITION",
    "DISPOSITION_SHARES",
    "ERA",
    "ESTIMATES",
    "EVIDENCE",
    "FEASIBILITY",
    "FIT_MATRICES",
    "FORCE",
    "INTERFERENCE",
    "INTERVENTIONIST_EFFECT",
    "LADDER",
    "MULTIVERSE",
    "MULTIVERSE_SUMMARY",
    "NEGATIVE_CONTROLS",
    "PERMUTATION_REFERENCE",
    "PRIMARY_OUTCOMES",
    "PROSPECTIVE",
    "RECORDING",
    "REPLICATION",
    "RESPONSE",
    "RISK_GRADIENTS",
    "SITUATION",
    "TABLES",
    "TERM_TESTS",
    "TRENDS",
    "UNMEASURED",
]
