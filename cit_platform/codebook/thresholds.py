"""Limits that were stated beforehand, each with its reason, from an agency's `thresholds.csv`."""

from functools import cache

from cit_platform.codebook import CodebookError, codebook_files, codebook_rows


@cache
def thresholds(agency: str) -> dict[str, float]:
    """The value of each threshold by name, in the unit that its line states.

    Raises:
        CodebookError: There is no codebook for the agency, or a value is no number.
    """
    path = codebook_files(agency)["thresholds"]
    try:
        return {row["name"]: float(row["value"]) for row in codebook_rows(path)}
    except ValueError as error:
        raise CodebookError(f"The codebook's {path.name} holds what is no number ({error}).") from None
