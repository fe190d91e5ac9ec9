"""Results that somebody else has published about an agency, from its `published_results.csv`."""

from dataclasses import dataclass
from datetime import date

from cit_platform.codebook import CodebookError, codebook_files, codebook_rows


@dataclass(frozen=True)
class PublishedResult:
    """One coefficient as its author printed it; `p_value` None where none was given."""

    window: tuple[date, date]
    outcome: str
    term: str
    level: str
    odds_ratio: float
    p_value: float | None
    source: str


def published_results(agency: str) -> tuple[PublishedResult, ...]:
    """The published results of an agency, in the order of the file.

    Raises:
        CodebookError: There is no codebook for the agency, or a line of the file cannot be read.
    """
    path = codebook_files(agency)["published_results"]
    try:
        return tuple(_result(row) for row in codebook_rows(path))
    except ValueError as error:
        raise CodebookError(f"The codebook's {path.name} holds what is no date or number ({error}).") from None


def _result(row: dict[str, str]) -> PublishedResult:
    return PublishedResult(
        window=(date.fromisoformat(row["window_start"]), date.fromisoformat(row["window_end"])),
        outcome=row["outcome"],
        term=row["term"],
        level=row["level"],
        odds_ratio=float(row["odds_ratio"]),
        p_value=float(row["p_value"]) if row["p_value"] else None,
        source=row["source"],
    )
