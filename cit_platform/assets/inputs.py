"""What an asset reads in a run."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from cit_platform.codebook.agency import agency_of
from cit_platform.contracts import TABLES
from cit_platform.resources.home import Home
from cit_platform.storage.lake import TableVersion
from cit_platform.storage.provenance import Provenance

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Inputs:
    """What an asset reads in this run: the tables it depends on, in versions that are of one snapshot."""

    home: Home
    versions: Mapping[str, TableVersion]
    provenance: Provenance

    def frame(self, path: str, columns: list[str] | None = None) -> "pd.DataFrame":
        return self.versions[path].frame(columns)

    @property
    def files(self) -> dict[str, tuple[str, ...]]:
        """The Parquet files of each table, by its name in SQL."""
        return {TABLES[path].relation: version.files for path, version in self.versions.items()}

    @property
    def feature_files(self) -> tuple[str, ...]:
        """The Parquet files of the feature tables, by path and content."""
        return tuple(
            f"{file} {version.provenance.content}"
            for path, version in sorted(self.versions.items())
            if path.startswith("features/")
            for file in version.files
        )

    @property
    def agency(self) -> str:
        return self.home.settings.agency

    @property
    def as_of(self) -> date:
        return self.provenance.as_of

    @property
    def window(self) -> tuple[date, date]:
        """First and last report date that clean records can hold: a report may be dated a day after the event."""
        return agency_of(self.agency).first_report, self.as_of + timedelta(days=1)
