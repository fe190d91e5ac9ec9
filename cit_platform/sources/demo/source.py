"""The demo source itself: a snapshot of the synthetic city as of a day, and the record of its revisions."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cit_platform.sources.demo import calibration
from cit_platform.sources.demo.city import CityParameters
from cit_platform.sources.demo.history import History, draw_history
from cit_platform.sources.demo.officers import START, day_number
from cit_platform.sources.demo.revisions import (
    CALL,
    EXPERIENCE,
    RACE,
    REMOVED,
    Revisions,
    removed_records,
    revise,
    schedule,
)
from cit_platform.sources.demo.spelling import spell
from cit_platform.sources.snapshot import Snapshot, SourceError, canonical_snapshot

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from numpy.typing import NDArray

LICENCE = "CC0-1.0 (synthetic data)"
REVISED_FIELDS = {
    EXPERIENCE: "officer_years_of_experience",
    CALL: "initial_call_type",
    RACE: "officer_race",
}


class DemoSource:
    """A synthetic Seattle: the same seed, rows, day and city give the same snapshot on every machine."""

    name = "demo"

    def __init__(self, seed: int, rows: int, as_of: date, city: CityParameters | None = None) -> None:
        """Set the parameters; nothing is drawn yet.

        Args:
            seed: at least 0.
            rows: records reported from 2015-05-15 to 2025-12-31, at least 1; later days add about 25 each.
            as_of: last report day in the snapshot.
            city: effects, biases and coding; the default city without it.

        Raises:
            SourceError: A parameter is out of range.
        """
        if as_of < START:
            raise SourceError(
                f"The demo city's records begin on {START}, and the as-of date is {as_of}. "
                f"Set CIT_AS_OF to {START} or later."
            )
        if rows < 1:
            raise SourceError(f"CIT_DEMO_ROWS is {rows}; the demo city needs at least 1 record. Set it to 1 or more.")
        if seed < 0:
            raise SourceError(f"CIT_DEMO_SEED is {seed}; a seed is a whole number from 0 on. Set it to 0 or more.")
        self.seed = seed
        self.rows = rows
        self.as_of = as_of
        self.city = CityParameters() if city is None else city

    def fingerprint(self) -> str:
        """Hash of the parameters and the reviewed rates (64 hex); nothing is drawn."""
        content = [self.name, self.seed, self.rows, self.as_of.isoformat(), self.city.as_json(), calibration.digest()]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()

    def fetch(self, directory: Path) -> Snapshot:
        """Draw the city and write its records into the directory.

        Raises:
            SourceError: The city is so small that nothing was reported up to the day.
        """
        table = self.table()
        if table.num_rows == 0:
            raise SourceError(
                f"The demo city of {self.rows} rows has no record up to {self.as_of}. "
                "Raise CIT_DEMO_ROWS or set CIT_AS_OF to a later day."
            )
        return canonical_snapshot(
            table,
            directory,
            source=self.name,
            location=f"demo city, seed {self.seed}, {self.rows} rows, as of {self.as_of}",
            licence=LICENCE,
            retrieved_at=f"{self.as_of}T00:00:00+00:00",
        )

    def table(self) -> pa.Table:
        """The 25 columns of the source as text, one row per record reported up to the day, in the order of reports."""
        history = self._history()
        revised = revise(history, schedule(self.city, self.seed, self.rows, history, self.as_of))
        return spell(self.city, revised, _reported_until(revised, self.as_of))

    def revisions(self, after: date, until: date) -> pd.DataFrame:
        """What differs, in records that both snapshots could hold, between those as of two days.

        Args:
            after: as-of date of the earlier snapshot.
            until: as-of date of the later one.

        Returns:
            One row per changed or removed record: `template_id, disposition, change` (`changed` or `removed`),
            `field, old_value, new_value` (None for a removed record) as the source prints them, and `day`.
        """
        import pandas as pd

        history = draw_history(self.city, self.seed, self.rows, until)
        all_changes = schedule(self.city, self.seed, self.rows, history, until)
        visible = history.contacts.reported_day[all_changes.contact] <= day_number(after)
        changes = all_changes.where((all_changes.day > day_number(after)) & visible)
        parts = [_changed(self.city, history, changes, kind) for kind in REVISED_FIELDS]
        return pd.concat([*parts, _removed(self.city, history, changes)], ignore_index=True).sort_values(
            ["day", "template_id", "disposition"], ignore_index=True
        )

    def _history(self) -> History:
        return draw_history(self.city, self.seed, self.rows, self.as_of)


def _reported_until(history: History, last_day: date) -> NDArray[np.int64]:
    return np.flatnonzero(history.contacts.reported_day[history.records.contact] <= day_number(last_day))


def _changed(city: CityParameters, history: History, changes: Revisions, kind: int) -> pd.DataFrame:
    changes = changes.where(changes.kind == kind)
    rows = np.flatnonzero(np.isin(history.records.contact, changes.contact))
    field = REVISED_FIELDS[kind]
    before = spell(city, history, rows)
    after = spell(city, revise(history, changes), rows)
    return _described(
        before.select(["template_id", "disposition"]).to_pandas().astype(object),
        change="changed",
        field=field,
        old_value=before[field].to_pandas().astype(object),
        new_value=after[field].to_pandas().astype(object),
        day=_days_by_record(history, changes, rows),
    )


def _removed(city: CityParameters, history: History, changes: Revisions) -> pd.DataFrame:
    changes = changes.where(changes.kind == REMOVED)
    rows = np.flatnonzero(removed_records(history, changes))
    return _described(
        spell(city, history, rows).select(["template_id", "disposition"]).to_pandas().astype(object),
        change="removed",
        field=None,
        old_value=None,
        new_value=None,
        day=_days_by_record(history, changes, rows),
    )


def _described(frame: pd.DataFrame, **columns: Any) -> pd.DataFrame:
    return frame.assign(**columns).astype({"field": object, "old_value": object, "new_value": object})


def _days_by_record(history: History, changes: Revisions, rows: NDArray[np.int64]) -> NDArray[np.datetime64]:
    order = np.argsort(changes.contact)
    position = np.searchsorted(changes.contact[order], history.records.contact[rows])
    return changes.day[order][position].astype("datetime64[D]").astype("datetime64[s]")
