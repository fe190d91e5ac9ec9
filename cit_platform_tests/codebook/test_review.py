"""Labels that wait for review, as lines that fit into the codebook's files."""

import csv

import pytest

from cit_platform.codebook import codebook_files, codebook_rows
from cit_platform.codebook.review import REVIEWED, Review, labels_to_review
from cit_platform.codebook.vocabulary import LABEL_FILES, vocabulary_of

VALUES: dict[str, list[tuple[str | None, int]]] = {
    "disposition": [
        ("Detox", 9),
        (" telehealth /  visit", 2),
        ("TELEHEALTH/VISIT", 40),
        ("Mobile Crisis Teams, new", 7),
        ("-", 5),
        (None, 3),
    ],
    "initial_call_type": [
        *(("SUICIDE - ANYTHING", 4), ('A "QUOTED" CALL, NEW', 1), ("TRESPASS", 2)),
        *(("OBS - TRESPASS", 9), ('TRU - A "QUOTED" CALL, NEW', 2)),
    ],
    "precinct": [("North", 5), ("OOJ", 1)],
    "officer_race": [("White", 5), ("Declined to Answer", 1), ("Middle Eastern", 3)],
    "officer_gender": [("M", 5), ("N", 1)],
}


def read(review: Review) -> list[dict[str, str]]:
    """The lines under the header of their file."""
    path = codebook_files("seattle")[LABEL_FILES[review.field]]
    assert review.file == path.name
    header = path.read_text(encoding="utf-8").splitlines()[0]
    return list(csv.DictReader([header, *review.lines], strict=True))


def test_unknown_labels_are_counted_over_their_spellings() -> None:
    dispositions, call_types, races = labels_to_review("seattle", VALUES)
    assert [row["label"] for row in read(dispositions)] == ["TELEHEALTH/VISIT", "MOBILE CRISIS TEAMS, NEW"]
    assert [row["label"] for row in read(call_types)] == ['A "QUOTED" CALL, NEW']
    assert [row["label"] for row in read(races)] == ["MIDDLE EASTERN"]
    assert read(call_types)[0]["reason"] == "TO REVIEW: 3 records.", "a prefix is no other label"
    assert read(dispositions)[0]["reason"] == "TO REVIEW: 42 records."
    assert "7 records. Nearest known label: MOBILE CRISIS TEAM (referral)." in read(dispositions)[1]["reason"]


def test_groups_are_left_to_a_person() -> None:
    for review in labels_to_review("seattle", VALUES):
        assert {row[REVIEWED[review.field]] for row in read(review)} == {""}


def test_lines_take_the_places_after_the_last() -> None:
    (_, call_types, _) = labels_to_review("seattle", VALUES)
    known = codebook_rows(codebook_files("seattle")["call_types"])
    assert [(row["order"], row["kind"]) for row in read(call_types)] == [(str(len(known) + 1), "exact")]


@pytest.mark.parametrize("field", REVIEWED)
def test_nothing_waits_where_all_labels_are_known(field: str) -> None:
    known = [(label, 1) for label in vocabulary_of("seattle").labels[field]]
    assert labels_to_review("seattle", {**{name: [] for name in REVIEWED}, field: known}) == ()
