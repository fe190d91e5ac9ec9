"""The values that the codebook allows: which codes exist, which text stands for a missing value."""

from cit_platform.codebook import codebook_files, codebook_rows

# Levels that no codebook row spells out: they stand where a label is missing, or not in the codebook.
UNKNOWN = "Unknown"
NO_CALL_TYPE = "unknown"
NO_DISPOSITION = "missing"
UNMAPPED = "unmapped"


def codes(agency: str, name: str, column: str) -> tuple[str, ...]:
    """The distinct codes in one column of a codebook file, in the file's order.

    Raises:
        CodebookError: There is no codebook for the agency, or the file cannot be read.
    """
    rows = codebook_rows(codebook_files(agency)[name])
    return tuple(dict.fromkeys(row[column] for row in rows if row[column]))


def placeholders(agency: str) -> dict[str, tuple[str, ...]]:
    """By source field, the text that stands for a missing value; a trailing `*` stands for any ending.

    Raises:
        CodebookError: There is no codebook for the agency, or the file cannot be read.
    """
    rows = codebook_rows(codebook_files(agency)["fields"])
    return {row["field"]: tuple(row["placeholders"].split("|")) for row in rows}
