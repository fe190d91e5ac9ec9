"""The protocol is read from its files, whole or not at all, and its hash is that of the day it was laid down."""

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from cit_platform.code_version import CODE_SUFFIXES
from cit_platform.studies.protocol import (
    FOLDER,
    ProtocolError,
    Threshold,
    protocol,
    protocol_files,
    protocol_hash,
    read_protocol,
)
from cit_platform.studies.protocol.specifications import specifications_of

# Who changes a file of the protocol gives it a new date, and this test the hash of that date.
LAID_DOWN = {date(2026, 11, 27): "11d5626e2fd586c2e67955306c1fcbf0343fd1c25c989519d6af8b0db2457cf0"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "protocol", ignore=shutil.ignore_patterns("*.py", "__pycache__")))


def test_its_hash_is_that_of_its_date() -> None:
    assert LAID_DOWN[protocol().date] == protocol().hash == protocol_hash()


def test_it_answers_what_the_code_asks() -> None:
    found = protocol()
    assert found.primary_outcomes == ("force", "arrest", "emergent_detention", "referral")
    assert found.margins == {"force": 0.002, "arrest": 0.02, "emergent_detention": 0.02, "referral": 0.02}
    assert found.deviations == ()
    assert all(row["reason"] for rows in (found.outcomes, found.terms, found.forks, found.nodes) for row in rows)
    assert all(threshold.reason for threshold in found.thresholds.values())
    assert len(found.target_trial) == 8


def test_what_is_not_adjusted_is_named_with_its_reason() -> None:
    nodes = {row["node"]: row for row in protocol().nodes}
    assert {name for name, row in nodes.items() if row["adjusted"] == "no"} >= {"severity", "inclination", "squad"}
    assert all(bool(row["terms"]) == (row["adjusted"] not in ("no", "")) for row in nodes.values() if row["adjusted"])


def test_its_files_belong_to_the_version_of_the_code() -> None:
    assert {file.suffix for file in protocol_files()} <= CODE_SUFFIXES
    assert len(protocol_files()) == 10


def test_a_changed_file_changes_the_hash_and_a_noted_deviation_does_not(folder: Path) -> None:
    assert protocol_hash(folder) == protocol().hash
    with (folder / "deviations.csv").open("a") as file:
        file.write('2026-12-24,"The margin of force was read as 3.",A misprint.\n')
    assert protocol_hash(folder) == protocol().hash
    [deviation] = read_protocol(folder).deviations
    assert (deviation.date, deviation.reason) == (date(2026, 12, 24), "A misprint.")
    (folder / "margins.csv").write_text((folder / "margins.csv").read_text().replace("force,2,", "force,3,"))
    assert protocol_hash(folder) != protocol().hash
    assert read_protocol(folder).margins["force"] == 0.003


def replaced(file: str, old: str, new: str) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")

    return spoil


SPOILED = {
    "a file is gone": (lambda folder: (folder / "margins.csv").unlink(), "margins.csv"),
    "no TOML": (replaced("protocol.toml", "[specification]", "[specification"), "protocol.toml"),
    "no date": (replaced("protocol.toml", "date = 2026-11-27", ""), "date"),
    "an unknown fact": (replaced("protocol.toml", "title =", "subtitle = 1\ntitle ="), "subtitle"),
    "a margin of nothing": (replaced("margins.csv", "force,2,", "force,0,"), "margins.csv"),
    "a margin in words": (replaced("margins.csv", "force,2,", "force,two,"), "margins.csv"),
    "no margin for an outcome": (replaced("margins.csv", "force,2,", "violence,2,"), "primary outcomes"),
    "a bound that is none": (replaced("diagnostics.csv", "overlap,at_least", "overlap,over"), "diagnostics.csv"),
    "a threshold in words": (replaced("diagnostics.csv", "at_least,0.2", "at_least,much"), "diagnostics.csv"),
    "a cause that is no node": (replaced("edges.csv", "squad,force", "sergeant,force"), "sergeant"),
    "a circle": (replaced("edges.csv", "squad,force,", "force,squad,Revenge.\nsquad,force,"), "circle"),
    "an adjustment that is none": (replaced("nodes.csv", "yes,year", "yes,age"), "nodes.csv"),
    "a torn line": (replaced("forks.csv", "all_quarters,force disposition", "all_quarters"), "forks.csv"),
    "a deviation of before": (
        replaced("deviations.csv", "date,what,reason", "date,what,reason\n2026-01-01,a,b"),
        "deviation",
    ),
    "a deviation without a reason": (
        replaced("deviations.csv", "date,what,reason", "date,what,reason\n2027-01-01,a,"),
        "deviation",
    ),
}


@pytest.mark.parametrize("case", SPOILED)
def test_a_spoiled_protocol_is_refused_and_says_where(folder: Path, case: str) -> None:
    spoil, named = SPOILED[case]
    spoil(folder)
    with pytest.raises(ProtocolError) as refused:
        read_protocol(folder)
    assert named in str(refused.value)


def test_a_predictor_that_the_features_lack_is_refused(folder: Path) -> None:
    replaced("terms.csv", "year,", "moon,")(folder)
    replaced("nodes.csv", "yes,year", "yes,moon")(folder)
    with pytest.raises(ProtocolError, match="moon"):
        specifications_of(read_protocol(folder))


def test_the_specification_is_read_from_the_files(folder: Path) -> None:
    replaced("terms.csv", "year,2016", "year,2018")(folder)
    replaced("protocol.toml", 'quarters = "usable"', 'quarters = "all"')(folder)
    force, *_ = specifications_of(read_protocol(folder))
    assert force.quarters == "all"
    assert {term.name: term.reference for term in force.terms}["year"] == "2018"


@pytest.mark.parametrize(("bound", "within", "beyond"), [("at_least", 1.0, 0.9), ("at_most", 1.0, 1.1)])
def test_a_value_at_the_threshold_passes_and_none_at_all_does_not(bound: str, within: float, beyond: float) -> None:
    threshold = Threshold("overlap", bound, 1.0, True, "")  # type: ignore[arg-type]
    assert threshold.passes(within)
    assert not threshold.passes(beyond)
    assert not threshold.passes(float("nan"))
