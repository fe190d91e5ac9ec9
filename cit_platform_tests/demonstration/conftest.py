"""The city of the studies, for the machinery beneath them."""

from cit_platform_tests.studies.conftest import *  # noqa: F403
