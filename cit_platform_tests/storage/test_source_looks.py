"""The looks of a home: the last one first, bounded, and readable though a line is damaged."""

from datetime import date
from pathlib import Path

from cit_platform.storage import source_looks
from cit_platform.storage.source_looks import LOOKS_FILE, Outcome, note_look, read_looks, silent_in_words


def test_the_last_look_comes_first_with_what_it_showed(tmp_path: Path) -> None:
    note_look(tmp_path, Outcome.NOTHING_NEW, "nothing new", date(2026, 2, 28))
    note_look(tmp_path, Outcome.SILENT, "no answer\nof the portal")
    last, first = read_looks(tmp_path)
    assert (last.outcome, last.words, last.newest_report) == (Outcome.SILENT, "no answer\nof the portal", None)
    assert (first.outcome, first.newest_report) == (Outcome.NOTHING_NEW, "2026-02-28")
    assert first.moment < last.moment


def test_a_home_without_looks_has_none(tmp_path: Path) -> None:
    assert read_looks(tmp_path) == ()


def test_damaged_lines_are_left_out(tmp_path: Path) -> None:
    note_look(tmp_path, Outcome.SILENT, "one")
    with (tmp_path / LOOKS_FILE).open("ab") as file:
        file.write(b'{"at": "2026\n[]\n{"at": "yesterday", "outcome": "silent", "words": ""}\n\xff\n')
        file.write(b'{"at": "2026-03-01T00:00:00", "outcome": "silent", "words": "of no zone"}\n')
        file.write(b'{"at": "2026-03-01T00:00:00+00:00", "outcome": "unheard of", "words": ""}\n')
    note_look(tmp_path, Outcome.SILENT, "two")
    assert [look.words for look in read_looks(tmp_path)] == ["two", "one"]


def test_the_file_does_not_grow_without_end(tmp_path: Path) -> None:
    for number in range(source_looks.LONGEST + 5):
        note_look(tmp_path, Outcome.SILENT, str(number))
    looks = read_looks(tmp_path)
    assert [look.words for look in looks[:2]] == [str(source_looks.LONGEST + 4), str(source_looks.LONGEST + 3)]
    assert source_looks.KEPT <= len(looks) <= source_looks.LONGEST


def test_a_home_that_cannot_be_written_loses_its_look_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / LOOKS_FILE).mkdir()
    note_look(tmp_path, Outcome.SILENT, "lost")
    assert read_looks(tmp_path) == ()


def test_silence_in_words_counts_what_is_in_a_row(tmp_path: Path) -> None:
    for outcome in (Outcome.SILENT, Outcome.NOTHING_NEW, Outcome.SILENT):
        note_look(tmp_path, outcome, "")
    assert silent_in_words(tmp_path) == "NO ANSWER of the source"
    note_look(tmp_path, Outcome.SILENT, "")
    assert silent_in_words(tmp_path) == "NO ANSWER of the source, look 2 in a row"
