"""Labels: known ones as they are, unknown ones if they are frequent and no number, date or name."""

import pandas as pd
import pytest

from cit_platform.publishing.parts.labels import published_labels, without_named_labels

KNOWN = "NO ACTION POSSIBLE/NECESSARY"


def table(*rows: tuple[str, str, int]) -> pd.DataFrame:
    listed = [("disposition", label, grouping, n) for label, grouping, n in rows]
    return pd.DataFrame(listed, columns=["field", "label", "grouping", "n_records"])


@pytest.mark.parametrize(
    "private",
    [
        "7615",
        "1980-01-02",
        "1/2/80",
        "OFFICER JANE DOE 7615 BORN 1980-01-02",
        "DOE, JANE",
        "SGT DOE",
        "MR DOE",
        "BADGE UNKNOWN",
    ],
)
def test_a_number_a_date_or_a_name_is_not_published_however_frequent(private: str) -> None:
    found = published_labels(table((KNOWN, "no_action", 400), (private, "unmapped", 5_000)))
    assert private not in set(found["label"])
    assert found["n_records"].sum() == 5_400


def test_a_label_that_the_codebook_knows_stays_however_rare() -> None:
    found = published_labels(table((KNOWN, "no_action", 1), ("", "missing", 2)))
    assert list(found["label"]) == [KNOWN, ""]


@pytest.mark.parametrize(("n", "is_shown"), [(9, False), (10, True)])
def test_an_unknown_label_is_published_once_ten_records_carry_it(n: int, is_shown: bool) -> None:
    assert ("BEAMED UP" in set(published_labels(table(("BEAMED UP", "unmapped", n)))["label"])) == is_shown


def test_what_is_withheld_is_one_row_for_each_group_and_adds_up() -> None:
    rows = [("7615", "unmapped", 1), ("JANE DOE", "unmapped", 2), ("X", "other", 3), (KNOWN, "no_action", 40)]
    found = published_labels(table(*rows))
    assert dict(zip(found["label"], found["n_records"], strict=True)) == {
        KNOWN: 40,
        "(1 label withheld: other)": 3,
        "(2 labels withheld: unmapped)": 3,
    }


def test_a_published_warning_counts_labels_and_names_none() -> None:
    found = {"table": "raw/records", "name": "vocabulary_known", "passed": False, "severity": "WARN"}
    message = "Not as expected: 1 of 156 labels break the rule (0.641 % of those with a value). disposition: JANE DOE."
    said = without_named_labels({**found, "message": message})["message"]
    assert said.startswith("Not as expected: 1 of 156 labels break the rule (0.641 % of those with a value). ")
    assert "JANE" not in said
    other = {**found, "name": "fields_have_values", "message": "1 of 25 fields break the rule. cit_officer_requested."}
    assert without_named_labels(other) == other
