"""What a person can mend, as Dagster's failure: one paragraph, and no traceback."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import dagster as dg

from cit_platform.errors import UserError, mendable_errors_named

if TYPE_CHECKING:
    from dagster_shared.error import SerializableErrorInfo

INTERRUPTED = (
    "Stopped from outside before it was done: by Ctrl-C, or because its service or machine was shut down. The last "
    "edition and every table can be read as before; the next refresh does what is left."
)


@contextmanager
def user_errors_as_failures() -> Iterator[None]:
    """What a person can mend becomes a failure in one paragraph; anything else is a defect and keeps its traceback."""
    try:
        with mendable_errors_named():
            yield
    except UserError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from None


def interruption(error: "SerializableErrorInfo | None") -> str | None:
    """The paragraph of a step whose process was asked to end, if that is its error."""
    return INTERRUPTED if error and error.cls_name == dg.DagsterExecutionInterruptedError.__name__ else None
