"""What a check may know besides the rows: where they come from, and how many there were before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from cit_platform.sources.snapshot import Unread

Labels = Mapping[str, frozenset[str]]


@dataclass(frozen=True, kw_only=True)
class ReceivedDescription:
    """What a snapshot brought besides its rows, and what the last one did; null where there was none.

    `labels` are those of each coded field, folded. `description` holds the portal's words on the dataset and its
    columns by item, null where the portal, or a source without one, gave none. `empty`, `hour_unknown`, `unread` and
    `unknown_columns` say what reading found, see `Snapshot`.
    """

    labels: Labels
    description: Mapping[str, str] | None
    labels_before: Labels | None = None
    description_before: Mapping[str, str] | None = None
    empty: tuple[str, ...] = ()
    hour_unknown: tuple[str, ...] = ()
    unread: tuple[Unread, ...] = ()
    unknown_columns: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class AuditContext:
    """The circumstances of one staged table.

    `columns` are those of the staged file, in its order. `n_received` and `n_excluded` count rows of `raw/records` and
    `clean/exclusions`, null where they are not known yet; `previous_rows` counts the rows of the last version, of
    a history those that last, of `raw/records` those of the last edition's, null before the first. `previous_excluded`
    is the share of the records that the last version of `clean/exclusions` held, null before the first. `accepted` are
    the codes of changes that the operator lets through once. `description` is given for `raw/records` alone.
    """

    source: str
    as_of: date
    agency: str
    n_rows: int
    columns: tuple[str, ...]
    n_received: int | None = None
    n_excluded: int | None = None
    previous_rows: int | None = None
    previous_excluded: float | None = None
    accepted: frozenset[str] = frozenset()
    description: ReceivedDescription | None = None

    @property
    def received_description(self) -> ReceivedDescription:
        """What the snapshot brought besides its rows.

        Raises:
            ValueError: It was not given.
        """
        if self.description is None:
            raise ValueError("This check needs description, the labels and the words that came with the snapshot.")
        return self.description

    @property
    def received(self) -> int:
        """Rows received.

        Raises:
            ValueError: The count was not given.
        """
        if self.n_received is None:
            raise ValueError("This check needs n_received, the rows of raw/records.")
        return self.n_received

    @property
    def clean(self) -> int:
        """Rows received and not excluded.

        Raises:
            ValueError: The counts were not given.
        """
        if self.n_excluded is None:
            raise ValueError("This check needs n_excluded, the rows of clean/exclusions.")
        return self.received - self.n_excluded
