"""What the command line prints of the words of others: printable for a person, to the letter for a pipe."""

import csv
import io
import unicodedata

import pytest
import typer

from cit_platform.cli.app import exit_on_user_error, out, print_rows
from cit_platform.errors import UserError

HOSTILE = "NO\u202e ACTION\x1b[31m \x00POS\u200bSIBLE\u2066\x9b2J"
ACTING = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def acting(text: str) -> set[str]:
    return {letter for letter in text if unicodedata.category(letter) in ACTING} - {"\n"}


def test_no_cell_and_no_head_acts_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(out, "_force_terminal", True)
    with out.capture() as captured:
        print_rows([HOSTILE], [(HOSTILE,), (None,)])
    assert "[31m" in captured.get()
    # The heads are printed bold by the terminal's own sequences.
    assert acting(captured.get()) <= {"\x1b"}
    assert "\x1b[31m" not in captured.get()


def test_a_pipe_has_every_letter(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows(["label"], [(HOSTILE,)])
    assert list(csv.reader(io.StringIO(capsys.readouterr().out, newline="")))[1] == [HOSTILE]


def test_no_error_acts_on_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit), exit_on_user_error():
        raise UserError(f"First line {HOSTILE}\nsecond line")
    printed = capsys.readouterr().err
    assert acting(printed) == set()
    assert "second line" in printed
