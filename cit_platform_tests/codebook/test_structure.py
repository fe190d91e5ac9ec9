"""A codebook that lacks what the code asks for, or holds what it does not know, is refused by file and name."""

import shutil
from pathlib import Path

import pytest

from cit_platform import codebook
from cit_platform.codebook import CodebookError, agency
from cit_platform.codebook.fields import source_fields
from cit_platform.codebook.structure import check_codebook
from cit_platform.codebook.vocabulary import vocabulary_of


@pytest.fixture
def gotham(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an agency whose files a test may spoil; its name is that of no other test's."""
    seattle = codebook.ROOT / "seattle"
    monkeypatch.setattr(codebook, "ROOT", tmp_path)
    monkeypatch.setattr(agency, "ROOT", tmp_path)
    shutil.copytree(seattle, tmp_path / "seattle")
    return Path(shutil.copytree(seattle, tmp_path / tmp_path.name))


def replaced(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_one_like_seattle_s_passes(gotham: Path) -> None:
    check_codebook(gotham.name)


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("periods.csv", "period,start,end", "period,begin,end", r"periods\.csv has no column start"),
        ("precincts.csv", "label,value,reason", "label,value,mayor", r"precincts\.csv has no column reason"),
        ("fields.csv", "beat,Beat,label", "street,Beat,label", r"fields\.csv has no row beat, label, no"),
        ("fields.csv", "Force Indicator,indicator,text|checkbox,yes", "Force Indicator,indicator,text|checkbox,no",
         r"no row use_of_force_indicator, indicator, yes"),
        ("fields.csv", "sector,Sector,", "sector,Beat,", r"gives the name 'Beat' to sector and to beat"),
        ("dispositions.csv", "SUBJECT ARRESTED,arrest,", "SUBJECT ARRESTED,jail,",
         r"dispositions\.csv has the grouping 'jail', which is not known"),
        ("call_types.csv", ",welfare,welfare_check,", ",mild,welfare_check,", r"has the call_risk 'mild'"),
        ("source_labels.csv", "sector,BOY", "ward,BOY", r"source_labels\.csv has the field 'ward'"),
        ("thresholds.csv", "fewest_switchers", "fewest_changers", r"thresholds\.csv has no row fewest_switchers"),
        ("thresholds.csv", "fewest_switchers,50", "fewest_switchers,many", r"thresholds\.csv holds what is no number"),
        ("exclusion_rules.csv", "exact_duplicate", "twice", r"exclusion_rules\.csv has no row exact_duplicate, all"),
        ("periods.csv", "2019-05-15", "May 2019", r"May 2019"),
        ("label_prefixes.csv", "^OBS( - | )", "^OBS( - | ", r"cannot be used"),
        ("agency.toml", 'display_name = "Seattle"\n', "", r"agency\.toml .*display_name"),
    ],
)  # fmt: skip
def test_what_is_missing_or_not_known_is_named(gotham: Path, file: str, old: str, new: str, message: str) -> None:
    replaced(gotham / file, old, new)
    with pytest.raises(CodebookError, match=message):
        check_codebook(gotham.name)


def test_a_missing_file_is_named(gotham: Path) -> None:
    (gotham / "terms.csv").unlink()
    with pytest.raises(CodebookError, match=rf"{gotham.name} cannot be used: it has no file terms\.csv"):
        check_codebook(gotham.name)


def test_words_of_every_kind_are_there(gotham: Path) -> None:
    lines = (gotham / "words.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith("trend,")]
    assert len(kept) < len(lines)
    (gotham / "words.csv").write_text("".join(kept), encoding="utf-8")
    with pytest.raises(CodebookError, match=r"words\.csv has no words of the kind trend"):
        check_codebook(gotham.name)


def emptied(file: Path) -> None:
    file.write_text(file.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")


def test_published_results_and_prefixes_may_list_nothing(gotham: Path) -> None:
    for name in ("published_results", "label_prefixes"):
        emptied(gotham / f"{name}.csv")
    check_codebook(gotham.name)
    assert codebook.codebook_tables(gotham.name)["published_results"].num_rows == 0


def test_other_files_list_something(gotham: Path) -> None:
    emptied(gotham / "evidence.csv")
    with pytest.raises(CodebookError, match=r"evidence\.csv has no row"):
        check_codebook(gotham.name)


def own_answers(gotham: Path, meaning: str) -> None:
    lines = (gotham / "source_labels.csv").read_text(encoding="utf-8").splitlines()
    answer = f"use_of_force_indicator,OUI,Their own word.,{meaning}"
    text = "\n".join([f"{lines[0]},means", *(f"{line}," for line in lines[1:]), answer, ""])
    (gotham / "source_labels.csv").write_text(text, encoding="utf-8")


def test_own_words_for_answers_are_known_with_what_they_mean(gotham: Path) -> None:
    own_answers(gotham, "Y")
    check_codebook(gotham.name)
    force = next(field for field in source_fields(gotham.name) if field.name == "use_of_force_indicator")
    assert force.means == (("OUI", "Y"),)
    assert vocabulary_of(gotham.name).knows("use_of_force_indicator", "OUI")


def test_an_answer_that_is_none_is_refused(gotham: Path) -> None:
    own_answers(gotham, "PERHAPS")
    with pytest.raises(CodebookError, match=r"means 'PERHAPS' of use_of_force_indicator, which is not known"):
        check_codebook(gotham.name)
