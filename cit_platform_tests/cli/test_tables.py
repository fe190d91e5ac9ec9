"""What an analyst asks: tables, views between them, the codebook, and the files of `transforms/`."""

import csv
import io
import subprocess

import pytest

from cit_platform.transforms import ROOT
from cit_platform_tests.conftest import Cit

# Statements between two tables of the lake; those of raw compare two snapshots of the archive.
FILES = sorted(path.relative_to(ROOT) for stage in ("clean", "features", "quality") for path in ROOT.glob(f"{stage}/*"))


def rows(city: Cit, *arguments: str) -> list[dict[str, str]]:
    done = city("sql", *arguments)
    assert done.returncode == 0, done.stderr
    return list(csv.DictReader(io.StringIO(done.stdout)))


@pytest.mark.parametrize("file", FILES, ids=str)
def test_every_statement_between_tables_can_be_run(small_city: Cit, file: str) -> None:
    path = str(file).removesuffix(".sql")
    found = rows(small_city, "--file", str(ROOT / file))
    if small_city.lake.exists(path):
        assert len(found) == small_city.lake.version(path).n_rows


def test_codebook_views_and_values_have_their_names(small_city: Cit) -> None:
    [codebook] = rows(small_city, "select count(*) as n from codebook.dispositions")
    assert int(codebook["n"]) > 20
    [typed] = rows(small_city, "select count(*) as n from clean.typed where rule is null")
    assert int(typed["n"]) == small_city.lake.version("clean/records").n_rows
    assert rows(small_city, "select $as_of as day, $agency as agency, count(*) as n from features.contacts")[0] == {
        "day": small_city.env["CIT_AS_OF"],
        "agency": "seattle",
        "n": str(small_city.lake.version("features/contacts").n_rows),
    }


def test_who_names_no_table_is_shown_all(small_city: Cit) -> None:
    listed = rows(small_city, "select table_schema || '/' || table_name as path from information_schema.tables")
    assert {row["path"] for row in listed} >= set(small_city.lake.versions())


def test_a_quoted_name_is_a_name(small_city: Cit) -> None:
    assert rows(small_city, 'SELECT count(*) AS n FROM "features" . "records"')


def test_asking_writes_nothing_into_the_home(small_city: Cit) -> None:
    before = sorted(small_city.home.rglob("*"))
    rows(small_city, "select count(*) from clean.typed")
    assert sorted(small_city.home.rglob("*")) == before


@pytest.mark.parametrize("arguments", [(), ("select 1", "--file", str(ROOT / "clean/typed.sql"))], ids=["none", "two"])
def test_one_select_is_asked_for(small_city: Cit, arguments: tuple[str, ...]) -> None:
    assert "Give one select, or one file with --file." in small_city.refused("sql", *arguments)


def test_a_table_that_does_not_exist_yet_is_named(cit: Cit) -> None:
    assert "features/contacts does not exist yet" in cit.refused("sql", "select * from features.contacts")


def test_a_reader_of_a_pipe_who_leaves_ends_the_command_in_silence(small_city: Cit) -> None:
    command = small_city.command("sql", "select * from raw.records")
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, env=small_city.environment(), text=True, **pipes) as process:  # type: ignore[call-overload]
        assert process.stdout.readline().startswith("record_id,template_id")
        process.stdout.close()
        said = process.stderr.read()
    assert said == ""
