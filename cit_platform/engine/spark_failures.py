"""What a Spark could not do, in words for whoever runs it; what is wrong with a statement is no matter of theirs."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from cit_platform.errors import UserError

_SAFE = "What was published before is whole; mend it and refresh again."
# How Spark words what its operator can mend, the surest sign first: what happened, and what to do.
_MENDABLE = (
    (
        r"No space left on device|Disk quota exceeded",
        "A disk of Spark's is full",
        "Make room where CIT_HOME lies and in the local folders of the workers (spark.local.dir).",
    ),
    (
        r"FileNotFoundException|NoSuchFileException|FAILED_READ_FILE|PATH_NOT_FOUND|Mkdirs failed|Permission denied"
        r"|AccessDeniedException|AccessControlException",
        "A machine of Spark's cannot read or write in the home",
        "Mount CIT_HOME at the same path on the driver and on every worker, and run the workers as a user who may read "
        "and write there.",
    ),
    (
        r"OutOfMemoryError|ExecutorLostFailure|FetchFailed|Container killed|exit code 137",
        "Executors of Spark's were lost again and again",
        "Most often their memory is too small: raise spark.executor.memory and spark.executor.memoryOverhead in "
        "spark-defaults.conf; their last words stand in the work folder of their worker.",
    ),
    (
        r"stopped SparkContext|SparkContext was shut down|Master removed our application|masters are unresponsive"
        r"|Py4JNetworkError|Answer from Java side is empty|Connection refused"
        # Of Spark Connect.
        r"|UNAVAILABLE|RetriesExceeded|INVALID_HANDLE",
        "Spark ended the session in the middle of it",
        "See the web page of its master for the application cit: executors that fail at once name the reason in the "
        "work folder of their worker, such as another version of Java or Spark, or a driver that they cannot reach "
        "(spark.driver.host). If Java ended beside this process, raise CIT_MEMORY_LIMIT.",
    ),
)


class SparkError(UserError):
    """A Spark that cannot be had, or did not do what it was asked; says why, and what to do."""


@contextmanager
def spark_failures_named() -> Iterator[None]:
    """Turn what a Spark's operator can mend into a `SparkError`; a defect of ours keeps its traceback."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        found = _paragraph(error)
        if found is None:
            raise
        raise SparkError(found) from error


def first_line(error: BaseException) -> str:
    """What an error says first; one of Java's begins with where it was called from, which tells nobody anything."""
    lines = str(error).splitlines() or [type(error).__name__]
    java = (line for line in lines if line.startswith(": "))
    return next(java, lines[0]).removeprefix(": ").strip()


def _paragraph(error: Exception) -> str | None:
    if type(error).__module__.partition(".")[0] not in {"pyspark", "py4j", "grpc", "builtins"}:
        return None
    text = f"{type(error).__name__}: {error}"
    for words, what, remedy in _MENDABLE:
        if re.search(words, text):
            return f"{what} (CIT_SPARK_REMOTE): {first_line(error)} {remedy} {_SAFE}"
    return None
