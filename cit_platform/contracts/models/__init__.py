"""Tables of the stage models: one file per study, and the columns they share in one."""

from cit_platform.contracts.models.absolute_risk import ABSOLUTE_RISK
from cit_platform.contracts.models.disposition import DISPOSITION
from cit_platform.contracts.models.disposition_shares import DISPOSITION_SHARES
from cit_platform.contracts.models.estimates import ESTIMATES
from cit_platform.contracts.models.force import FORCE
from cit_platform.contracts.models.interventionist_effect import INTERVENTIONIST_EFFECT
from cit_platform.contracts.models.ladder import LADDER
from cit_platform.contracts.models.replication import REPLICATION
from cit_platform.contracts.models.term_tests import TERM_TESTS
from cit_platform.contracts.table import Table

TABLES: tuple[Table, ...] = (
    FORCE,
    DISPOSITION,
    REPLICATION,
    ESTIMATES,
    ABSOLUTE_RISK,
    LADDER,
    INTERVENTIONIST_EFFECT,
    DISPOSITION_SHARES,
    TERM_TESTS,
)

__all__ = [
    "ABSOLUTE_RISK",
    "DISPOSITION",
    "DISPOSITION_SHARES",
    "ESTIMATES",
    "FORCE",
    "INTERVENTIONIST_EFFECT",
    "LADDER",
    "REPLICATION",
    "TABLES",
    "TERM_TESTS",
]
