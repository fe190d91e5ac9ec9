"""The four primary outcomes, each as a binary logit of the primary specification."""

from cit_platform.modelling.specification import Specification
from cit_platform.studies.disposition import GROUPS, any_of
from cit_platform.studies.force import PRIMARY

PRIMARY_OUTCOMES: tuple[Specification, ...] = (PRIMARY, *map(any_of, GROUPS))
