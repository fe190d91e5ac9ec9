"""The suites: for each audited table an ordered tuple of checks, as plain data, a module per stage."""

from cit_platform.checks.check import Check
from cit_platform.checks.suites import clean, features, quality, raw

SUITES: dict[str, tuple[Check, ...]] = {**raw.SUITES, **clean.SUITES, **features.SUITES, **quality.SUITES}
