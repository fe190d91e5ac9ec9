"""What an edition is built from, and what is refused because it does not belong together or may not be shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cit_platform.codebook.agency import DEFAULT_AGENCY
from cit_platform.errors import UserError
from cit_platform.printable import printable
from cit_platform.publishing.edition.database import FEATURES
from cit_platform.publishing.edition.tables import published_tables
from cit_platform.publishing.page import Reports
from cit_platform.publishing.parts.changes import Difference
from cit_platform.publishing.parts.disclosure import without_few_officers
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.publishing.parts.labels import without_named_labels
from cit_platform.storage.provenance import Provenance

if TYPE_CHECKING:
    import pandas as pd


# What the source says of itself; a file can have any name.
_WORDS_OF_OTHERS = ("location", "licence", "retrieved_at")


class EditionRefused(UserError):  # noqa: N818 - refused is what it is, not an error
    """An edition that must not be published; the message names what is wrong and what to do."""


@dataclass(frozen=True)
class EditionInputs:
    """What an edition is built from.

    Args:
        tables: Frame of every table under `models` and `quality`, by path.
        features: Parquet files of `features/contacts` and `features/records`, by path.
        snapshots: Snapshot hash that each of these tables descends from, by path.
        n_rows: Rows of every table of the lake, by path, from the records to the findings.
        checks: Results of the quality checks: `name, table, passed, severity` and whatever else.
        origin: The provenance that all tables share.
        built_at: Time in the edition's name, in the publisher's time zone.
        codebook: Directory of the codebook to copy.
        truth: The demonstration's known values, None elsewhere.
        agency: Police department.
        publisher: Who publishes the edition, in words.
        edition: Its name, where it is computed again; else it is given one.
        monthly: Whether it is monthly, where it is computed again; else it is if none of its month is.
        changes: What changed since the edition before, where it is computed again; else it is found beside that.
    """

    tables: Mapping[str, pd.DataFrame]
    features: Mapping[str, Sequence[Path]]
    snapshots: Mapping[str, str]
    n_rows: Mapping[str, int]
    checks: Sequence[Mapping[str, Any]]
    origin: Provenance
    built_at: datetime
    codebook: Path
    truth: pd.DataFrame | None = None
    agency: str = DEFAULT_AGENCY
    publisher: str = "the operator of this installation of the CIT platform"
    edition: str | None = None
    monthly: bool | None = None
    changes: Difference | None = None

    @property
    def figure_provenance(self) -> FigureProvenance:
        """Origin of every figure of the edition."""
        return FigureProvenance(self.origin.snapshot, self.origin.source == "demo")


def fit_to_publish(inputs: EditionInputs, reports: Reports) -> EditionInputs:
    """The inputs without what may not be shown, and with the words of others made printable.

    Raises:
        EditionRefused: Something is missing, of another snapshot, or blocked by a check.
    """
    _refuse_unfit(inputs, reports)
    return replace(
        inputs,
        tables=without_few_officers({path: inputs.tables[path] for path in published_tables()}),
        checks=[_printable(without_named_labels(check)) for check in inputs.checks],
        origin=replace(inputs.origin, **_printable({name: getattr(inputs.origin, name) for name in _WORDS_OF_OTHERS})),
    )


def _printable(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: printable(value) if isinstance(value, str) else value for name, value in record.items()}


def _refuse_unfit(inputs: EditionInputs, reports: Reports) -> None:
    wanted = [*published_tables(), *FEATURES]
    absent = [path for path in wanted if not (path in inputs.tables or inputs.features.get(path))]
    if absent:
        raise EditionRefused(f"The edition lacks {', '.join(absent)}; materialise them first.")
    _refuse_mixed(inputs, reports, wanted)
    failed = [f"{check['table']}: {check['name']}" for check in inputs.checks if _blocks(check)]
    if failed:
        raise EditionRefused(f"Blocking checks failed ({'; '.join(failed)}); the last edition stays.")
    wrong = [
        topic for topic, report in reports.items() if report.demonstration != inputs.figure_provenance.demonstration
    ]
    if wrong:
        raise EditionRefused(f"Topics of another kind of source: {', '.join(wrong)}; materialise them again.")


def _refuse_mixed(inputs: EditionInputs, reports: Reports, wanted: Iterable[str]) -> None:
    hashes = {path: inputs.snapshots.get(path, "unknown") for path in wanted}
    hashes |= {f"published/{topic}": report.snapshot for topic, report in reports.items()}
    strangers = {name: value for name, value in sorted(hashes.items()) if value != inputs.origin.snapshot}
    if strangers:
        listed = ", ".join(f"{name} ({value[:8]})" for name, value in strangers.items())
        raise EditionRefused(
            f"The edition is of snapshot {inputs.origin.snapshot[:8]}, but these descend from another: {listed}. "
            "Materialise them again from the current snapshot."
        )


def _blocks(check: Mapping[str, Any]) -> bool:
    return not check["passed"] and str(check["severity"]).upper() == "ERROR"
