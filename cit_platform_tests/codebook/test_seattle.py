"""Seattle's codebook: whole, consistent, and every documented label read as intended."""

import datetime
import re
from collections import Counter, defaultdict
from itertools import pairwise

import pytest

from cit_platform.codebook import codebook_files, codebook_rows
from cit_platform.contracts.raw import SOURCE_FIELDS

FILES = codebook_files("seattle")
BOOK = {name: codebook_rows(path) for name, path in FILES.items()}
KEYS = {
    "fields": "field",
    "dispositions": "label",
    "disposition_groups": "grouping",
    "call_types": "label",
    "periods": "period",
    "precincts": "label",
    "officer_races": "label",
    "officer_genders": "label",
    "exclusion_rules": "rule",
    "source_labels": "field label",
    "words": "kind key",
    "published_results": "window_start window_end outcome term level",
    "label_prefixes": "field pattern",
    "terms": "term",
    "thresholds": "name",
    "evidence": "study outcome",
}
RISKS = {"crisis", "welfare", "suicide", "disturbance", "violent", "other"}
CALL_TYPES = {row["label"]: row for row in BOOK["call_types"] if row["kind"] == "exact"}
PATTERNS = [row for row in BOOK["call_types"] if row["kind"] == "pattern"]

DISPOSITIONS = {
    "arrest": ["Subject Arrested", "ARRESTED (REQUIRES ARREST REPORT)"],
    "emergent_detention": ["Emergent Detention/ITA", "Emergent Detention / ITA"],
    "referral": [
        "Voluntary Committal",
        "Mobile Crisis Team",
        "MCT (MOBILE CRISIS TEAM)",
        "Mental Health Agency or Case Manager Notified",
        "CASE MANAGER/MH AGENCY NOTIFIED",
        "DMHP Referral",
        "DMHP/REFERRAL (DCR)",
        "Crisis Clinic",
        "CRISIS CLINIC (CRISIS CONNECTIONS)",
        "Drug/Alcohol Treatment Referral",
        "Drug / Alcohol Treatment Referral",
        "SOCIAL SERVICE/ALCOHOL AND DRUG/TREATMENT REFERRAL",
        "Shelter Transport",
        "SHELTER",
        "Geriatric Regional Assessment Team",
        "CSC/CDF (CRISIS SOLUTION CENTER/CRISIS DIVERSION FACILITY)",
        "CCORS (CHILDREN'S CRISIS OUTREACH RESPONSE SYSTEM)",
        "DETOX",
        "SPRUCE STREET",
        "COURTESY TRANSPORT",
        "CARE Referral",
        "Health One Referral",
        "LEAD Referral",
    ],
    "no_action": [
        "No Action Possible or Necessary",
        "No Action Possible / Necessary",
        "Resources Declined",
        "RESOURCES OFFERED/DECLINED",
        "Chronic Complaint",
    ],
    "no_contact": ["Unable to Contact"],
    "other": ["OTHER", "Crisis Response Bulletin Referenced"],
}
ALTERNATIVES = {
    "VOLUNTARY COMMITTAL": "emergent_detention",
    "COURTESY TRANSPORT": "no_action",
    "RESOURCES DECLINED": "referral",
    "RESOURCES OFFERED/DECLINED": "referral",
    "UNABLE TO CONTACT": "no_action",
    "CHRONIC COMPLAINT": "no_contact",
}
CALLS = {
    "crisis": ["PERSON IN BEHAVIORAL/EMOTIONAL CRISIS"],
    "welfare": ["SERVICE - WELFARE CHECK"],
    "suicide": [
        "SUICIDE - IP/JO SUICIDAL PERSON AND ATTEMPTS",
        "SUICIDE, SUICIDAL PERSON AND ATTEMPTS",
        "SUICIDE - CRITICAL",
        "SUICIDE - SUICIDAL PERSON AND ATTEMPTS",
    ],
    "disturbance": [
        "DISTURBANCE, MISCELLANEOUS/OTHER",
        "DIST - IP/JO - DV DIST - NO ASLT",
        "DIST - DV - NO ASLT",
        "HARAS - NO BIAS, THREATS OR MALICIOUSNESS",
        "DISTURBANCE",
        "DISTURBANCE - DV CRITICAL",
    ],
    "violent": [
        "THREATS (INCLS IN-PERSON/BY PHONE/IN WRITING)",
        "ASLT - IP/JO - WITH OR W/O WPNS (NO SHOOTINGS)",
        "ASLT - WITH OR W/O WPNS (NO SHOOTINGS)",
        "ASLT - CRITICAL (NO SHOOTINGS)",
        "ASLT - WITH OR W/O WEAPONS (NO SHOOTINGS)",
        "ASLT - IP/JO - DV",
        "WEAPN-IP/JO-GUN,DEADLY WPN (NO THRT/ASLT/DIST)",
        "FIGHT - IP - PHYSICAL (NO WEAPONS)",
    ],
    "other": [
        "HAZ - POTENTIAL THRT TO PHYS SAFETY (NO HAZMAT)",
        "FIREWORKS (NO HAZARD)",
        "SUSPICIOUS PERSON, VEHICLE OR INCIDENT",
        "SUSPICIOUS PERSON, VEHICLE, OR INCIDENT",
        "TRESPASS",
        "ASSIST OTHER AGENCY - ROUTINE SERVICE",
        "SFD - ASSIST ON FIRE OR MEDIC RESPONSE",
        "SUSPICIOUS STOP - OFFICER INITIATED ONVIEW",
        "UNKNOWN - COMPLAINT OF UNKNOWN NATURE",
        "THEFT (DOES NOT INCLUDE SHOPLIFT OR SVCS)",
        "OVERDOSE - DRUG RELATED CASUALTY",
        "PROPERTY - DAMAGE",
        "LEWD",
        "LEWD -  (EXPOSING, FLASHING)",
        "NUISANCE - MISCHIEF",
        "DOWN - CHECK FOR PERSON DOWN",
        "SHOPLIFT - THEFT",
    ],
}
FINAL_CALLS = {
    "crisis": ["--CRISIS COMPLAINT - GENERAL", "--CRISIS COMPLAINT - PICK-UP OR TRANSPORT"],
    "disturbance": ["--DISTURBANCE - OTHER", "--DV - ARGUMENTS, DISTURBANCE (NO ARREST)"],
    "violent": [
        "--ASSAULTS, OTHER",
        "--ASSAULTS - HARASSMENT, THREATS",
        "--DV - DOMESTIC VIOL/ASLT (ARREST MANDATORY)",
    ],
    "other": [
        "--PROWLER - TRESPASS",
        "--SUSPICIOUS CIRCUM. - SUSPICIOUS PERSON",
        "--PROPERTY DEST (DAMG)",
        "--PREMISE CHECKS - CRIME PREVENTION",
        "--ASSIST PUBLIC - OTHER (NON-SPECIFIED)",
        "--THEFT - ALL OTHER",
    ],
}
# Labels of the same dispatch system that no exact row names.
FAMILIES = {
    "ASLT - CRITICAL - WITH A NEW ENDING": ("violent", "assault"),
    "ASLT - IP/JO - PERSON SHOT OR SHOT AT": ("violent", "weapon"),
    "CARJACKING - IP/JO - ROBBERY": ("violent", "assault"),
    "WEAPN - OTHER": ("violent", "weapon"),
    "SHOTS -DELAY/INCLUDES HEARD/NO ASSAULT": ("violent", "weapon"),
    "THREATS - DV - NO ASSAULT": ("violent", "threat"),
    "HAZ - IMMINENT THRT TO PHYS SAFETY (NO HAZMAT)": ("other", "assist_medical"),
    "DIST - IP/JO - DV DIST - NO ASLT (VERBAL)": ("disturbance", "domestic_disturbance"),
    "DISTURBANCE - CRITICAL": ("disturbance", "disturbance"),
    "DISTRIBUTION OF LEAFLETS": None,
    "SUICIDE - SUICIDAL PERSON": ("suicide", "suicide"),
    "BURG - COMM BURGLARY (INCLUDES SCHOOLS)": ("other", "property"),
    "THEFT OF SERVICES": ("other", "property"),
    "ORDER - IP - VIOLATION OF DV COURT ORDER": ("disturbance", "domestic_disturbance"),
    "ORDER - VIOLATION OF COURT ORDER (NON-DV)": ("other", "public_order"),
    "FIGHT - VERBAL/ORAL": ("disturbance", "disturbance"),
    "MISSING - PERSON": ("other", "vulnerable_person"),
    "A LABEL NOBODY KNOWS": None,
}


def folded(label: str) -> str:
    """A label as the transforms fold it."""
    return re.sub(" ?/ ?", "/", " ".join(label.split())).upper().lstrip("- ")


def mapped(label: str) -> tuple[str, str] | None:
    """Risk and class of a folded call type: an exact label beats a pattern, the first pattern wins."""
    if label in CALL_TYPES:
        return CALL_TYPES[label]["call_risk"], CALL_TYPES[label]["call_class"]
    return next(((row["call_risk"], row["call_class"]) for row in PATTERNS if re.search(row["label"], label)), None)


def test_every_file_is_known_to_these_tests() -> None:
    assert set(BOOK) == set(KEYS)


@pytest.mark.parametrize("name", KEYS)
def test_no_row_stands_twice_and_every_row_has_its_reason(name: str) -> None:
    repeated = {
        key: n
        for key, n in Counter(tuple(row[part] for part in KEYS[name].split()) for row in BOOK[name]).items()
        if n > 1
    }
    assert not repeated
    reason = {"fields": "note", "terms": "meaning"}.get(name, "reason")
    assert not [row for row in BOOK[name] if not row[reason].strip()]
    assert not [cell for row in BOOK[name] for cell in row.values() if cell != cell.strip()]


LABELLED = ["dispositions", "call_types", "precincts", "officer_races", "officer_genders", "source_labels"]


@pytest.mark.parametrize("name", LABELLED)
def test_labels_are_written_as_the_transforms_fold_them(name: str) -> None:
    labels = [row["label"] for row in BOOK[name] if row.get("kind") != "pattern"]
    assert [label for label in labels if folded(label) != label] == []


def test_fields_are_those_of_the_source_in_order() -> None:
    assert [row["field"] for row in BOOK["fields"]] == [column.name for column in SOURCE_FIELDS]


def test_groups_are_ranked_from_arrest_to_missing() -> None:
    groups = [row["grouping"] for row in BOOK["disposition_groups"]]
    assert groups == [
        *("arrest", "emergent_detention", "referral", "no_action"),
        *("no_contact", "other", "unmapped", "missing"),
    ]
    assert [row["rank"] for row in BOOK["disposition_groups"]] == [str(place) for place in range(1, 9)]


def test_every_documented_disposition_is_in_its_group() -> None:
    expected = {folded(label): group for group, labels in DISPOSITIONS.items() for label in labels}
    # Labels that were reviewed later may stand beside them.
    assert expected.items() <= {row["label"]: row["grouping"] for row in BOOK["dispositions"]}.items()
    assert {row["grouping"] for row in BOOK["dispositions"]} <= {row["grouping"] for row in BOOK["disposition_groups"]}


def test_alternatives_of_dispositions_are_those_of_the_design() -> None:
    documented = {folded(label) for labels in DISPOSITIONS.values() for label in labels}
    alternatives = {row["label"]: row["alternative"] for row in BOOK["dispositions"] if row["alternative"]}
    assert {label: other for label, other in alternatives.items() if label in documented} == ALTERNATIVES
    ranks = {row["grouping"]: row["rank"] for row in BOOK["disposition_groups"]}
    assert [row["label"] for row in BOOK["dispositions"] if row["rank"] != ranks[row["grouping"]]] == []


@pytest.mark.parametrize("documented", [CALLS, FINAL_CALLS], ids=["initial", "final"])
def test_every_documented_call_type_is_an_exact_label_of_its_risk(documented: dict[str, list[str]]) -> None:
    expected = {folded(label): risk for risk, labels in documented.items() for label in labels}
    assert {label: CALL_TYPES[label]["call_risk"] for label in expected} == expected


def test_the_alternative_of_a_person_in_crisis_is_other() -> None:
    assert CALL_TYPES["PERSON IN BEHAVIORAL/EMOTIONAL CRISIS"]["alternative"] == "other"


def test_risks_and_alternatives_are_valid() -> None:
    assert {row["call_risk"] for row in BOOK["call_types"]} == RISKS
    assert {row["kind"] for row in BOOK["call_types"]} == {"exact", "pattern"}
    alternatives = [row for row in BOOK["call_types"] if row["alternative"]]
    assert {row["alternative"] for row in alternatives} <= RISKS
    assert [row["label"] for row in alternatives if row["alternative"] == row["call_risk"]] == []
    published = [row for row in BOOK["call_types"] if row["published_call_risk"]]
    assert {row["published_call_risk"] for row in published} <= RISKS - {"crisis"}
    assert [row["label"] for row in published if row["published_call_risk"] == row["call_risk"]] == []


def test_the_published_grouping_knows_no_crisis() -> None:
    crisis = [row for row in BOOK["call_types"] if row["call_risk"] == "crisis"]
    assert {row["published_call_risk"] for row in crisis} == {"welfare"}


def test_a_class_lies_in_one_risk() -> None:
    risks = defaultdict(set)
    for row in BOOK["call_types"]:
        risks[row["call_class"]].add(row["call_risk"])
    assert {name for name, of in risks.items() if len(of) > 1} == set()
    assert 10 <= len(risks) <= 16
    assert not {"unknown", "unmapped"} & set(risks)


@pytest.mark.parametrize("name", ["call_types", "exclusion_rules"])
def test_order_counts_the_rows(name: str) -> None:
    assert [row["order"] for row in BOOK[name]] == [str(place) for place in range(1, len(BOOK[name]) + 1)]


def test_patterns_are_anchored_and_mean_the_same_in_every_engine() -> None:
    """Only what RE2 (DuckDB), Java (Spark) and Python read alike: no look-around, back-reference, class or flag."""
    for row in PATTERNS:
        pattern = row["label"]
        assert re.fullmatch(r"\^[A-Z0-9 ()|.*?,/\[\]^-]+\$", pattern), pattern
        assert not re.search(r"\(\?|\*\?|\?\?|\[\^(?!A-Z\])", pattern), pattern
        re.compile(pattern)


def test_patterns_agree_with_the_exact_labels_they_match() -> None:
    """So that a new spelling of a known label falls where the known one stands."""
    departures = {
        label
        for label, row in CALL_TYPES.items()
        for family in [next((p for p in PATTERNS if re.search(p["label"], label)), None)]
        if family and family["call_class"] != row["call_class"]
    }
    assert departures == set()


@pytest.mark.parametrize(("label", "expected"), FAMILIES.items())
def test_families_catch_what_no_exact_label_names(label: str, expected: tuple[str, str] | None) -> None:
    assert label not in CALL_TYPES
    assert mapped(label) == expected


def test_periods_follow_one_another_without_gap() -> None:
    periods = BOOK["periods"]
    starts = {row["period"]: row["start"] for row in periods}
    assert starts == {
        "baseline": "2015-05-15",
        "mark43": "2019-05-15",
        "pandemic": "2020-03-01",
        "hb1310": "2021-07-25",
        "hb1735": "2022-03-04",
        "care": "2023-10-01",
    }
    for before, after in pairwise(periods):
        end, start = (datetime.date.fromisoformat(day) for day in (before["end"], after["start"]))
        assert start - end == datetime.timedelta(days=1)
    assert periods[-1]["end"] == ""
    assert all(row["source"] for row in periods)


def test_levels_of_places_and_officers_hold_the_references_of_the_models() -> None:
    values = {name: {row["value"] for row in BOOK[name]} for name in ("precincts", "officer_races", "officer_genders")}
    assert values["precincts"] == {"North", "West", "East", "South", "Southwest", "Unknown"}
    assert values["officer_genders"] == {"M", "F", "Unknown"}
    assert {"White", "Unknown"} < values["officer_races"]
    assert len(values["officer_races"]) == 8


def test_exclusion_rules_stand_in_their_order() -> None:
    assert [(row["rule"], row["removes_from"]) for row in BOOK["exclusion_rules"]] == [
        ("exact_duplicate", "all"),
        ("template_missing", "all"),
        ("indicator_missing", "all"),
        ("contact_conflict", "all"),
        ("date_missing", "all"),
        ("experience_unknown", "published"),
        ("experience_impossible", "published"),
    ]
