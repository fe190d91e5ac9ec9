"""The demo source itself: a snapshot of the synthetic city as of a day, and the record of its revisions."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cit_platform.sources.demo import calibration
from cit_platform.sources.demo.changes import Interval
from cit_platform.sources.demo.city import CityParameters
from cit_platform.sources.demo.history import History, draw_history
from cit_platform.sources.demo.officers import START, day_number
from cit_platform.sources.demo.revisions import Publisher, Revisions, revise, schedule
from cit_platform.sources.demo.spelling import spell
from cit_platform.sources.observation import Observation
from cit_platform.sources.refused import SourceError
from cit_platform.sources.snapshot import Snapshot, canonical_snapshot

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

LICENCE = "CC0-1.0 (synthetic data)"


class DemoSource:
    """A synthetic Seattle: the same seed, rows, day and city give the same snapshot on every machine."""

    name = "demo"

    def __init__(
        self,
        seed: int,
        rows: int,
        as_of: date,
        city: CityParameters | None = None,
        publisher: Publisher | None = None,
    ) -> None:
        """Set the parameters; nothing is drawn yet.

        Args:
            seed: at least 0.
            rows: records reported from 2015-05-15 to 2025-12-31, at least 1; later days add about 25 each.
            as_of: last report day in the snapshot.
            city: effects, biases and coding; the default city without it.
            publisher: what is changed after publication, besides the few changes of every city.

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
        self.publisher = Publisher() if publisher is None else publisher

    def fingerprint(self) -> str:
        """Hash of the parameters and the reviewed rates (64 hex); nothing is drawn."""
        publisher = dataclasses.asdict(self.publisher)
        content = [self.name, self.seed, self.rows, self.as_of, self.city.as_json(), publisher, calibration.digest()]
        return hashlib.sha256(json.dumps(content, default=str).encode()).hexdigest()

    def observe(self) -> Observation:
        """What the parameters say; nothing is drawn. The city is new each day."""
        return Observation(self.fingerprint(), rows_updated_at=datetime.combine(self.as_of, time(), UTC))

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

    def table(self, *, in_bulk: bool = False) -> pa.Table:
        """The 25 columns of the source as text, one row per record reported up to the day, in the order of reports.

        Args:
            in_bulk: printed as in the portal's bulk CSV, not as by its interface.
        """
        history, changes = self._scheduled(self.as_of)
        revised = revise(history, changes)
        reported = revised.contacts.reported_day[revised.records.contact] <= day_number(self.as_of)
        coding = self.publisher.coding(self.city, self.as_of)
        return spell(coding, revised, np.flatnonzero(reported), as_of=self.as_of, in_bulk=in_bulk)

    def revisions(self, after: date, until: date) -> pd.DataFrame:
        """What the publisher changed between the snapshots as of two days, in templates that the earlier one has.

        Args:
            after: as-of date of the earlier snapshot.
            until: as-of date of the later one, not before it.

        Returns:
            One row per added or removed record and per changed field of a record: `template_id, disposition` (the
            old one where it is changed itself), `change` (`added`, `changed` or `removed`), `field, old_value,
            new_value` (None but for a changed field) as each snapshot prints them, and `day`. A respelling of the
            whole snapshot is no row here, but of `respellings`.
        """
        return self._interval(after, until).revisions()

    def respellings(self, after: date, until: date) -> pd.DataFrame:
        """What a change of coding between two days printed anew, in records that both snapshots hold.

        Args:
            after: as-of date of the earlier snapshot.
            until: as-of date of the later one, not before it.

        Returns:
            One row per record and field that is printed otherwise, though it was not changed: `template_id,
            disposition` (as the earlier snapshot prints it), `field, old_value, new_value`.
        """
        return self._interval(after, until).respellings()

    def _interval(self, after: date, until: date) -> Interval:
        codings = (self.publisher.coding(self.city, day) for day in (after, until))
        return Interval(*self._scheduled(until), after, until, *codings)

    def _scheduled(self, until: date) -> tuple[History, Revisions]:
        history = draw_history(self.city, self.seed, self.rows, until)
        return history, schedule(self.city, self.publisher, self.seed, self.rows, history, until)
