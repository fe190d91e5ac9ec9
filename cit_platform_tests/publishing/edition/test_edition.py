"""The edition: what is in it, what is refused, and that the same inputs give the same bytes."""

import csv
import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cit_platform.contracts import TABLES
from cit_platform.publishing.edition import EditionInputs, EditionRefused, build_edition, list_editions
from cit_platform.publishing.edition.database import FEATURES, write_database
from cit_platform.publishing.edition.tables import TableError, public_table, write_csv
from cit_platform.publishing.edition.work import read_reports, report_file, write_report
from cit_platform.publishing.parts.figure_provenance import FigureProvenance
from cit_platform.storage.checksums import edition_damage
from cit_platform.storage.manifest import read_manifest
from cit_platform.studies.protocol import protocol_files, protocol_hash
from cit_platform_tests.publishing import frames
from cit_platform_tests.publishing.conftest import (
    TOPICS,
    Built,
    Prepare,
    report,
    tables_under,
    write_reports,
)
from cit_platform_tests.publishing.frames import write_features

SECRETS = ("secret-contact", "secret-incident", "secret-officer", "secret-record", "secret-beat", "secret-squad")
MANIFEST = {
    "edition", "source", "snapshot", "protocol", "rows_received", "rows_clean", "rows_excluded", "demonstration",
    "monthly", "annual", "tables", "checks", "code_version", "environment", "as_of", "officer_attributes",
    "engine", "fingerprint", "accepted", "volatile",
}  # fmt: skip


def bytes_of(edition: Path, names: Iterable[str] = ("csv", "json", "html", "parquet", "cff", "js")) -> dict[str, str]:
    chosen = set(names)
    return {
        path.relative_to(edition).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in edition.rglob("*")
        if path.is_file() and path.suffix[1:] in chosen
    }


def test_contents_and_manifest(built: Built) -> None:
    edition = built()
    assert edition.name == f"2026-11-22T0400-{frames.SNAPSHOT[:8]}"
    present = {path.relative_to(edition).as_posix() for path in edition.rglob("*") if path.is_file()}
    published = [table for table in TABLES.values() if table.schema in ("models", "quality")]
    wanted = {f"tables/{table.name}.parquet" for table in published}
    wanted |= {f"tables/{table.name}.csv{'.gz' if table.packed else ''}" for table in published}
    wanted |= {f"schemas/{table.name}.json" for table in published} | {"schemas/exclusions.json", "schemas/truth.json"}
    wanted |= {
        "index.html",
        "cit.duckdb",
        "manifest.json",
        "datapackage.json",
        "CITATION.cff",
        "checksums.txt",
        "findings.json",
        "changes.json",
    }
    wanted |= {"tables/exclusions.csv", "tables/truth.csv", "assets/plotly.min.js", "codebook/dispositions.csv"}
    wanted |= {"assets/figure.css", "assets/figure.js"}
    wanted |= {"codebook/agency.toml", *(f"protocol/{file.name}" for file in protocol_files())}
    wanted |= {"analysis/headline.ipynb", "analysis/headline.R"}
    charts = {topic.chart for topic in TOPICS.values() if topic.chart}
    wanted |= {f"figures/{chart}.{kind}" for chart in charts for kind in ("json", "html", "svg", "csv")}
    assert present == wanted
    manifest = read_manifest(edition)
    assert set(manifest) == MANIFEST
    assert manifest["protocol"] == {"date": "2026-11-27", "hash": protocol_hash(edition / "protocol"), "deviations": []}
    assert f"protocol of 2026-11-27, hash <code>{protocol_hash()}</code>" in (edition / "index.html").read_text()
    assert (manifest["rows_received"], manifest["rows_clean"], manifest["rows_excluded"]) == (110_000, 108_664, 1_336)
    assert manifest["demonstration"] is True
    assert manifest["monthly"] is True
    assert manifest["tables"]["features/contacts"]["rows"] == 240
    for table in manifest["tables"].values():
        if table["file"] != "cit.duckdb":
            assert hashlib.sha256((edition / table["file"]).read_bytes()).hexdigest() == table["sha256"]
    with (edition / "tables" / "exclusions.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    assert rows[0] == {"rule": "exact_duplicate", "records": "1234"}
    assert sum(int(row["records"]) for row in rows) == manifest["rows_excluded"]


def test_checksums_hold(built: Built) -> None:
    edition = built()
    lines = [line.split("  ", 1) for line in (edition / "checksums.txt").read_text().splitlines()]
    assert len(lines) == sum(path.is_file() for path in edition.rglob("*")) - 1
    assert all(hashlib.sha256((edition / name).read_bytes()).hexdigest() == digest for digest, name in lines)


def test_data_package_describes_every_csv(built: Built) -> None:
    edition = built()
    package = json.loads((edition / "datapackage.json").read_text())
    assert package["profile"] == "tabular-data-package"
    assert {resource["path"] for resource in package["resources"]} == {
        f"tables/{path.name}" for path in (edition / "tables").glob("*.csv*")
    }
    for resource in package["resources"]:
        header = list(pd.read_csv(edition / resource["path"], nrows=0))
        schema = json.loads((edition / resource["schema"]).read_text())
        assert [field["name"] for field in schema["fields"]] == header
        assert set(schema.get("primaryKey", [])) <= set(header)
        assert resource["path"].endswith(".gz") == (resource.get("compression") == "gz")
        assert resource["name"] == resource["name"].lower()


def test_byte_for_byte_whatever_the_order_of_the_rows(tmp_path: Path, prepare: Prepare, built: Built) -> None:
    home = tmp_path / "an other hömé"
    inputs = prepare(home)
    shuffled = {path: frame.sample(frac=1, random_state=7) for path, frame in inputs.tables.items()}
    edition = build_edition(home, replace(inputs, tables=shuffled, origin=replace(inputs.origin, run_id="run-2")))
    here, there = bytes_of(edition), bytes_of(built())
    assert {name for name in here.keys() | there.keys() if here.get(name) != there.get(name)} == {"manifest.json"}
    one, other = read_manifest(edition), read_manifest(built())
    assert one.pop("volatile") != other.pop("volatile")
    assert one == other


def test_contact_numbers_say_nothing_of_the_template(tmp_path: Path, prepare: Prepare) -> None:
    """Other identifiers in another order give the same public tables, to the byte."""
    one, other = tmp_path / "one", tmp_path / "other"
    first, second = (
        read_manifest(build_edition(home, prepare(home, template=name))) for home, name in ((one, "A"), (other, "Z9"))
    )
    inputs = prepare(other, template="Q")
    for path, files in inputs.features.items():
        table = pa.concat_tables([pq.read_table(file) for file in files])
        order = np.random.default_rng(1).permutation(table.num_rows)
        reversed_ids = pa.array([value[::-1] for value in table.column("contact_id").to_pylist()])
        table = table.set_column(table.column_names.index("contact_id"), "contact_id", reversed_ids).take(order)
        pq.write_table(table, files[0])
        inputs.features[path] = files[:1]  # type: ignore[index]
    third = read_manifest(build_edition(other, inputs))
    for path in ("features/contacts", "features/records"):
        assert first["tables"][path]["sha256"] == second["tables"][path]["sha256"] == third["tables"][path]["sha256"]


def test_private_columns_and_identifiers_stay_home(built: Built) -> None:
    edition = built()
    private = {column.name for table in TABLES.values() for column in table.columns if not column.public}
    with duckdb.connect(str(edition / "cit.duckdb"), read_only=True) as connection:
        found = connection.execute(
            "select table_schema, table_name, column_name from information_schema.columns"
        ).fetchall()
        (contacts, numbers) = connection.execute(
            "select count(*), count(distinct contact) from features.contacts"
        ).fetchall()[0]
        joined = connection.execute(
            "select count(*) from features.records join features.contacts using (contact)"
        ).fetchall()
    assert {(schema, table) for schema, table, _ in found} == {
        tuple(path.split("/"))
        for path, table in TABLES.items()
        if table.schema in ("models", "quality") or path in FEATURES
    } | {("features", "other_records")}
    assert not private & {column for schema, _, column in found if schema == "features"}
    assert "contact" in {column for _, table, column in found if table == "records"}
    assert contacts == numbers == 240
    assert joined == [(360,)]
    for path in edition.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not [secret for secret in SECRETS if secret.encode() in content], path


def test_a_record_that_its_contact_tells_is_stored_once_and_all_are_there(built: Built, tmp_path: Path) -> None:
    with duckdb.connect(str(built() / "cit.duckdb"), read_only=True) as connection:
        stored = connection.execute("select count(*), count(distinct contact) from features.other_records").fetchall()
        shown = connection.execute("select count(*), count(distinct contact) from features.records").fetchall()
        order = [number for (number,) in connection.execute("select contact from features.records").fetchall()]
        [(meaning,)] = connection.execute("select comment from duckdb_views() where view_name = 'records'").fetchall()
    assert (stored, shown) == ([(240, 120)], [(360, 240)])
    assert order == sorted(order)
    assert meaning == TABLES["features/records"].meaning
    features = write_features(tmp_path)
    wrong = pq.read_table(features["features/records"][0])
    column = wrong.column_names.index("force")
    pq.write_table(wrong.set_column(column, "force", pa.array([7] * wrong.num_rows)), features["features/records"][0])
    with pytest.raises(ValueError, match="say other than their record"):
        write_database(tmp_path / "cit.duckdb", {}, features)


def test_latest_switches_by_rename_and_stays_when_refused(
    tmp_path: Path, prepare: Prepare, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = build_edition(tmp_path, prepare(tmp_path))
    latest = tmp_path / "published" / "latest"
    assert str(latest.readlink()) == f"editions/{first.name}"
    assert (latest / "index.html").is_file()
    later = replace(prepare(tmp_path), built_at=datetime(2026, 11, 23, 4, 0))
    second = build_edition(tmp_path, later)
    assert str(latest.readlink()) == f"editions/{second.name}"
    with pytest.raises(EditionRefused):
        build_edition(tmp_path, replace(later, snapshots={}))
    assert str(latest.readlink()) == f"editions/{second.name}"
    assert not [path for path in (tmp_path / "published").iterdir() if path.name.startswith(".")]
    assert [manifest["edition"] for manifest in list_editions(tmp_path)] == [first.name, second.name]


def test_same_minute_gets_a_suffix_and_only_the_first_of_a_month_is_the_monthly_edition(
    tmp_path: Path, prepare: Prepare
) -> None:
    inputs = prepare(tmp_path)
    names = [build_edition(tmp_path, inputs).name for _ in range(3)]
    assert names == [names[0], f"{names[0]}-2", f"{names[0]}-3"]
    december = build_edition(tmp_path, replace(inputs, built_at=datetime(2026, 12, 1, 4, 0)))
    assert [manifest["monthly"] for manifest in list_editions(tmp_path)] == [True, False, False, True]
    assert "<strong>a monthly edition</strong>" in (december / "index.html").read_text()
    nightly = (tmp_path / "published" / "editions" / names[1] / "index.html").read_text()
    assert "<strong>not a monthly edition</strong>" in nightly
    assert "confirmatory" not in nightly


def test_an_edition_of_before_counts_as_the_monthly_one_of_its_month(tmp_path: Path, prepare: Prepare) -> None:
    inputs = prepare(tmp_path)
    manifest = build_edition(tmp_path, inputs) / "manifest.json"
    old = json.loads(manifest.read_text())
    old["confirmatory"] = old.pop("monthly")
    manifest.write_text(json.dumps(old))
    build_edition(tmp_path, inputs)
    first, second = list_editions(tmp_path)
    assert (first["monthly"], second["monthly"]) == (True, False)
    assert "confirmatory" not in first


def test_leftovers_of_a_killed_build_are_swept(tmp_path: Path, prepare: Prepare) -> None:
    left = tmp_path / "published" / "editions" / ".partial-2026-11-21T0400-00000000"
    left.mkdir(parents=True)
    (left / "half").write_text("half")
    build_edition(tmp_path, prepare(tmp_path))
    assert not left.exists()


def test_mixed_snapshots_are_refused_by_name(tmp_path: Path, prepare: Prepare) -> None:
    inputs = prepare(tmp_path)
    other = "0b" * 32
    with pytest.raises(EditionRefused, match=r"quality/flow \(0b0b0b0b\)"):
        build_edition(tmp_path, replace(inputs, snapshots={**inputs.snapshots, "quality/flow": other}))
    with pytest.raises(EditionRefused, match=r"features/contacts \(0b0b0b0b\)"):
        build_edition(tmp_path, replace(inputs, snapshots={**inputs.snapshots, "features/contacts": other}))
    for topic in TOPICS:
        kept = read_reports(tmp_path, TOPICS)[topic]
        write_report(tmp_path, replace(kept, snapshot=other))
        with pytest.raises(EditionRefused, match=rf"published/{topic} \(0b0b0b0b\)"):
            build_edition(tmp_path, inputs)
        write_report(tmp_path, kept)
    assert not (tmp_path / "published" / "latest").exists()


def test_refusals_name_what_is_wrong(tmp_path: Path, prepare: Prepare) -> None:
    inputs = prepare(tmp_path)
    less = {path: frame for path, frame in inputs.tables.items() if path != "quality/labels"}
    with pytest.raises(EditionRefused, match="lacks quality/labels"):
        build_edition(tmp_path, replace(inputs, tables=less))
    failed = [{"table": "clean/records", "name": "ledger", "passed": False, "severity": "ERROR"}]
    with pytest.raises(EditionRefused, match="clean/records: ledger"):
        build_edition(tmp_path, replace(inputs, checks=failed))
    with pytest.raises(EditionRefused, match="109999 received, 108664 clean, 1336 excluded"):
        build_edition(tmp_path, replace(inputs, origin=replace(inputs.origin, rows_received=109_999)))
    narrow = {**inputs.tables, "quality/flow": inputs.tables["quality/flow"].rename(columns={"unit": "units"})}
    with pytest.raises(EditionRefused, match="quality/flow lacks the columns unit"):
        build_edition(tmp_path, replace(inputs, tables=narrow))
    write_reports(tmp_path, inputs.tables, FigureProvenance(frames.SNAPSHOT, False))
    with pytest.raises(EditionRefused, match=r"another kind of source: .*force"):
        build_edition(tmp_path, inputs)
    write_reports(tmp_path, inputs.tables, inputs.figure_provenance)
    report_file(tmp_path, "absolute_risk").unlink()
    with pytest.raises(EditionRefused, match="lacks the topics absolute_risk"):
        build_edition(tmp_path, inputs)
    assert list((tmp_path / "published" / "editions").iterdir()) == []


def test_page_and_edition_are_put_together_from_the_reports_alone(tmp_path: Path, prepare: Prepare) -> None:
    inputs = prepare(tmp_path)
    kept = read_reports(tmp_path, TOPICS)["force"]
    [finding] = kept.findings
    write_report(tmp_path, replace(kept, findings=(replace(finding, sentence="As reported.", estimate=9.87),)))
    edition = build_edition(tmp_path, inputs)
    found = {finding["key"]: finding for finding in json.loads((edition / "findings.json").read_text())}
    assert (found["force_odds_ratio"]["sentence"], found["force_odds_ratio"]["estimate"]) == ("As reported.", "9.87")
    assert ">As reported." in (edition / "index.html").read_text()


def test_a_report_comes_back_whole_and_alone(tmp_path: Path) -> None:
    for topic in TOPICS:
        file = write_report(tmp_path, report(topic, tables_under("lower")))
        assert file == tmp_path / "published" / "work" / f"{topic}.json"
        first = file.read_bytes()
        assert write_report(tmp_path, read_reports(tmp_path, TOPICS)[topic]).read_bytes() == first
    assert {path.name for path in file.parent.iterdir()} == {f"{topic}.json" for topic in TOPICS}


def test_withheld_numbers_are_in_no_table(built: Built) -> None:
    edition = built()
    for name in ("estimates", "force"):
        table = pd.read_csv(edition / "tables" / f"{name}.csv", keep_default_na=False)
        row = table[(table["term"] == "officer_race") & (table["level"] == "Asian")].iloc[0]
        assert row["odds_ratio"] == row["smallest_detectable"] == row["design_effect"] == ""
        assert row["note"] == "withheld: given by few officers"
        assert (row["reason"], row["reason_facts"]) == ("withheld", "[{}]")


def test_officer_attributes_stand_in_the_download_and_nowhere_on_the_page(built: Built) -> None:
    edition = built()
    estimates = pd.read_csv(edition / "tables" / "estimates.csv", keep_default_na=False)
    assert (estimates["term"] == "officer_gender").any()
    for file in (edition / "index.html", *(edition / "figures").iterdir()):
        text = file.read_text(encoding="utf-8")
        for word in ("Asian", "Black or African American", "Race of the officer", "Gender of the officer", "female"):
            assert word not in text, (file.name, word)


def test_no_note_counts_a_level_of_an_officer_attribute(tmp_path: Path, prepare: Prepare) -> None:
    inputs = prepare(tmp_path)
    risks = inputs.tables["models/absolute_risk"]
    risks["note"] = "officer_gender F: all its 7 rows are of one cluster"
    edition = build_edition(tmp_path, inputs)
    assert set(pd.read_csv(edition / "tables" / "absolute_risk.csv")["note"]) == {
        "officer_gender: withheld: given by few officers"
    }
    assert "its 7 rows" not in (edition / "index.html").read_text()


def test_truth_is_published_for_the_demonstration_only(built: Built) -> None:
    edition = built(source="file")
    assert not (edition / "tables" / "truth.csv").exists()
    assert read_manifest(edition)["demonstration"] is False
    assert "Demonstration data" not in (edition / "index.html").read_text()


def test_tables_are_typed_and_have_ten_digits() -> None:
    flow = tables_under("lower")["quality/flow"]
    with pytest.raises(TableError, match=r"quality/flow, column n, is not int64"):
        public_table("quality/flow", flow.assign(n="many"))
    with pytest.raises(TableError, match="no public contract"):
        public_table("raw/records", flow)
    estimates = public_table("models/estimates", tables_under("lower")["models/estimates"])
    values = [value for value in estimates.column("odds_ratio").to_pylist() if value is not None]
    assert all(value == float(f"{value:.10g}") for value in values)
    assert str(estimates.schema.field("window_start").type) == "date32[day]"


def test_no_text_of_a_csv_is_a_formula(tmp_path: Path) -> None:
    acting = ["=CMD|'/C CALC'!A1", "@SUM(A1)", "+1", "-2+3"]
    table = pa.table({"label": [*acting, "\t=1\r=1\n=1", "a=b", None], "n": [-1.5] * 7})
    write_csv(table, tmp_path / "labels.csv")
    with (tmp_path / "labels.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [row["label"] for row in rows] == [*(f"'{text}" for text in acting), " =1 =1 =1", "a=b", ""]
    assert {row["n"] for row in rows} == {"-1.5"}


def test_the_database_takes_no_room_for_what_its_blocks_leave_empty(built: Built) -> None:
    status = (built() / "cit.duckdb").stat()
    assert status.st_blocks * 512 < 0.6 * status.st_size


def test_parquet_holds_what_csv_holds(built: Built) -> None:
    for file in sorted((built() / "tables").glob("*.parquet")):
        [csv_file] = file.parent.glob(f"{file.stem}.csv*")
        again = file.parent.parent.parent / f"again{csv_file.suffix}"
        write_csv(pq.read_table(file), again)
        assert again.read_bytes() == csv_file.read_bytes(), file


def of_another_snapshot(home: Path, inputs: EditionInputs, built_at: datetime) -> EditionInputs:
    """The same tables as if of other records."""
    for topic, found in read_reports(home, TOPICS).items():
        write_report(home, replace(found, topic=topic, snapshot="b" * 64))
    snapshots = dict.fromkeys(inputs.snapshots, "b" * 64)
    return replace(inputs, snapshots=snapshots, origin=replace(inputs.origin, snapshot="b" * 64), built_at=built_at)


def test_between_monthly_editions_nothing_of_officers_attributes_is_printed(prepare: Prepare, tmp_path: Path) -> None:
    inputs = prepare(tmp_path)
    first = build_edition(tmp_path, inputs)
    nightly = build_edition(tmp_path, of_another_snapshot(tmp_path, inputs, inputs.built_at.replace(day=23)))
    assert [read_manifest(each)["officer_attributes"] for each in (first, nightly)] == [True, False]
    private = {"officer_race", "officer_gender", "experience", "experience_years"}
    named: list[set[str]] = []
    for edition in (first, nightly):
        with duckdb.connect(str(edition / "cit.duckdb"), read_only=True) as connection:
            rows = connection.execute(
                "select term from models.estimates union select term from models.fit_matrices union "
                "select term from quality.levels where n_contacts is not null"
            ).fetchall()
        printed = pd.read_csv(edition / "tables" / "estimates.csv")["term"]
        named.append(private & ({term for (term,) in rows} | set(printed)))
    assert named[0] > named[1] == set()


def test_what_an_edition_shares_with_the_one_before_lies_on_the_disk_once(prepare: Prepare, tmp_path: Path) -> None:
    inputs = prepare(tmp_path)
    editions = [build_edition(tmp_path, replace(inputs, built_at=inputs.built_at.replace(day=day))) for day in (22, 23)]
    editions.append(build_edition(tmp_path, replace(inputs, built_at=inputs.built_at.replace(day=24))))
    files = ["assets/plotly.min.js", "codebook/agency.toml", "schemas/flow.json", "tables/flow.csv"]
    for file in files:
        assert len({(edition / file).stat().st_ino for edition in editions}) == 1
    # Of the same tables the database, too.
    assert all((edition / "cit.duckdb").samefile(editions[0] / "cit.duckdb") for edition in editions)
    assert all(edition_damage(edition) == () for edition in editions)
    # A damaged edition passes nothing on.
    (editions[2] / "codebook" / "agency.toml").unlink()
    (editions[2] / "codebook" / "agency.toml").write_text("altered")
    last = build_edition(tmp_path, replace(inputs, built_at=inputs.built_at.replace(day=25)))
    assert edition_damage(last) == ()
    assert not (last / "assets" / "plotly.min.js").samefile(editions[2] / "assets" / "plotly.min.js")
