"""How much, how long and how often the portal is asked before its answer is refused."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Limits:
    """Bounds of one fetch; the defaults suit some hundred thousand rows of about 1 kB.

    Attributes:
        page_rows: rows asked for at a time; SODA 2.0 gives no more than 50,000.
        max_rows: rows the dataset may have.
        max_bytes: unpacked bytes of one pass over the dataset.
        total_seconds: time for a whole fetch, with every retry and restart.
        connect_seconds: time for a connection.
        silent_seconds: time without a byte, time for the head of an answer, and the window over which the rate of its
            body is judged.
        min_bytes_per_second: a slower body is given up.
        attempts: times one request is sent.
        starts: times the dataset is read from its beginning, when it was replaced meanwhile.
        first_wait_seconds: upper bound of the first random wait between attempts; it doubles each time.
        longest_wait_seconds: upper bound of the later ones. `Retry-After` may ask for more.
    """

    page_rows: int = 50_000
    max_rows: int = 5_000_000
    max_bytes: int = 8 * 1024**3
    total_seconds: float = 3600.0
    connect_seconds: float = 15.0
    silent_seconds: float = 60.0
    min_bytes_per_second: float = 1000.0
    attempts: int = 5
    starts: int = 3
    first_wait_seconds: float = 1.0
    longest_wait_seconds: float = 60.0

    def within(self, other: Limits) -> Limits:
        """These bounds, or the others' where they are stricter in time and attempts."""
        return replace(
            self,
            total_seconds=min(self.total_seconds, other.total_seconds),
            connect_seconds=min(self.connect_seconds, other.connect_seconds),
            silent_seconds=min(self.silent_seconds, other.silent_seconds),
            attempts=min(self.attempts, other.attempts),
            longest_wait_seconds=min(self.longest_wait_seconds, other.longest_wait_seconds),
        )


# A sensor waits, and is killed after a minute.
PROBE_LIMITS = Limits(
    total_seconds=40.0, connect_seconds=5.0, silent_seconds=10.0, attempts=3, longest_wait_seconds=5.0
)
# A person waits: a whole survey ends within a minute, also on a bad line.
SURVEY_LIMITS = Limits(
    total_seconds=50.0, connect_seconds=5.0, silent_seconds=6.0, attempts=2, longest_wait_seconds=2.0
)
