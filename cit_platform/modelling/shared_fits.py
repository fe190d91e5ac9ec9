"""What several studies of one process ask of the same tables, counted and fitted once."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

T = TypeVar("T")

# Counted rows that are kept in all, a few tens of bytes each: the fits of a city of 100,000 contacts, not of a state.
MOST_ROWS = 4_000_000


class SharedFits:
    """Results by what was asked; those asked longest ago go first once their rows are more than `most_rows`."""

    def __init__(self, most_rows: int) -> None:
        self.most_rows = most_rows
        self._found: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, compute: Callable[[], T], rows_of: Callable[[T], int]) -> T:
        """The result of a question, computed if nobody asked it before."""
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                known: T = self._found[key][0]
                return known
        result = compute()
        with self._lock:
            self._found[key] = (result, rows_of(result))
            while sum(rows for _, rows in self._found.values()) > self.most_rows:
                self._found.popitem(last=False)
        return result


SHARED_FITS = SharedFits(MOST_ROWS)
