"""How each field of an agency's source is named, printed and read: one row of its fields.csv each."""

from dataclasses import dataclass
from functools import cache

from cit_platform.codebook import codebook_files, codebook_rows

# What an indicator says, whatever its case: 1 and 0, or that it is not known.
ANSWERS = {
    **dict.fromkeys(("Y", "YES", "1", "TRUE"), 1),
    **dict.fromkeys(("N", "NO", "0", "FALSE"), 0),
    "UNKNOWN": None,
}
# Kinds whose values name a person or a report: messages show their shape only.
PRIVATE_KINDS = ("identifier", "officer", "birth")


@dataclass(frozen=True)
class SourceField:
    """One field of the source.

    Attributes:
        name: API name.
        display_name: header of the portal's bulk CSV.
        kind: how its values are read, such as `date`, `integer` or `label`.
        portal_types: types of a portal's column whose values can be read.
        is_needed: whether a headline cannot be computed without it.
        placeholders: canonical texts, in capitals, that mean a missing value.
    """

    name: str
    display_name: str
    kind: str
    portal_types: tuple[str, ...]
    is_needed: bool
    placeholders: tuple[str, ...]

    @property
    def is_private(self) -> bool:
        """Whether no message may show a value of it."""
        return self.kind in PRIVATE_KINDS


@cache
def source_fields(agency: str) -> tuple[SourceField, ...]:
    """The fields of an agency's source, in its order.

    Raises:
        CodebookError: There is no codebook for the agency, or the file cannot be read.
    """
    return tuple(
        SourceField(
            name=row["field"],
            display_name=row["display_name"],
            kind=row["kind"],
            portal_types=tuple(row["portal_types"].split("|")),
            is_needed=row["needed_by_headline"] == "yes",
            placeholders=tuple(row["placeholders"].split("|")),
        )
        for row in codebook_rows(codebook_files(agency)["fields"])
    )
