"""Every initial call type known of any print falls where the reviewed mapping beside this file has it."""

import csv
import difflib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from cit_platform.codebook import codebook_files, codebook_rows
from cit_platform.codebook.vocabulary import vocabulary_of
from cit_platform.sources.demo.calibration import rates
from cit_platform.sources.demo.large_city import call_type
from cit_platform_tests.conftest import SAMPLE, missing
from cit_platform_tests.transforms.engine import FEATURES, computed, connected, record

REVIEWED = Path(__file__).with_name("call_types_reviewed.csv")
PRINTS = SAMPLE.parents[1] / "field-cases"
LEVELS = ("call_risk", "call_class", "call_risk_published")
VOCABULARY = vocabulary_of("seattle")

Mapping = dict[str, tuple[str, ...]]


def reviewed() -> Mapping:
    with REVIEWED.open(encoding="utf-8", newline="") as file:
        return {row["label"]: tuple(row[level] for level in LEVELS) for row in csv.DictReader(file)}


def folded(labels: Iterable[str | None]) -> set[str]:
    """Labels as the transforms fold them; closing labels lose their dashes."""
    found = {VOCABULARY.folded("initial_call_type", (label or "").lstrip("- ")) for label in labels}
    return {label for label in found if label}


def own_labels() -> set[str]:
    """Labels that the codebook or the demonstration city spells out."""
    exact = [row["label"] for row in codebook_rows(codebook_files("seattle")["call_types"]) if row["kind"] == "exact"]
    drawn = [line.value for line in rates() if line.field.endswith("al_call_type") and line.among == "known"]
    return folded([*exact, *drawn])


def printed_labels() -> Iterator[str | None]:
    """Labels in the prints and the sample that lie beside the project."""
    for file in sorted(PRINTS.rglob("*.csv")):
        with file.open(encoding="utf-8-sig", newline="") as lines:
            for row in csv.DictReader(lines):
                columns = {name: (name or "").lower().replace(" ", "_").replace(".", "_") for name in row}
                yield from (row[name] for name, plain in columns.items() if "al_call_type" in plain)
    for row in json.loads(SAMPLE.read_text(encoding="utf-8")):
        yield from (row.get("initial_call_type"), row.get("final_call_type"))
    columns = json.loads((SAMPLE.parent / "views_2019-04-19.json").read_text(encoding="utf-8"))["columns"]
    for column in columns:
        if column["fieldName"].endswith("al_call_type"):
            yield from (str(item["item"]) for item in column["cachedContents"]["top"])


def mapped_by_the_query(labels: list[str]) -> Mapping:
    rows = [record(template_id=str(1000 + place), initial_call_type=label) for place, label in enumerate(labels)]
    found = {row["contact_id"]: row for row in computed(connected(), rows, FEATURES)["features/records"]}
    return {
        label: tuple(found[row["template_id"]][level] for level in LEVELS)
        for label, row in zip(labels, rows, strict=True)
    }


def difference(found: Mapping, expected: Mapping) -> str:
    """What differs, line by line, for whoever has to review it."""
    lines = [[f"{label}: {', '.join(of[label])}" for label in sorted(of)] for of in (expected, found)]
    return "\n".join(difflib.unified_diff(*lines, "reviewed", "now", lineterm="", n=0))


def test_every_reviewed_label_falls_where_it_was_reviewed() -> None:
    expected = reviewed()
    assert not (changes := difference(mapped_by_the_query(sorted(expected)), expected)), changes


def test_the_demonstration_city_reads_labels_as_the_query_does() -> None:
    expected = reviewed()
    found = {label: tuple(getattr(call_type(label), level) for level in LEVELS) for label in expected}
    assert not (changes := difference(found, expected)), changes


def test_every_label_of_the_codebook_and_of_the_demonstration_city_is_reviewed() -> None:
    assert own_labels() - set(reviewed()) == set()


def test_every_label_of_every_print_is_reviewed() -> None:
    if not PRINTS.is_dir():
        missing(f"the prints are not at {PRINTS}")
    # NA is what R writes for a missing value, in one file that has to be refused.
    assert folded(printed_labels()) - set(reviewed()) == {"NA"}


# One word more must not change the family: a family ends at the end of its words.
NEIGHBOURS = {
    "FIREWORKS - ILLEGAL": ("other", "public_order"),
    "FIRE - BRUSH": ("other", "assist_medical"),
    "FIREARM FOUND": None,
    "HAZ - POTENTIAL THRT TO PHYS SAFETY": ("other", "assist_medical"),
    "HAZING": None,
    "SEXTON": None,
    "PROPERTYLESS": None,
    "ASSISTED LIVING FACILITY - QUESTION": None,
    "ORDERLY CROWD": None,
    "FIGHT W/ WEAPONS": ("violent", "weapon"),
    "FIGHT - WITHOUT WEAPONS": ("violent", "assault"),
    "DISTURBANCE - ADVICE ONLY": ("disturbance", "disturbance"),
    "DISTURBANCE (DV)": ("disturbance", "domestic_disturbance"),
    "DISTURBANCE - DV": ("disturbance", "domestic_disturbance"),
    "DV - NO ASLT": ("disturbance", "domestic_disturbance"),
    "OBS - WELFARE CHECK": ("welfare", "welfare_check"),
    "TRU SUICIDE": ("suicide", "suicide"),
    "OBSTRUCTING": None,
    "TRUANT": None,
    "MENTALLY ILL": None,
}


@pytest.mark.parametrize(("label", "expected"), NEIGHBOURS.items())
def test_a_family_ends_with_its_words(label: str, expected: tuple[str, str] | None) -> None:
    [(risk, kind, _)] = mapped_by_the_query([label]).values()
    assert (risk, kind) == (expected or ("unmapped", "unmapped"))


def test_a_prefix_of_the_source_changes_no_meaning() -> None:
    labels = ["PROWLER - IP/JO", "WEAPN-IP/JO-GUN,DEADLY WPN (NO THRT/ASLT/DIST)", "THREATS", "A LABEL NOBODY KNOWS"]
    bare = mapped_by_the_query(labels)
    for prefix in ("OBS - ", "OBS ", "TRU - ", "obs  -  "):
        found = mapped_by_the_query([f"{prefix}{label}" for label in labels])
        assert list(found.values()) == list(bare.values()), prefix
