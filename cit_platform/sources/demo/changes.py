"""The generator's own record of what its publisher changed between two days, in the words of the snapshots."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from cit_platform.sources.columns import FIELDS
from cit_platform.sources.demo.city import Coding
from cit_platform.sources.demo.history import History
from cit_platform.sources.demo.officers import day_number
from cit_platform.sources.demo.revisions import (
    ADDED,
    CALL,
    CORRECTED,
    EXPERIENCE,
    RACE,
    REMOVED,
    WITHDRAWN,
    Revisions,
    added_records,
    changed_records,
    removed_records,
    revise,
)
from cit_platform.sources.demo.spelling import spell

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

REVISED_FIELDS = {
    EXPERIENCE: "officer_years_of_experience",
    CALL: "initial_call_type",
    RACE: "officer_race",
    CORRECTED: "disposition",
}


@dataclass(frozen=True)
class Interval:
    """What lies between two snapshots.

    Attributes:
        history: the city up to the later day, unchanged.
        changes: every scheduled change up to the later day.
        after: as-of date of the earlier snapshot.
        until: as-of date of the later one.
        old: coding of the earlier one.
        new: coding of the later one.
    """

    history: History
    changes: Revisions
    after: date
    until: date
    old: Coding
    new: Coding

    def revisions(self) -> pd.DataFrame:
        """See `DemoSource.revisions`."""
        import pandas as pd

        known = self.history.contacts.reported_day[self.changes.contact] <= day_number(self.after)
        changes = self.changes.where((self.changes.day > day_number(self.after)) & known)
        parts = [
            *(self._changed(changes.where(changes.kind == kind), kind) for kind in REVISED_FIELDS),
            self._removed(changes.where(np.isin(changes.kind, (REMOVED, WITHDRAWN)))),
            self._added(changes.where(changes.kind == ADDED)),
        ]
        return pd.concat(parts, ignore_index=True).sort_values(["day", "template_id", "disposition"], ignore_index=True)

    def respellings(self) -> pd.DataFrame:
        """See `DemoSource.respellings`."""
        import pandas as pd

        before, later = (
            self.changes.where(mask)
            for mask in (self.changes.day <= day_number(self.after), self.changes.day > day_number(self.after))
        )
        removed = np.isin(later.kind, (REMOVED, WITHDRAWN))
        both = revise(revise(self.history, before), later.where(removed))
        rows = np.flatnonzero(both.contacts.reported_day[both.records.contact] <= day_number(self.after))
        old, new = _texts(self.old, both, rows, self.after), _texts(self.new, both, rows, self.until)
        changed = {field: changed_records(both.records, later, kind)[rows] for kind, field in REVISED_FIELDS.items()}
        nothing, parts = np.zeros(len(rows), dtype=np.bool_), []
        for field in FIELDS:
            respelled = (old[field].fillna("") != new[field].fillna("")) & ~changed.get(field, nothing)
            part = old[["template_id", "disposition"]].assign(field=field, old_value=old[field], new_value=new[field])
            parts.append(part[respelled])
        return pd.concat(parts, ignore_index=True)

    def _changed(self, changes: Revisions, kind: int) -> pd.DataFrame:
        rows = np.flatnonzero(changed_records(self.history.records, changes, kind))
        field = REVISED_FIELDS[kind]
        old, new = _texts(self.old, self.history, rows), _texts(self.new, revise(self.history, changes), rows)
        values = {"field": field, "old_value": old[field], "new_value": new[field]}
        return _recorded(old, "changed", _days(self.history, changes, rows), **values)

    def _removed(self, changes: Revisions) -> pd.DataFrame:
        rows = np.flatnonzero(removed_records(self.history.records, changes))
        return _recorded(_texts(self.old, self.history, rows), "removed", _days(self.history, changes, rows))

    def _added(self, changes: Revisions) -> pd.DataFrame:
        revised = revise(self.history, changes)
        rows = np.flatnonzero(added_records(revised.records, changes))
        return _recorded(_texts(self.new, revised, rows), "added", _days(revised, changes, rows))


def _texts(coding: Coding, history: History, rows: NDArray[np.int64], as_of: date | None = None) -> pd.DataFrame:
    import pandas as pd

    printed = spell(coding, history, rows, as_of=as_of)
    texts = {name: printed[name].cast("string").to_numpy(zero_copy_only=False) for name in printed.column_names}
    return pd.DataFrame(texts, dtype=object)


def _recorded(records: pd.DataFrame, change: str, day: NDArray[np.datetime64], **values: Any) -> pd.DataFrame:
    values = {"field": None, "old_value": None, "new_value": None, **values}
    described = records[["template_id", "disposition"]].assign(change=change, **values, day=day)
    return described.astype({"field": object, "old_value": object, "new_value": object})


def _days(history: History, changes: Revisions, rows: NDArray[np.int64]) -> NDArray[np.datetime64]:
    order = np.argsort(changes.contact)
    position = np.searchsorted(changes.contact[order], history.records.contact[rows])
    return changes.day[order][position].astype("datetime64[D]").astype("datetime64[s]")
