"""What a person can mend, as Dagster's failure: one paragraph, and no traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from cit_platform.errors import UserError, mendable_errors_named


@contextmanager
def user_errors_as_failures() -> Iterator[None]:
    """What a person can mend becomes a failure in one paragraph; anything else is a defect and keeps its traceback."""
    try:
        with mendable_errors_named():
            yield
    except UserError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from None
