"""What the pages for operators name is there: tests, commands, targets, settings."""

import re

import pytest
import typer.main

from cit_platform.cli import app
from cit_platform.settings import REPOSITORY, Settings

DOCS = REPOSITORY / "docs"
OPERATIONS = (DOCS / "operations.md").read_text(encoding="utf-8")
THREATS = (DOCS / "threat-model.md").read_text(encoding="utf-8")
TESTS = REPOSITORY / "cit_platform_tests"
TARGETS = set(re.findall(r"(?m)^([a-z-]+):", (REPOSITORY / "Makefile").read_text(encoding="utf-8")))


def rows(text: str, head: str) -> list[list[str]]:
    """The cells of a table's rows, found by its first head."""
    lines = text.splitlines()
    [begin] = [number for number, line in enumerate(lines) if line.startswith(f"| {head} |")]
    found = []
    for line in lines[begin + 2 :]:
        if not line.startswith("|"):
            break
        found.append([cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
    return found


EXPECTED = rows(OPERATIONS, "expected")
FAULTS = rows(OPERATIONS, "fault")
REVIEWED = rows(THREATS, "finding")
ANSWERED = rows(THREATS, "threat")


def test_what_is_expected_of_a_platform_is_all_there() -> None:
    assert len(EXPECTED) > 20
    assert len(FAULTS) > 10
    assert [int(row[0].split(".")[0]) for row in REVIEWED] == list(range(1, 15))


@pytest.mark.parametrize("row", [*EXPECTED, *FAULTS, *REVIEWED, *ANSWERED], ids=lambda row: row[0][:60])
def test_each_row_names_a_test_or_a_command_that_exists(row: list[str]) -> None:
    shown = row[-1]
    files = re.findall(r"`(?:cit_platform_tests/)?([\w/]+\.py)(?:::(\w+))?`", shown)
    commands = re.findall(r"`(?:cit|make) ([a-z-]+)[^`]*`", shown)
    folders = re.findall(r"`cit_platform_tests/([\w/]+)/`", shown)
    benches = re.findall(r"`python -m (benchmarks[\w.]*)[^`]*`", shown)
    assert files or commands or folders or benches, f"nothing shows it: {shown}"
    for name, test in files:
        assert (TESTS / name).is_file(), name
        assert f"def {test}(" in (TESTS / name).read_text() if test else True, test
    for folder in folders:
        assert list((TESTS / folder).glob("test_*.py")), folder
    known = set(typer.main.get_command(app).commands) | TARGETS  # type: ignore[attr-defined]
    assert set(commands) <= known
    for bench in benches:
        place = REPOSITORY / bench.replace(".", "/")
        assert place.with_suffix(".py").is_file() or (place / "__main__.py").is_file()


def test_every_setting_is_in_the_list_and_nothing_else_is() -> None:
    listed = {name for row in rows(OPERATIONS, "variable") for name in re.findall(r"`([A-Z_]+)`", row[0])}
    known = {str(field.validation_alias or f"CIT_{name.upper()}") for name, field in Settings.model_fields.items()}
    assert listed == known


def test_every_command_and_target_of_the_page_is_there() -> None:
    commands = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    assert set(re.findall(r"`cit ([a-z]+)", OPERATIONS)) <= commands
    assert commands <= set(re.findall(r"`cit ([a-z]+)", OPERATIONS))
    assert set(re.findall(r"`make ([a-z-]+)", OPERATIONS)) <= TARGETS
