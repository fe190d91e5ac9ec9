"""The page: what an edition says, from the tables and the findings, rendered by Jinja with everything escaped."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from cit_platform.codebook.agency import agency_of
from cit_platform.publishing import wording
from cit_platform.publishing.disclosure import WITHHELD
from cit_platform.publishing.figures.canvas import Figure
from cit_platform.publishing.figures.flow import PARTS, step_words
from cit_platform.publishing.figures.ladder import ordered_steps, step_label
from cit_platform.publishing.figures.revisions import ordered_bars
from cit_platform.publishing.figures.risks import difference_words, ordered_risks
from cit_platform.publishing.findings import DISPOSITIONS, HEADLINE, LADDER, Finding, in_brief
from cit_platform.publishing.revisions import change_words, field_words, revision_sentences, summed
from cit_platform.publishing.rows import (
    OTHER_ROLES,
    Row,
    certification,
    estimated,
    fits,
    headline_fit,
    plain_rows,
    variants_of,
)
from cit_platform.publishing.stamp import Stamp

if TYPE_CHECKING:
    import pandas as pd

CAPTIONS = {
    "force_forest": (
        "Odds ratios of force in one logit model, on a log scale. A point left of the dotted line stands for lower "
        "odds than the reference, right of it for higher odds. Certification is shown as counted by the published "
        "analysis and more strictly; every other row is from the strictest of these."
    ),
    "ladder": (
        "The same question in steps; each keeps what the one before has changed. Steps 0 and 1 take every row as "
        "independent; clustering lets the contacts of one officer, or of one incident, be alike. A steady picture says "
        "that the answer does not hang on how one counts; where the steps disagree, that is the finding."
    ),
    "disposition_bars": (
        "The highest disposition of each contact, as observed: nothing is adjusted here, so differences in the calls "
        "that certified officers answer are part of what you see."
    ),
    "adjusted_risk": (
        "What the models predict for the same analysed contacts with every reporting officer certified and with none. "
        "Each panel begins at 0 and has its own scale."
    ),
    "exclusion_flow": "Every record received is either analysed or left out under a named rule; the counts add up.",
    "revisions": (
        "Records that were added to contacts already published, removed from them or changed, counted once for each "
        "night on which that was seen; another spelling with the same meaning is no change. The counts are by field, "
        "never by a value."
    ),
}
ALTERNATIVES = {
    "force_forest": "Forest plot: odds ratios of force with 95 % intervals.",
    "ladder": "Ladder: ratio of force with its 95 % interval, step by step.",
    "disposition_bars": "Bar chart: share of contacts by disposition and certification.",
    "adjusted_risk": "Dot chart: adjusted risks per 1,000 contacts by certification.",
    "exclusion_flow": "Flow chart: from records received to contacts analysed.",
    "revisions": "Bar chart: records added, removed and changed after publication, by field and age.",
}
_READABLE, _FEW_WAYS, _LAST_NIGHTS = 6, 2, 14
_AGAINST = f"compared with {wording.NOT_CERTIFIED}"
_ODDS_HEADER = ("Odds ratio", "95 % interval", "p", "Smallest detectable", "n contacts")


@dataclass(frozen=True)
class HtmlTable:
    """A table of the page: the first column heads each row, columns in `numeric` are set right."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[int, ...] = ()


@dataclass(frozen=True)
class Provenance:
    """What the page says about its origin; every value is printed as it is."""

    edition: str
    confirmatory: bool
    source: str
    location: str
    retrieved_at: str
    licence: str
    rows_received: int
    rows_clean: int
    rows_excluded: int
    code_version: str
    agency: str
    publisher: str


@dataclass(frozen=True)
class Download:
    """What the page offers for download: words, and the files as (format, path inside the edition)."""

    words: str
    files: tuple[tuple[str, str], ...]


def render_page(
    tables: Mapping[str, pd.DataFrame],
    found: Sequence[Finding],
    figures: Mapping[str, Figure],
    stamp: Stamp,
    provenance: Provenance,
    checks: Sequence[Mapping[str, Any]],
    downloads: Sequence[Download],
) -> str:
    """The whole page as HTML, the same text for the same inputs.

    Args:
        tables: Public frames by path, officer levels under 10 contacts already withheld.
        found: The findings from these tables.
        figures: Plotly figures by chart.
        stamp: Snapshot and demonstration flag.
        provenance: Where the numbers come from.
        checks: Results of the quality checks (`name, table, passed, severity`).
        downloads: Files offered.
    """
    by_key = {finding.key: finding for finding in found}
    return (
        _environment()
        .get_template("page.html")
        .render(
            title=f"Crisis contacts and CIT certification: {agency_of(provenance.agency).display_name}",
            agency=agency_of(provenance.agency).display_name,
            police_department=agency_of(provenance.agency).police_department,
            stamp=stamp,
            provenance=provenance,
            headline=[by_key[key] for key in HEADLINE],
            brief=in_brief(found),
            topics=topics(found),
            ladder=[by_key[key] for key in LADDER],
            other_ways=other_ways_table(tables["models/estimates"]),
            key_figures=key_figures(tables, by_key),
            figures={chart: _figure(chart, figure, tables) for chart, figure in figures.items()},
            disposition_odds=disposition_odds_table(tables["models/estimates"]),
            strength=strength_table(tables["models/term_tests"]),
            replication=replication_table(tables["models/replication"]),
            coverage=coverage_table(tables["quality/coverage"]),
            labels=labels_table(tables["quality/labels"]),
            unmapped=unmapped_table(tables["quality/labels"]),
            checks=checks_table(checks),
            revisions=revision_sentences(tables["quality/revisions"]),
            revision_nights=revision_nights_table(tables["quality/revisions"]),
            not_estimated=not_estimated_table(tables),
            notes=notes_table(tables),
            downloads=downloads,
            dataset=_json_for_script(_dataset(provenance, stamp, downloads)),
        )
    )


def render_figure(chart: str, figure: Figure, tables: Mapping[str, pd.DataFrame], stamp: Stamp) -> str:
    """One chart as a standalone page in `figures/`, with its table, reading `../assets/plotly.min.js`."""
    template = _environment().get_template("figure.html")
    return template.render(title=figure["layout"]["meta"]["title"], stamp=stamp, figure=_figure(chart, figure, tables))


def topics(found: Iterable[Finding]) -> list[tuple[str, list[str]]]:
    """Findings without a place of their own as heading and sentences; those of one disposition stand together."""
    gathered: dict[str, list[str]] = {}
    for finding in found:
        if finding.key not in (*HEADLINE, *LADDER):
            outcome = next((name for name in DISPOSITIONS if finding.key.startswith(f"{name}_")), None)
            heading = wording.sentence_case(wording.outcome_words(outcome)) if outcome else finding.what
            gathered.setdefault(heading, []).append(finding.sentence)
    return list(gathered.items())


def key_figures(tables: Mapping[str, pd.DataFrame], found: Mapping[str, Finding]) -> list[tuple[str, str, str]]:
    """Tiles of the page: number, what it is, and the small print."""
    row = certification(headline_fit(tables["models/estimates"], "force"), "force")
    absolute, relative, unit = found["force_per_thousand"], found["force_odds_ratio"], " per 1,000"
    against = "every officer certified compared with none, adjusted"
    return [
        (wording.count(row["n_contacts"] if row else None), "contacts analysed for force", _officers(row)),
        (wording.count(row["n_events"] if row else None), "of them with reportable force", ""),
        (absolute.estimate.removesuffix(unit), f"contacts with force{unit}", _small_print(absolute, against)),
        (relative.estimate, "odds ratio of force", _small_print(relative, "certified compared with not certified")),
    ]


def forest_table(estimates: pd.DataFrame) -> HtmlTable:
    """Every number of the forest plot."""
    by_variant = fits(estimates, "force")
    strictest: list[Row] = next(iter(by_variant.values()), [])
    rows: list[tuple[str, ...]] = []
    for variant, listed in by_variant.items():
        row = certification(listed, "force")
        if row is not None:
            name = f"{wording.term_words(row['term'])}, {wording.variant_words(variant)}"
            rows.append((name, wording.NOT_CERTIFIED, *_odds_cells(row)))
    for row in strictest:
        if row["term"] not in ("intercept", "cit_certified"):
            rows.append((_name(row), wording.reference_words(row["term"], row["reference_level"]), *_odds_cells(row)))
    header = ("Predictor", "Compared with", *_ODDS_HEADER)
    return HtmlTable("Odds ratios of force", header, tuple(rows), (2, 3, 4, 5, 6))


def ladder_table(ladder: pd.DataFrame) -> HtmlTable:
    """Every number of the ladder, one row per step."""
    rows = tuple(
        (step_label(row), wording.measure_words(row["measure"]), *_ladder_cells(row), *_sizes(row))
        for row in ordered_steps(ladder)
    )
    header = (
        *("Step", "Measure", "Ratio", "95 % interval", "p", "Difference per 1,000", "Smallest detectable"),
        *("Design effect", "n rows", "With force", "Officers"),
    )
    return HtmlTable(f"Force and certification, {_AGAINST}", header, rows, tuple(range(2, len(header))))


def other_ways_table(estimates: pd.DataFrame) -> HtmlTable:
    """Odds ratios of certification for force, asked in the ways that do not speak for the model."""
    found = [
        (variant, row)
        for variant, listed in fits(estimates, "force", OTHER_ROLES).items()
        if (row := certification(listed, "force")) is not None
    ]
    rows = tuple(
        (wording.sentence_case(wording.variant_words(variant)), *_odds_cells(row), _design_effect(row))
        for variant, row in found
    )
    header = ("How asked", *_ODDS_HEADER, "Design effect")
    return HtmlTable(f"Odds ratios of force, {_AGAINST}", header, rows, (1, 2, 3, 4, 5, 6))


def shares_table(shares: pd.DataFrame) -> HtmlTable:
    """Every number of the disposition bars."""
    rows: list[tuple[str, ...]] = []
    for row in plain_rows(shares):
        known = estimated(row, "share")
        limits = _limits(row, "share", wording.percent) if known else "too few contacts for an interval"
        rows.append(
            (
                wording.sentence_case(wording.outcome_words(row["disposition_group"])),
                "certified" if row["cit_certified"] else "not certified",
                wording.percent(row["share"]) if known else wording.NO_NUMBER,
                limits,
                wording.count(row["n_events"]),
                wording.count(row["n_contacts"]),
            )
        )
    header = ("Disposition", "Reporting officer", "Share", "95 % interval", "Contacts with it", "of contacts")
    return HtmlTable("Share of contacts by disposition", header, tuple(rows), (2, 3, 4, 5))


def risks_table(absolute_risk: pd.DataFrame) -> HtmlTable:
    """Every number of the adjusted risks, per 1,000 contacts."""
    rows: list[tuple[str, ...]] = []
    for row in ordered_risks(absolute_risk):
        name = wording.sentence_case(wording.outcome_words(row["outcome"]))
        n = wording.count(row["n_contacts"])
        if not estimated(row, "risk_difference"):
            why = wording.short_reason(row)
            rows.append((name, wording.NO_NUMBER, wording.NO_NUMBER, f"cannot be estimated: {why}", "", "", n))
            continue
        both = [_with_limits(row, name, wording.per_thousand) for name in ("risk_certified", "risk_not_certified")]
        ratio = _with_limits(row, "risk_ratio", wording.ratio) if estimated(row, "risk_ratio") else wording.NO_NUMBER
        rows.append((name, *both, difference_words(row), _detectable_difference(row), ratio, n))
    header = (
        *("Outcome", "Every officer certified", "No officer certified", "Difference", "Smallest detectable"),
        *("Risk ratio", "n contacts"),
    )
    caption = "Adjusted risks per 1,000 contacts, with 95 % intervals in brackets"
    return HtmlTable(caption, header, tuple(rows), (1, 2, 3, 4, 5, 6))


def flow_table(flow: pd.DataFrame) -> HtmlTable:
    """Every number of the flow chart."""
    rows: tuple[tuple[str, ...], ...] = tuple(
        (
            ("left out: " if row["kind"] == "excluded" else "") + step_words(row),
            PARTS.get(row["part"], str(row["part"])),
            f"{row['unit']}s",
            wording.count(row["n"]),
        )
        for row in plain_rows(flow)
    )
    return HtmlTable("From received to analysed", ("Step", "Where", "Counted in", "n"), rows, (3,))


def disposition_odds_table(estimates: pd.DataFrame) -> HtmlTable:
    """Odds ratios of certification for each disposition against no action, every variant."""
    rows: list[tuple[str, ...]] = []
    for variant, listed in fits(estimates, "disposition").items():
        found = [row for outcome in DISPOSITIONS if (row := certification(listed, outcome)) is not None]
        rows += [
            (
                wording.sentence_case(wording.outcome_words(row["outcome"])),
                wording.variant_words(variant),
                *_odds_cells(row),
            )
            for row in found
        ]
    header = ("Disposition", "How counted", *_ODDS_HEADER)
    caption = f"Odds ratios of certification for each disposition rather than no action, {_AGAINST}"
    return HtmlTable(caption, header, tuple(rows), (2, 3, 4, 5, 6))


def strength_table(term_tests: pd.DataFrame) -> HtmlTable:
    """Strength of every predictor of force, each variant, strongest first."""
    listed = [row for row in plain_rows(term_tests) if row["model"] == "force"]
    listed.sort(key=lambda row: (row["variant"], -(row["lr_chi2_per_df"] or 0.0), row["term"]))
    rows = tuple(
        (
            wording.term_words(row["term"]),
            wording.variant_words(row["variant"]),
            _chi_square(row, "lr_chi2"),
            wording.count(row["df"]),
            _chi_square(row, "lr_chi2_per_df"),
            wording.count(row["n_contacts"]),
        )
        for row in listed
    )
    header = ("Predictor", "How counted", "χ²", "Degrees of freedom", "χ² per degree", "n contacts")
    return HtmlTable("Strength of each predictor of force, as if rows were independent", header, rows, (2, 3, 4, 5))


def replication_table(replication: pd.DataFrame) -> HtmlTable:
    """Refitted odds ratios of certification beside the published ones."""
    holds = {True: "yes", False: "no", None: "not judged"}
    rows = tuple(
        (
            f"{wording.outcome_words(row['outcome'])}, {wording.years(row['window_start'], row['window_end'])}",
            wording.variant_words(row["variant"]),
            *_odds_cells(row),
            _published(row),
            holds[row["holds"]],
        )
        for row in plain_rows(replication)
        if row["term"] == "cit_certified"
    )
    header = ("Outcome, years", "How counted", *_ODDS_HEADER, "Published", "Holds")
    return HtmlTable(f"Odds ratios of certification, {_AGAINST}", header, rows, (2, 3, 4, 5, 6))


def coverage_table(coverage: pd.DataFrame) -> HtmlTable:
    """Share of records with a value, one row per field, one column per year."""
    listed = plain_rows(coverage)
    years = sorted({row["year"] for row in listed})
    listed.sort(key=lambda row: row["field"])
    rows = []
    for field, group in groupby(listed, key=lambda row: row["field"]):
        by_year = {row["year"]: wording.percent(row["share_present"]).removesuffix(" %") for row in group}
        rows.append((field, *(by_year.get(year, "") for year in years)))
    caption = "Records that carry a value, in percent, by field of the source and report year"
    return HtmlTable(caption, ("Field", *years), tuple(rows), tuple(range(1, len(years) + 1)))


def labels_table(labels: pd.DataFrame) -> HtmlTable:
    """How many labels and records each group of the codebook holds."""
    listed = sorted(plain_rows(labels), key=lambda row: (row["field"], row["grouping"]))
    rows = []
    for (field, grouping), group in groupby(listed, key=lambda row: (row["field"], row["grouping"])):
        members = list(group)
        records = wording.count(sum(row["n_records"] for row in members))
        rows.append((field, wording.outcome_words(grouping), wording.count(len(members)), records))
    header = ("Field", "Group of the codebook", "Labels", "Clean records")
    return HtmlTable("Labels of the source by group", header, tuple(rows), (2, 3))


def unmapped_table(labels: pd.DataFrame) -> HtmlTable:
    """Labels that the codebook does not know, the most frequent first."""
    listed = [row for row in plain_rows(labels) if row["grouping"] == "unmapped"]
    listed.sort(key=lambda row: (-row["n_records"], row["field"], row["label"]))
    rows = tuple((row["label"], row["field"], wording.count(row["n_records"])) for row in listed)
    header = ("Label", "Field", "Clean records")
    return HtmlTable("Labels that await review, left out of the models", header, rows, (2,))


def revisions_table(revisions: pd.DataFrame) -> HtmlTable:
    """Every number of the revisions' chart, and the fields that were printed otherwise."""
    rows = plain_rows(revisions)
    respelled = [row for (change, _), row in sorted(summed(rows).items()) if change == "respelled"]
    columns = ("n_records", "n_templates", "n_within_month", "n_within_year", "n_later", "median_age_days")
    listed = tuple(
        (change_words(row), *(_revision_cell(row, name) for name in columns))
        for row in (*ordered_bars(rows), *respelled)
    )
    header = (
        *("Change", "Records", "Contacts", "Reported up to 30 days before", "31 to 365 days", "Earlier"),
        "Median age in days",
    )
    return HtmlTable("Changes after publication, all nights", header, listed, (1, 2, 3, 4, 5, 6))


def revision_nights_table(revisions: pd.DataFrame) -> HtmlTable:
    """The last nights on which snapshots were compared: records added, removed, changed, and fields respelled."""
    rows = plain_rows(revisions)
    nights = sorted((row["night"] for row in rows if row["change"] == "compared"), reverse=True)[:_LAST_NIGHTS]
    counts = {(row["night"], row["change"]): row["n_records"] for row in rows if row["field"] == ""}
    respelled = [row for row in rows if row["change"] == "respelled"]
    listed = tuple(
        (
            night,
            *(wording.count(counts.get((night, change), 0)) for change in ("compared", "added", "removed", "changed")),
            ", ".join(field_words(row["field"]) for row in respelled if row["night"] == night) or "none",
        )
        for night in nights
    )
    header = ("Night (UTC)", "Records of the snapshot", "Added", "Removed", "Changed", "Printed otherwise")
    return HtmlTable(f"The last {_LAST_NIGHTS} nights with a new snapshot", header, listed, (1, 2, 3, 4))


def checks_table(checks: Sequence[Mapping[str, Any]]) -> HtmlTable:
    """Quality checks by table: how many ran, how many passed, and the names of those that did not."""
    listed = sorted(checks, key=lambda check: (str(check["table"]), str(check["name"])))
    rows = []
    for table, group in groupby(listed, key=lambda check: str(check["table"])):
        members = list(group)
        failed = [str(check["name"]) for check in members if not check["passed"]]
        counts = (wording.count(len(members)), wording.count(len(members) - len(failed)))
        rows.append((table, *counts, ", ".join(failed) or "none"))
    return HtmlTable("Quality checks", ("Table", "Checks", "Passed", "Warnings"), tuple(rows), (1, 2))


def not_estimated_table(tables: Mapping[str, pd.DataFrame]) -> HtmlTable:
    """Everything that has no number, with its reason; what shares its variants and its reason stands together."""
    ways: dict[tuple[str, str, str], list[str]] = {}
    speaking = variants_of(plain_rows(tables["models/estimates"]))
    for question, variant, what, why in _without_number(tables):
        ways.setdefault((question, what, why), []).append(variant)
    gathered: dict[tuple[str, str], list[str]] = {}
    for (question, what, why), variants in ways.items():
        gathered.setdefault((f"{question}: {_ways(variants, speaking)}", why), []).append(what)
    rows = tuple((question, _gathered_words(what), why) for (question, why), what in gathered.items())
    return HtmlTable("What cannot be estimated", ("Model", "What", "Why"), rows)


def notes_table(tables: Mapping[str, pd.DataFrame]) -> HtmlTable:
    """What the studies noted beside numbers that could be estimated: replaced references, groups left out."""
    ways: dict[tuple[str, str], dict[str, None]] = {}
    speaking = variants_of(plain_rows(tables["models/estimates"]))
    for row in plain_rows(tables["models/estimates"]):
        if estimated(row) and row["note"]:
            ways.setdefault((_question(row), row["note"]), {})[row["variant"]] = None
    rows = {
        (f"{question}: {_ways(list(variants), speaking)}", note): None for (question, note), variants in ways.items()
    }
    for row in plain_rows(tables["models/absolute_risk"]):
        if estimated(row, "risk_difference") and row["note"]:
            rows[(f"Adjusted risk of {wording.outcome_words(row['outcome'])}", row["note"])] = None
    return HtmlTable("Notes on what was estimated", ("Where", "Note"), tuple(rows))


def _without_number(tables: Mapping[str, pd.DataFrame]) -> Iterator[tuple[str, str, str, str]]:
    """Question, variant, what and why of everything without a number."""
    for row in plain_rows(tables["models/estimates"]):
        if not estimated(row):
            yield _question(row), row["variant"], _coefficient_words(row), wording.reason(row)
    for row in plain_rows(tables["models/absolute_risk"]):
        if not estimated(row, "risk_difference"):
            what = f"Adjusted risk of {wording.outcome_words(row['outcome'])}"
            yield _question(row), row["variant"], what, wording.reason(row)
    for row in plain_rows(tables["models/ladder"]):
        if row["measure"] == "risk_ratio" and not estimated(row, "ratio"):
            what = f"Risk ratio of {wording.outcome_words(row['outcome'])}"
            yield _question(row), row["variant"], what, wording.reason(row)
    for row in plain_rows(tables["models/term_tests"]):
        if row["lr_chi2_per_df"] is None:
            what = f"Strength of {wording.term_words(row['term'])}"
            yield row["model"], row["variant"], what, wording.reason(row)


def _figure(chart: str, figure: Figure, tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    return {
        "chart": chart,
        "json": _json_for_script(figure),
        "height": round(figure["layout"]["height"]),
        "caption": CAPTIONS[chart],
        "alternative": ALTERNATIVES[chart],
        "table": _figure_table(chart, tables),
    }


def _figure_table(chart: str, tables: Mapping[str, pd.DataFrame]) -> HtmlTable:
    if chart == "force_forest":
        return forest_table(tables["models/estimates"])
    if chart == "ladder":
        return ladder_table(tables["models/ladder"])
    if chart == "disposition_bars":
        return shares_table(tables["models/disposition_shares"])
    if chart == "adjusted_risk":
        return risks_table(tables["models/absolute_risk"])
    if chart == "revisions":
        return revisions_table(tables["quality/revisions"])
    return flow_table(tables["quality/flow"])


@cache
def _environment() -> Environment:
    templates = Path(__file__).with_name("templates")
    environment = Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["count"] = wording.count
    environment.filters["bound"] = wording.bound
    return environment


def _json_for_script(value: Any) -> Markup:
    """JSON that is safe inside a script element: no character that could end it."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


def _dataset(provenance: Provenance, stamp: Stamp, downloads: Iterable[Download]) -> dict[str, Any]:
    """The edition as a schema.org Dataset."""
    banner = f"{stamp.banner} " if stamp.banner else ""
    agency = agency_of(provenance.agency).display_name
    return {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": f"CIT certification and crisis contacts, {agency}, edition {provenance.edition}",
        "description": f"{banner}Estimates of what CIT certification is associated with in police crisis contacts.",
        "identifier": provenance.edition,
        "version": provenance.edition,
        "isBasedOn": provenance.location,
        "license": provenance.licence,
        "creator": {"@type": "Organization", "name": provenance.publisher},
        "distribution": [
            {"@type": "DataDownload", "contentUrl": path, "name": download.words, "encodingFormat": form}
            for download in downloads
            for form, path in download.files
        ],
    }


def _odds_cells(row: Row) -> tuple[str, ...]:
    return (*_ratio_cells(row, "odds_ratio"), _detectable_ratios(row), wording.count(row["n_contacts"]))


def _ladder_cells(row: Row) -> tuple[str, ...]:
    difference = difference_words(row) if estimated(row, "risk_difference") else ""
    return (*_ratio_cells(row, "ratio"), difference, _detectable_ratios(row), _design_effect(row))


def _ratio_cells(row: Row, name: str) -> tuple[str, str, str]:
    if not estimated(row, name):
        return (wording.NO_NUMBER, wording.short_reason(row), "")
    limits = wording.interval(wording.ratio(row["conf_low"]), wording.ratio(row["conf_high"]))
    return (wording.ratio(row[name]), limits, wording.bare_p_value(row["p_value"]))


def _detectable_ratios(row: Row) -> str:
    above = row["smallest_detectable"]
    return "" if above is None else " or ".join(wording.detectable_ratios(above))


def _detectable_difference(row: Row) -> str:
    smallest = row["smallest_detectable_difference"]
    return "" if smallest is None else f"± {wording.per_thousand(smallest)}"


def _design_effect(row: Row) -> str:
    return "" if row["design_effect"] is None else f"{row['design_effect']:.2f}"


def _sizes(row: Row) -> tuple[str, str, str]:
    return (
        wording.count(row["n_rows"]),
        wording.count(row["n_events"]),
        wording.count(row["n_officers"]),
    )


def _revision_cell(row: Row, name: str) -> str:
    if not row["shown"]:
        return WITHHELD if name == "n_records" else ""
    return "" if row[name] is None else wording.count(round(row[name]))


def _published(row: Row) -> str:
    if row["published_odds_ratio"] is None:
        return "none"
    p = "" if row["published_p_value"] is None else f" ({wording.p_value(row['published_p_value'])})"
    return wording.ratio(row["published_odds_ratio"]) + p


def _name(row: Row) -> str:
    level = f", {wording.level_words(row['term'], row['level'])}" if row["level"] else ""
    return wording.term_words(row["term"]) + level


def _limits(row: Row, name: str, printed: Any) -> str:
    return wording.interval(printed(row[f"{name}_conf_low"]), printed(row[f"{name}_conf_high"]))


def _with_limits(row: Row, name: str, printed: Any) -> str:
    return f"{printed(row[name])} ({_limits(row, name, printed)})"


def _chi_square(row: Row, name: str) -> str:
    return wording.short_reason(row) if row[name] is None else wording.chi_square(row[name])


def _officers(row: Row | None) -> str:
    return f"by {wording.count(row['n_officers'])} reporting officers" if row else ""


def _small_print(finding: Finding, reference: str) -> str:
    if finding.direction == "cannot be estimated":
        return finding.words
    return f"95 % interval {finding.interval}; {reference}; {finding.n}"


def _coefficient_words(row: Row) -> str:
    return f"Odds ratio of {wording.outcome_words(row['outcome'])}: {_name(row)}"


def _gathered_words(what: Sequence[str]) -> str:
    """Names, or their number where nobody would read them all; certification is always named."""
    if len(what) <= _READABLE:
        return "; ".join(what)
    exposure = [name for name in what if name.endswith(wording.term_words("cit_certified"))]
    named = "; ".join(exposure or what[:1])
    return f"{named}; and {len(what) - len(exposure or what[:1])} more"


def _question(row: Row) -> str:
    return f"{row['model']}, {wording.years(row['window_start'], row['window_end'])}"


def _ways(variants: Sequence[str], speaking: Sequence[str]) -> str:
    """How a model was asked; of many ways the strictest that speaks, and their number."""
    first = [variant for variant in speaking if variant in variants]
    ordered = [*first, *(variant for variant in variants if variant not in first)]
    words = [wording.variant_words(variant) for variant in ordered]
    return "; ".join(words) if len(words) <= _FEW_WAYS else f"{words[0]}; and {len(words) - 1} other ways"
