"""An agency that does not exist: a codebook made of Seattle's by renaming, and Seattle's records in its print."""

import csv
import shutil
from pathlib import Path

import pandas as pd

from cit_platform.codebook import codebook_files, codebook_rows

NAME = "northport"
# Our field and the column that holds it there; two have the name of a field of ours that they are not.
COLUMNS = {
    "template_id": "Report No.",
    "reported_date": "Date Written",
    "reported_time": "Time Written",
    "occured_date_time": "Happened At",
    "call_type": "Received By",
    "initial_call_type": "Dispatched As",
    "final_call_type": "Closed As",
    "disposition": "Outcome",
    "use_of_force_indicator": "Force",
    "subject_veteran_indicator": "Served",
    "cit_officer_requested": "Specialist Asked",
    "cit_officer_dispatched": "Specialist Sent",
    "cit_officer_arrived": "Specialist There",
    "officer_id": "Badge",
    "officer_gender": "Sex",
    "officer_race": "Ethnicity",
    "officer_year_of_birth": "Born",
    "officer_years_of_experience": "Years Served",
    "cit_certified_indicator": "Specialist",
    "officer_bureau_desc": "Branch",
    "officer_precinct_desc": "Station",
    "officer_squad_desc": "Team",
    "precinct": "Division",
    "sector": "Precinct",
    "beat": "Sector",
}
ANSWERS = {"Y": "Oui", "N": "Non"}
GENDERS = {"M": "Male", "F": "Female", "N": "Other"}
INDICATORS = tuple(name for name in COLUMNS if name.endswith("indicator") or name.startswith("cit_officer"))
SQUADS = {"TRAINING - FIELD TRAINING SQUAD": "RECRUITS", "CRISIS RESPONSE SQUAD": "CRISIS TEAM"}
DAYS = ("reported_date", "occured_date_time")
NO_VALUE = {"-": "N/A"}
# Where the labels of a field stand, and what Northport's begin with, numbered in the order of Seattle's.
NUMBERED = {
    "call_type": ("source_labels", "WAY"),
    "disposition": ("dispositions", "OUTCOME"),
    "officer_race": ("officer_races", "GROUP"),
    "precinct": ("precincts", "DISTRICT"),
    "sector": ("source_labels", "QUARTER"),
}
FIELD_OF_FILE = {"dispositions": "disposition", "officer_races": "officer_race", "precincts": "precinct"}


def theirs(field: str) -> dict[str, str]:
    """Labels of Seattle's codebook, and Northport's."""
    file, word = NUMBERED[field]
    rows = codebook_rows(codebook_files("seattle")[file])
    labels = sorted(row["label"] for row in rows if row.get("field", field) == field)
    return {label: f"{word} {number:02}" for number, label in enumerate(labels, start=1)}


def write_codebook(codebook: Path, agency_toml: str) -> Path:
    """The folder of Northport beside that of Seattle."""
    folder = codebook / NAME
    shutil.copytree(codebook / "seattle", folder)
    (folder / "agency.toml").write_text(agency_toml, encoding="utf-8")
    for file in folder.glob("*.csv"):
        header, *rows = list(csv.reader(file.read_text(encoding="utf-8").splitlines()))
        named = [_renamed(file.stem, dict(zip(header, row, strict=True))) for row in rows]
        extra = ["means"] if file.stem == "source_labels" else []
        _write(file, [[*header, *extra], *([row.get(name, "") for name in (*header, *extra)] for row in named)])
    return folder


def _renamed(file: str, row: dict[str, str]) -> dict[str, str]:
    row = {name: text.replace("Seattle", "Northport").replace("SPD", "NPS") for name, text in row.items()}
    if file == "fields":
        words = [NO_VALUE.get(word, word) for word in row["placeholders"].split("|")]
        return row | {"display_name": COLUMNS[row["field"]], "placeholders": "|".join(words)}
    if file in FIELD_OF_FILE:
        return row | {"label": theirs(FIELD_OF_FILE[file])[row["label"]]}
    if file == "call_types" and row["kind"] == "exact":
        return row | {"label": f"{row['label']} (NP)"}
    if file == "officer_genders":
        return row | {"label": GENDERS[row["label"]].upper()}
    if file == "source_labels" and row["field"] in INDICATORS:
        return row | {"label": ANSWERS.get(row["label"], row["label"]).upper(), "means": row["label"]}
    if file == "source_labels":
        known = row["label"] if row["field"] == "call_type" else ""
        return row | {"label": theirs(row["field"])[row["label"]], "means": known}
    return row


def _write(file: Path, rows: list[list[str]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows(rows)


def write_records(seattle: pd.DataFrame, target: Path, leave_out: tuple[str, ...] = ()) -> None:
    """Records in our names and Seattle's print as a CSV of Northport's."""
    printed = {name: seattle[name] for name in reversed(COLUMNS) if name not in leave_out}
    for name, column in printed.items():
        if name in NUMBERED:
            folded = column.str.upper().str.replace(" /", "/").str.replace("/ ", "/")
            column = folded.map(theirs(name)).fillna(column)
        elif name == "initial_call_type":
            column = column.where(column.isna() | (column == "-"), column + " (NP)")
        elif name in INDICATORS:
            column = column.replace(ANSWERS)
        elif name == "officer_gender":
            column = column.replace(GENDERS)
        elif name == "officer_squad_desc":
            column = column.replace(SQUADS, regex=True)
        elif name in DAYS:
            column = column.str.replace(r"^(\d{4})-(\d\d)-(\d\d)T?", r"\3.\2.\1 ", regex=True).str.strip()
        printed[name] = column.replace(NO_VALUE)
    frame = pd.DataFrame(printed).rename(columns=COLUMNS)
    frame.to_csv(target, index=False, quoting=csv.QUOTE_MINIMAL)
