"""How each field of an agency's source is named, printed and read: one row of its fields.csv each."""

from dataclasses import dataclass
from functools import cache

from cit_platform.codebook import codebook_files, codebook_rows
from cit_platform.codebook.agency import agency_of

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
        name: our name; Seattle's portal has the same in its API.
        display_names: what the source calls it, such as headers of its bulk CSV; none where it has no such field.
        kind: how its values are read, such as `date`, `integer` or `label`.
        portal_types: types of a portal's column whose values can be read.
        is_needed: whether a headline cannot be computed without it.
        placeholders: canonical texts, in capitals, that mean a missing value.
        days: how the source spells a day where it is not YYYY-MM-DD, such as `month/day/year`.
        means: the agency's own words in capitals, each with the one that the code knows for it.
    """

    name: str
    display_names: tuple[str, ...]
    kind: str
    portal_types: tuple[str, ...]
    is_needed: bool
    placeholders: tuple[str, ...]
    days: str = "month/day/year"
    means: tuple[tuple[str, str], ...] = ()

    @property
    def display_name(self) -> str:
        """The first of its names at the source; empty where it has no such field."""
        return next(iter(self.display_names), "")

    @property
    def is_private(self) -> bool:
        """Whether no message may show a value of it."""
        return self.kind in PRIVATE_KINDS


def letters_of(name: str) -> str:
    """Letters and digits of a column's name, whatever their case: by them alone a name is known."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


@cache
def source_fields(agency: str) -> tuple[SourceField, ...]:
    """The fields of an agency's source, in its order.

    Raises:
        CodebookError: There is no codebook for the agency, or the file cannot be read.
    """
    days, means = agency_of(agency).days, _means(agency)
    return tuple(
        SourceField(
            name=row["field"],
            display_names=tuple(filter(None, row["display_name"].split("|"))),
            kind=row["kind"],
            portal_types=tuple(row["portal_types"].split("|")),
            is_needed=row["needed_by_headline"] == "yes",
            placeholders=tuple(row["placeholders"].split("|")),
            days=days,
            means=tuple(means.get(row["field"], ())),
        )
        for row in codebook_rows(codebook_files(agency)["fields"])
    )


def _means(agency: str) -> dict[str, list[tuple[str, str]]]:
    """By field, the words of source_labels.csv that its column `means`, where there is one, says the meaning of."""
    found: dict[str, list[tuple[str, str]]] = {}
    for row in codebook_rows(codebook_files(agency)["source_labels"]):
        if row.get("means"):
            found.setdefault(row["field"], []).append((row["label"], row["means"]))
    return found
