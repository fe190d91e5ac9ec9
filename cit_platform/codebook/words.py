"""What terms, levels, outcomes, variants and rules are called in print, from an agency's `words.csv`."""

from collections.abc import Mapping
from functools import cache

from cit_platform.codebook import codebook_files, codebook_rows


@cache
def words_of(agency: str) -> Mapping[str, Mapping[str, str]]:
    """Words by kind and key; the key of a level is `term/level`.

    Raises:
        CodebookError: There is no codebook for the agency, or the file cannot be read.
    """
    words: dict[str, dict[str, str]] = {}
    for row in codebook_rows(codebook_files(agency)["words"]):
        words.setdefault(row["kind"], {})[row["key"]] = row["words"]
    return words
