"""An edition: everything published from one snapshot, frozen in a directory that appears whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cit_platform.code_version import PACKAGE, environment
from cit_platform.contracts import TABLES
from cit_platform.publishing.contents import topic_names
from cit_platform.publishing.edition.annual import ANNUAL, is_annual
from cit_platform.publishing.edition.database import CONTACTS, write_database
from cit_platform.publishing.edition.descriptors import (
    SCHEMAS,
    Resource,
    citation,
    data_package,
    json_text,
    schema_file,
    table_schema,
)
from cit_platform.publishing.edition.difference import since_last
from cit_platform.publishing.edition.force import put_in_force, remove_held
from cit_platform.publishing.edition.hold import reasons_to_hold
from cit_platform.publishing.edition.inputs import EditionInputs, EditionRefused, fit_to_publish
from cit_platform.publishing.edition.sharing import share_unchanged
from cit_platform.publishing.edition.tables import (
    PACKED,
    TableError,
    csv_file,
    loose_table,
    public_table,
    published_tables,
    table_fields,
    write_cells,
    write_csv,
    write_parquet,
)
from cit_platform.publishing.edition.work import compact_json, read_reports, work_directory
from cit_platform.publishing.figure_page import assets, render_figure
from cit_platform.publishing.page import Reports, ordered_findings, render_page
from cit_platform.publishing.parts.between_editions import PRINTED, are_printed, without_private_terms
from cit_platform.publishing.parts.canvas import with_source
from cit_platform.publishing.parts.changes import CHANGES, changes_record
from cit_platform.publishing.parts.finding import finding_record
from cit_platform.publishing.parts.provenance import Download, EditionFacts, source_words
from cit_platform.publishing.parts.rows import plain_rows
from cit_platform.publishing.parts.still import still
from cit_platform.publishing.parts.topic import Report
from cit_platform.storage.checksums import CHECKSUMS, checksums, sha256
from cit_platform.storage.editions import PARTIAL, is_withdrawn, list_editions
from cit_platform.storage.home_folder import HomeFolder
from cit_platform.studies.protocol import FOLDER, protocol

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

# From the published files to the headline, for analysts.
_ANALYSIS = PACKAGE / "publishing" / "analysis"
_SCRIPTS = {"notebook": "headline.ipynb", "R": "headline.R"}
FIGURE_FORMATS = ("CSV", "SVG", "HTML", "JSON")
_EXCLUSION_FIELDS = (
    {"name": "rule", "type": "string", "description": "Rule that excluded the records."},
    {"name": "records", "type": "integer", "description": "Records excluded by it."},
)
_PARQUET_KINDS = {"double": "number", "bool": "boolean", "date32[day]": "date"}


def build_edition(home: Path, inputs: EditionInputs) -> Path:
    """Build an edition, give it its name, and publish it, unless a headline holds it back.

    Nothing is visible under its name before it is complete; `latest` is replaced by a rename, so it always points to a
    whole edition. The caller holds the home's lock.

    Returns:
        `<home>/published/editions/<id>`, or of a held edition `<home>/published/held/<id>`.

    Raises:
        EditionRefused: Tables or topics are missing, descend from different snapshots, or a blocking check failed.
    """
    folder = HomeFolder(home)
    for each in (folder.editions, folder.held):
        each.mkdir(parents=True, exist_ok=True)
    _remove_partial(folder.editions)
    reports = _reports(home)
    inputs = fit_to_publish(inputs, reports)
    facts = _facts(home, inputs, inputs.edition or _free_id(folder, inputs))
    printed = are_printed(facts.monthly, inputs.origin.snapshot, list_editions(home), inputs.features[CONTACTS])
    facts = replace(facts, officer_attributes=printed, annual=_is_annual(home, inputs))
    if not facts.officer_attributes:
        inputs = replace(inputs, tables=without_private_terms(inputs.tables))
    held = reasons_to_hold(folder.latest, [finding_record(finding) for finding in ordered_findings(reports)])
    partial = folder.editions / f"{PARTIAL}{facts.edition}"
    try:
        manifest = _fill(partial, inputs, reports, facts, held, folder.latest)
        share_unchanged(partial, folder.latest, manifest)
        _write(partial / CHECKSUMS, checksums(partial))
    except TableError as error:
        shutil.rmtree(partial)
        raise EditionRefused(str(error)) from error
    remove_held(home)
    if held:
        return partial.rename(folder.held / facts.edition)
    edition = partial.rename(folder.editions / facts.edition)
    put_in_force(home, edition)
    return edition


def preview_page(home: Path, inputs: EditionInputs) -> Path:
    """The page as it will read, before an edition freezes it.

    Returns:
        `<home>/published/work/index.html`.

    Raises:
        EditionRefused: As for `build_edition`.
    """
    reports = _reports(home)
    inputs = fit_to_publish(inputs, reports)
    facts = _facts(home, inputs, "preview, not yet frozen")
    page = render_page(reports, inputs.figure_provenance, facts, inputs.checks, downloads=())
    work = work_directory(home)
    (work / "assets").mkdir(exist_ok=True)
    shutil.copyfile(_plotly_script(), work / "assets" / "plotly.min.js")
    partial = work / f".index-{os.getpid()}.html"
    _write(partial, page)
    return partial.replace(work / "index.html")


def _reports(home: Path) -> dict[str, Report]:
    reports = read_reports(home, topic_names())
    absent = [topic for topic in topic_names() if topic not in reports]
    if absent:
        raise EditionRefused(f"The edition lacks the topics {', '.join(absent)}; materialise published/<topic> first.")
    return reports


def _charts(reports: Reports) -> dict[str, Report]:
    """Reports with a chart, by the chart's name."""
    return {report.chart["figure"]["layout"]["meta"]["chart"]: report for report in reports.values() if report.chart}


def _facts(home: Path, inputs: EditionInputs, edition: str) -> EditionFacts:
    flow = plain_rows(inputs.tables["quality/flow"])
    ledger = [row for row in flow if row["part"] == "records" and not row["arm"]]
    excluded = sum(row["n"] for row in ledger if row["kind"] == "excluded")
    clean = sum(row["n"] for row in ledger if row["kind"] == "kept")
    received = inputs.origin.rows_received
    if received != clean + excluded:
        raise EditionRefused(f"quality/flow does not add up: {received} received, {clean} clean, {excluded} excluded.")
    return EditionFacts(
        edition=edition,
        monthly=_is_monthly(home, inputs.built_at) if inputs.monthly is None else inputs.monthly,
        origin=inputs.origin,
        rows_clean=clean,
        rows_excluded=excluded,
        agency=inputs.agency,
        publisher=inputs.publisher,
        n_rows=inputs.n_rows,
    )


def _is_monthly(home: Path, built_at: datetime) -> bool:
    """Whether this is the first edition of its calendar month in this home; a refused one never becomes an edition."""
    month = f"{built_at:%Y-%m}"
    published = [m for m in list_editions(home) if not is_withdrawn(m)]
    return not any(m["monthly"] for m in published if m["edition"].startswith(month))


def _is_annual(home: Path, inputs: EditionInputs) -> bool:
    published = [manifest for manifest in list_editions(home) if not is_withdrawn(manifest)]
    return not inputs.figure_provenance.demonstration and is_annual(
        inputs.features[CONTACTS], inputs.built_at.date(), published
    )


def _free_id(folder: HomeFolder, inputs: EditionInputs) -> str:
    plain = f"{inputs.built_at:%Y-%m-%dT%H%M}-{inputs.origin.snapshot[:8]}"
    number, name = 1, plain
    while (folder.editions / name).exists() or (folder.held / name).exists():
        number += 1
        name = f"{plain}-{number}"
    return name


def _remove_partial(editions: Path) -> None:
    for leftover in editions.glob(f"{PARTIAL}*"):
        shutil.rmtree(leftover)


def _fill(
    partial: Path, inputs: EditionInputs, reports: Reports, facts: EditionFacts, held: Sequence[str], in_force: Path
) -> dict[str, Any]:
    """Write all but the checksums, and give the manifest."""
    for name in ("figures", "tables", "assets", SCHEMAS):
        (partial / name).mkdir(parents=True)
    tables = {path: public_table(path, inputs.tables[path]) for path in published_tables()}
    resources = _write_tables(partial, inputs, tables)
    for resource in resources:
        _write(partial / schema_file(resource), json_text(table_schema(resource)))
    features = write_database(partial / "cit.duckdb", tables, inputs.features)
    shutil.copyfile(_plotly_script(), partial / "assets" / "plotly.min.js")
    _copy_data_files(inputs.codebook, partial / "codebook")
    _copy_data_files(FOLDER, partial / "protocol")
    shutil.copytree(_ANALYSIS, partial / "analysis")
    charts = _charts(reports)
    _write_figures(partial, inputs, facts, charts)
    downloads = _downloads(resources, charts)
    _write(partial / "findings.json", json_text([finding_record(finding) for finding in ordered_findings(reports)]))
    _write(partial / "datapackage.json", json_text(data_package(partial, facts, inputs.figure_provenance, resources)))
    _write(partial / "CITATION.cff", citation(facts, inputs.figure_provenance, f"{inputs.built_at:%Y-%m-%d}"))
    manifest = _manifest(partial, inputs, facts, tables, features, held)
    _write(partial / "manifest.json", json_text(manifest))
    changes = inputs.changes or since_last(in_force, partial)
    _write(partial / CHANGES, json_text(changes_record(changes)))
    page = render_page(reports, inputs.figure_provenance, facts, inputs.checks, downloads, changes)
    _write(partial / "index.html", page)
    return manifest


def _write_tables(partial: Path, inputs: EditionInputs, tables: Mapping[str, pa.Table]) -> list[Resource]:
    resources = []
    for path, table in tables.items():
        contract = TABLES[path]
        csv, fields = csv_file(contract), tuple(table_fields(contract))
        write_csv(table, partial / csv)
        write_parquet(table, partial / "tables" / f"{contract.name}.parquet")
        resources.append(Resource(contract.name, csv, contract.meaning, fields, contract.key, parquet=True))
    resources.append(_write_exclusions(partial, inputs.tables["quality/flow"]))
    if inputs.truth is not None and inputs.figure_provenance.demonstration:
        resources.append(_write_truth(partial, inputs.truth))
    return resources


def _write_exclusions(partial: Path, flow: pd.DataFrame) -> Resource:
    chosen = flow[(flow["part"] == "records") & (flow["kind"] == "excluded") & (flow["arm"] == "")]
    table = loose_table(chosen[["rule", "n"]].rename(columns={"n": "records"}))
    write_csv(table, partial / "tables" / "exclusions.csv")
    meaning = "Records excluded by each rule, in the order of the rules."
    return Resource("exclusions", "tables/exclusions.csv", meaning, _EXCLUSION_FIELDS, ("rule",))


def _write_truth(partial: Path, truth: pd.DataFrame) -> Resource:
    table = loose_table(truth)
    write_csv(table, partial / "tables" / "truth.csv")
    kinds = {name: str(table.schema.field(name).type) for name in table.column_names}
    fields = tuple({"name": name, "type": _PARQUET_KINDS.get(kind, "string")} for name, kind in kinds.items())
    meaning = "Known values of the estimands in the synthetic city."
    return Resource("truth", "tables/truth.csv", meaning, fields)


def _write_figures(partial: Path, inputs: EditionInputs, facts: EditionFacts, charts: Mapping[str, Report]) -> None:
    for name, text in assets().items():
        _write(partial / "assets" / name, text)
    for name, report in charts.items():
        assert report.chart is not None
        figure = with_source(report.chart["figure"], source_words(facts))
        _write(partial / "figures" / f"{name}.json", compact_json(figure))
        _write(partial / "figures" / f"{name}.html", render_figure(report, figure, inputs.figure_provenance))
        _write(partial / "figures" / f"{name}.svg", still(figure) + "\n")
        write_cells(report.chart["table"]["header"], report.chart["table"]["rows"], partial / "figures" / f"{name}.csv")


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _plotly_script() -> Path:
    spec = find_spec("plotly")
    if spec is None or spec.origin is None:
        raise EditionRefused("The package plotly is not installed; the page needs its plotly.min.js.")
    return Path(spec.origin).parent / "package_data" / "plotly.min.js"


def _copy_data_files(source: Path, target: Path) -> None:
    files = sorted(file for file in source.rglob("*") if file.is_file() and file.suffix in (".csv", ".toml", ".md"))
    if not files:
        raise EditionRefused(f"The folder {source.name} of the codebook or protocol holds no CSV file.")
    for file in files:
        copy = target / file.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)


def _downloads(resources: Sequence[Resource], charts: Iterable[str]) -> list[Download]:
    tables = [Download(resource.name, _formats(resource)) for resource in resources]
    figures = [
        Download(f"figure {chart}", tuple((form, f"figures/{chart}.{form.lower()}") for form in FIGURE_FORMATS))
        for chart in charts
    ]
    others = [
        Download("all tables and contacts", (("DuckDB", "cit.duckdb"),)),
        Download("codebook", (("directory", "codebook/"),)),
        Download("protocol", (("directory", "protocol/"),)),
        Download("the headline step by step", tuple((form, f"analysis/{file}") for form, file in _SCRIPTS.items())),
        Download("what changed since the edition before", (("JSON", CHANGES),)),
        Download("findings", (("JSON", "findings.json"),)),
        Download("manifest", (("JSON", "manifest.json"),)),
        Download("data package", (("JSON", "datapackage.json"),)),
        Download("checksums", (("text", CHECKSUMS),)),
    ]
    return tables + figures + others


def _formats(resource: Resource) -> tuple[tuple[str, str], ...]:
    packed = resource.path.endswith(PACKED)
    parquet = (("Parquet", f"tables/{resource.name}.parquet"),)
    return (("CSV, gzipped" if packed else "CSV", resource.path), *(parquet if resource.parquet else ()))


def _manifest(
    partial: Path,
    inputs: EditionInputs,
    facts: EditionFacts,
    tables: Mapping[str, pa.Table],
    features: Mapping[str, tuple[int, str]],
    held: Sequence[str],
) -> dict[str, Any]:
    listed: dict[str, Any] = {}
    for path, table in tables.items():
        csv = csv_file(TABLES[path])
        listed[path] = {"rows": table.num_rows, "file": csv, "sha256": sha256(partial / csv)}
    for path, (rows, digest) in features.items():
        listed[path] = {"rows": rows, "file": "cit.duckdb", "sha256": digest}
    origin = facts.origin
    ordered = sorted(inputs.checks, key=lambda check: (str(check["table"]), str(check["name"])))
    return {
        "edition": facts.edition,
        "source": {
            "name": origin.source,
            "location": origin.location,
            "retrieved_at": origin.retrieved_at,
            "licence": origin.licence,
        },
        "snapshot": origin.snapshot,
        "protocol": _protocol(),
        "as_of": origin.as_of.isoformat(),
        "rows_received": origin.rows_received,
        "rows_clean": facts.rows_clean,
        "rows_excluded": facts.rows_excluded,
        "demonstration": inputs.figure_provenance.demonstration,
        "monthly": facts.monthly,
        ANNUAL: facts.annual,
        PRINTED: facts.officer_attributes,
        "tables": listed,
        "checks": [dict(check) for check in ordered],
        "code_version": origin.code_version,
        "engine": origin.engine,
        "environment": environment(),
        "fingerprint": str(origin.fingerprint),
        "accepted": list(origin.accepted),
        "volatile": {"run_id": origin.run_id, "built_at": inputs.built_at.isoformat(), "held": list(held)},
    }


def _protocol() -> dict[str, Any]:
    found = protocol()
    deviations = [asdict(each) | {"date": each.date.isoformat()} for each in found.deviations]
    return {"date": found.date.isoformat(), "hash": found.hash, "deviations": deviations}
