"""`cit sql` reads the tables of its home and nothing else, and writes nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from cit_platform.cli import app
from cit_platform.storage.lake import Lake

BEYOND = {
    "file of the machine": "select * from read_text('/etc/passwd')",
    "file as a table": "select * from read_csv('/etc/passwd')",
    "key": "select * from read_text('{home}/pseudonym.key')",
    "listing": "select * from glob('/root/*')",
    "listing of the home": "select * from glob('{home}/*')",
    "file that is no table's": "select * from read_parquet('{home}/archive/*/*.parquet')",
    "copy": "copy (select 1) to '{home}/../out.csv'",
    "copy over a table": "copy (select 1 as x) to '{table}' (use_tmp_file false)",
    "copy within a plan": "explain analyze copy (select 1 as x) to '{table}' (use_tmp_file false)",
    "attach": "attach '{home}/../other.db'",
    "install": "install httpfs",
    "load": "load httpfs",
    "network": "select * from read_csv('http://127.0.0.1:9/x.csv')",
    "setting": "set enable_external_access=true",
    "second statement": "select 1 from features.contacts; copy (select 1) to '{home}/../out.csv'",
}


@pytest.fixture
def ask(small_city_home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("CIT_HOME", str(small_city_home))
    return lambda statement, **env: CliRunner().invoke(app, ["sql", statement], env=env)


@pytest.mark.parametrize("statement", BEYOND.values(), ids=BEYOND)
def test_whatever_is_no_table_is_refused_in_a_paragraph(
    ask: Callable[..., Result], small_city_home: Path, statement: str
) -> None:
    [file] = Lake(small_city_home).version("features/contacts").files
    before = Path(file).read_bytes()
    # A table is named, so that its file is bound.
    answer = ask(statement.format(home=small_city_home, table=file) + " -- features.contacts")
    assert answer.exit_code == 1
    assert "cit sql takes one select over the tables" in answer.output
    assert "root:" not in answer.output
    assert Path(file).read_bytes() == before
    assert not (small_city_home.parent / "out.csv").exists()


def test_what_does_not_fit_into_memory_spills_and_the_answer_is_all_that_is_printed(
    ask: Callable[..., Result],
) -> None:
    big = "select max(r) as n from (select row_number() over (order by md5(i::varchar)) as r from range(8000000) t(i))"
    answer = ask(f"{big} -- features.contacts", CIT_MEMORY_LIMIT="256MB", CIT_THREADS="1")
    assert answer.output.split() == ["n", "8000000"]


def test_a_table_its_views_and_the_codebook_are_read(ask: Callable[..., Result]) -> None:
    for relation in ("features.contacts", "clean.typed", "codebook.dispositions", "raw.records"):
        assert int(ask(f"select count(*) as n from {relation}").output.split()[-1]) > 0
