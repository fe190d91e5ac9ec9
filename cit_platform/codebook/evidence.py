"""Results of other studies that stand beside ours, from an agency's `evidence.csv`; what was not read stays empty."""

from dataclasses import dataclass

from cit_platform.codebook import CodebookError, codebook_files, codebook_rows


@dataclass(frozen=True)
class OtherResult:
    """One result of another study as far as it was read; None for a number that was not.

    Attributes:
        study: its name here.
        outcome: what the result is about.
        citation: where it was published.
        training: what was taught; empty where that was not read.
        place: where.
        design: how it was found.
        size: how many officers or encounters, in words.
        measure: percent (a change or difference), odds_ratio, standardised_difference, or empty without a number.
        estimate, conf_low, conf_high, p_value: in the unit of `measure`.
        finding: what was found, in a sentence.
        read: which part of it was read, and where.
        size_to_power: whether our power is measured by its size.
    """

    study: str
    outcome: str
    citation: str
    training: str
    place: str
    design: str
    size: str
    measure: str
    estimate: float | None
    conf_low: float | None
    conf_high: float | None
    p_value: float | None
    finding: str
    read: str
    size_to_power: bool


NUMBERS = ("estimate", "conf_low", "conf_high", "p_value")
_TEXTS = ("study", "outcome", "citation", "training", "place", "design", "size", "measure", "finding", "read")


def other_results(agency: str) -> tuple[OtherResult, ...]:
    """The results of an agency's file, in its order.

    Raises:
        CodebookError: There is no codebook for the agency, or a line of the file cannot be read.
    """
    path = codebook_files(agency)["evidence"]
    try:
        return tuple(_result(row) for row in codebook_rows(path))
    except ValueError as error:
        raise CodebookError(f"The codebook's {path.name} holds what is no number ({error}).") from None


def _result(row: dict[str, str]) -> OtherResult:
    numbers = {name: float(row[name]) if row[name] else None for name in NUMBERS}
    texts = {name: row[name] for name in _TEXTS}
    return OtherResult(**texts, **numbers, size_to_power=row["size_to_power"] == "yes")  # type: ignore[arg-type]
