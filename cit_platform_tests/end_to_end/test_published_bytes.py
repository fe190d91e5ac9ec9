"""Every byte of an edition: nothing in it tells of one officer, one form, this machine or who works at it."""

import csv
import gzip
import re
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from cit_platform.storage.home_folder import HomeFolder
from cit_platform.storage.lake import Lake

pytestmark = pytest.mark.pipeline

# Identifiers are hashes, with or without a number behind; numbers as long as a form's no rounded number of a table is.
HASH = re.compile(r"[0-9a-f]{16,}(?:-\d+)?")
LONG = re.compile(r"(?<![\d.])\d{10,12}(?![\d.])")
PRIVATE_COLUMN = re.compile(r"officer_(id|key)|badge|birth|squad|template|(record|contact|incident)_id|beat")
Column = tuple[str, str, list[str]]


def texts(edition: Path) -> Iterator[tuple[str, str]]:
    """Every file of an edition as text: as its bytes are, and what Parquet and DuckDB hold in packed form."""
    for file in sorted(path for path in edition.rglob("*") if path.is_file()):
        name = file.relative_to(edition).as_posix()
        content = file.read_bytes()
        yield name, (gzip.decompress(content) if file.suffix == ".gz" else content).decode("latin-1")
        if file.suffix == ".parquet":
            yield name, str(pq.read_metadata(file).metadata)
    yield from ((f"{table}.{name}", "\n".join(values)) for table, name, values in columns(edition))
    with duckdb.connect(str(edition / "cit.duckdb"), read_only=True) as database:
        for catalogue in ("tables", "columns", "views", "indexes", "schemas"):
            yield f"catalogue of {catalogue}", str(database.execute(f"from duckdb_{catalogue}()").fetchall())


def columns(edition: Path) -> Iterator[Column]:
    """Every column of every CSV, Parquet and DuckDB table of an edition, its values as text."""
    for file in sorted((edition / "tables").iterdir()):
        if file.suffix == ".parquet":
            table = pq.read_table(file)
            for name in table.column_names:
                yield file.name, name, [str(value) for value in table.column(name).to_pylist() if value is not None]
        else:
            opened = gzip.open if file.suffix == ".gz" else open
            with opened(file, "rt", encoding="utf-8", newline="") as lines:
                rows = list(csv.DictReader(lines))
            for name in rows[0] if rows else ():
                yield file.name, name, [row[name] for row in rows if row[name]]
    with duckdb.connect(str(edition / "cit.duckdb"), read_only=True) as database:
        named = "select table_schema || '.' || table_name, column_name from information_schema.columns"
        for table_name, name in database.execute(named).fetchall():
            found = database.execute(f'select "{name}" from {table_name}').fetchall()
            yield table_name, name, [str(value) for (value,) in found if value is not None]


def leaks(edition: Path, home: Path) -> list[str]:
    """What an edition tells that it must not, with the place; nothing of a good one."""
    raw, clean = (Lake(home).frame(path) for path in ("raw/records", "clean/records"))
    hashes = {*clean["officer_key"].dropna(), *clean["contact_id"].dropna(), *raw["record_id"].dropna()}
    words = {*raw["officer_squad_desc"].dropna(), (home / "pseudonym.key").read_text().strip()}
    words |= {str(home), str(home.resolve()), f"{Path.home()}/", f"/home/{Path.home().name}", socket.gethostname()}
    forms, badges = ({str(value) for value in raw[name].dropna()} for name in ("template_id", "officer_id"))
    born = {str(value)[:4] for value in raw["officer_year_of_birth"].dropna()}
    found = []
    for name, text in texts(edition):
        # The codebook is written by people, and names a squad.
        given_away = [word for word in words if len(word) > 5 and word in text and not name.startswith("codebook/")]
        found += [f"{name}: {word[:40]}" for word in given_away]
        found += [f"{name}: {each[:40]}" for each in {*HASH.findall(text)} & hashes]
        found += [f"{name}: form {number}" for number in {*LONG.findall(text)} & forms]
    for table, name, values in columns(edition):
        distinct = {*values}
        found += [f"{table}: column {name}"] * bool(PRIVATE_COLUMN.search(name) and not name.startswith("n_"))
        for what, known in (("badge numbers", badges), ("years of birth", born)):
            if len(distinct) >= 5 and len(distinct & known) > len(distinct) / 2:
                found.append(f"{table}.{name}: {what}")
    return found


def test_nothing_tells_of_an_officer_a_form_or_this_machine(small_city_home: Path) -> None:
    assert leaks(HomeFolder(small_city_home).latest.resolve(), small_city_home) == []


def first(home: Path, path: str, name: str) -> Any:
    return Lake(home).frame(path)[name].dropna().iloc[0]


def test_what_would_tell_is_found(small_city_home: Path, tmp_path: Path) -> None:
    edition = tmp_path / "edition"
    shutil.copytree(HomeFolder(small_city_home).latest.resolve(), edition)
    key = first(small_city_home, "clean/records", "officer_key")
    # The short numbers of earlier forms may be any number.
    form = next(filter(LONG.fullmatch, Lake(small_city_home).frame("raw/records")["template_id"].dropna()))
    badges = sorted({*Lake(small_city_home).frame("raw/records")["officer_id"].dropna()})[:9]
    (edition / "figures" / "planted.svg").write_text(f"<svg><metadata>{key} {small_city_home}</metadata></svg>")
    (edition / "CITATION.cff").open("a").write(f"form: {form}\n")
    (edition / "tables" / "planted.csv").write_text("\n".join(["who", *badges]) + "\n")
    with duckdb.connect(str(edition / "cit.duckdb")) as database:
        database.execute("create table models.planted as select i + 1960 as age from range(30) t(i)")
        database.execute(f"comment on table models.planted is '{key}'")
    found = leaks(edition, small_city_home)
    for place in (
        f"figures/planted.svg: {key[:40]}",
        f"figures/planted.svg: {str(small_city_home)[:40]}",
        f"CITATION.cff: form {form}",
        "planted.csv.who: badge numbers",
        "models.planted.age: years of birth",
        f"catalogue of tables: {key[:40]}",
    ):
        assert place in found
