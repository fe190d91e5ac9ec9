"""What can be wrong with a home that somebody has to know of, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum

from cit_platform.contracts.table import OWNER


class Kind(StrEnum):
    """The kinds of conditions, in the words of a notice."""

    FAILED_RUN = "failed run"
    BLOCKING_CHECK = "blocking check"
    WARNING = "warning check"
    STALE_DATA = "stale data"
    SILENT_SOURCE = "silent source"
    SCHEMA_DRIFT = "schema drift"
    REFUSED_SOURCE = "no look possible"
    HELD_EDITION = "held edition"
    TICK_ERROR = "sensor or schedule in error"
    NOTHING_GOOD = "no sign of life"
    DAEMON = "daemon"


REMEDIES = {
    Kind.FAILED_RUN: "Open the run; what failed says in its paragraph what to mend. The last edition stays, and the "
    "next tick tries again.",
    Kind.BLOCKING_CHECK: "The table keeps its last version and the last edition stays. Mend the source or the codebook "
    "(docs/checks.md says what each check asks for); the next refresh runs what is due.",
    Kind.WARNING: "It passed before. The edition is published; docs/checks.md says what this check means.",
    Kind.STALE_DATA: "Ask the publisher, and say so on the page. What is published stays right.",
    Kind.SILENT_SOURCE: "Check the network and the portal's own page. Nothing is lost; each tick asks again.",
    Kind.SCHEMA_DRIFT: "Read what changed; if it is meant, let it through once as the paragraph says. The last "
    "snapshot and edition stay.",
    Kind.REFUSED_SOURCE: "Do what the paragraph says; until then no tick can see whether there is something new.",
    Kind.HELD_EDITION: "If the paragraph says that it is held: read it (published/held), then promote it, or mend what "
    "moved the headline. Else find the run that stopped before it published, mend what it names, and refresh.",
    Kind.TICK_ERROR: "Open the tick under Automation: its traceback says where. File a defect if it is ours.",
    Kind.NOTHING_GOOD: "Look whether machine, daemon and schedule run (`cit doctor`), and refresh by hand.",
    Kind.DAEMON: "Restart the daemon, and look into its log and the storage of the Dagster instance.",
}
# Kinds with a bound of their own for how long they may hold: a further patience would add to it.
AT_ONCE = frozenset({Kind.STALE_DATA, Kind.NOTHING_GOOD, Kind.DAEMON})


@dataclass(frozen=True)
class Condition:
    """One thing that is wrong.

    Attributes:
        place: the asset, sensor or schedule; empty where there is none.
        words: what happened, in one paragraph that may hold words of the source.
        occurrences: what names each time that it was seen in a row: ids of runs, times of looks.
        page: where the UI shows it, below its address.
    """

    kind: Kind
    place: str
    words: str
    occurrences: tuple[str, ...]
    page: str = ""
    owner: str = OWNER

    @property
    def key(self) -> str:
        """The same thing at another time has the same key."""
        return f"{self.kind}: {self.place}"


@dataclass(frozen=True)
class Judged:
    """The conditions that hold, and the kinds that could be judged: of another kind nothing is known."""

    holding: tuple[Condition, ...]
    kinds: frozenset[Kind]
