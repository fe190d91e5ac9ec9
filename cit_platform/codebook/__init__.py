"""Reviewed data, not code: how an agency's labels are read, a folder of CSV files each, every row with its reason."""

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from cit_platform.errors import UserError

if TYPE_CHECKING:
    import pyarrow as pa

ROOT = Path(__file__).parent


class CodebookError(UserError):
    """A codebook cannot be read; one paragraph: what happened, where, what to do."""


def agencies() -> list[str]:
    """The agencies that have a codebook."""
    return sorted(folder.name for folder in ROOT.iterdir() if any(folder.glob("*.csv")))


def codebook_files(agency: str) -> dict[str, Path]:
    """The CSV files of an agency by table name, in order of the names.

    Raises:
        CodebookError: There is no codebook for the agency.
    """
    known = agencies()
    if agency not in known:
        raise CodebookError(f"There is no codebook for the agency {agency!r}; there is one for: {', '.join(known)}.")
    return {path.stem: path for path in sorted((ROOT / agency).glob("*.csv"))}


def codebook_rows(path: Path) -> list[dict[str, str]]:
    """The rows of one codebook file, every cell as text, an empty cell as ''.

    Raises:
        CodebookError: A row has more or fewer cells than the header, or the file is not UTF-8.
    """
    header, *rows = _lines(path)
    for number, row in enumerate(rows, start=2):
        if len(row) != len(header):
            raise CodebookError(
                f"Line {number} of the codebook's {path.name} has {len(row)} cells, its header {len(header)}. "
                "Quote cells that hold a comma."
            )
    return [dict(zip(header, row, strict=True)) for row in rows]


def codebook_header(path: Path) -> list[str]:
    """The columns of one codebook file.

    Raises:
        CodebookError: The file is not CSV in UTF-8, or empty.
    """
    return _lines(path)[0]


def _lines(path: Path) -> list[list[str]]:
    try:
        lines = list(csv.reader(path.read_text(encoding="utf-8").splitlines(), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise CodebookError(f"The codebook's {path.name} is not CSV in UTF-8 ({error}). Mend the file.") from None
    if not lines:
        raise CodebookError(f"{path.name} of the codebook is empty. Restore the file.")
    return lines


def codebook_tables(agency: str) -> dict[str, "pa.Table"]:
    """Every table of an agency's codebook by name, every column text.

    Raises:
        CodebookError: There is no codebook for the agency, or a file of it cannot be read.
    """
    import pyarrow as pa

    tables = {}
    for name, path in codebook_files(agency).items():
        rows = codebook_rows(path)
        # A file may list nothing: nobody has published a result about the agency.
        columns = codebook_header(path)
        tables[name] = pa.table({column: pa.array([row[column] for row in rows], pa.string()) for column in columns})
    return tables


def codebook_relations(agency: str) -> dict[str, "pa.Table"]:
    """The same tables by the names that SQL gives them, such as `codebook.dispositions`."""
    return {f"codebook.{name}": table for name, table in codebook_tables(agency).items()}
