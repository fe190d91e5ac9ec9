"""The values that the codebook allows in the tables that come from it."""

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
