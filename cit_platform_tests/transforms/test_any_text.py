"""Whatever text stands in whatever field: each record is in clean or in exclusions, once, and nothing breaks."""

import duckdb
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cit_platform.codebook import codebook_files, codebook_rows
from cit_platform_tests.transforms.engine import FEATURES, FIELDS, ORDINARY, QUALITY, Row, computed, fetched, record

RULES = {row["rule"] for row in codebook_rows(codebook_files("seattle")["exclusion_rules"])}
NASTY = [
    *(
        "",
        " ",
        "-",
        "--",
        "FK ERROR",
        "1900-01-01",
        "1900-01-01T00:00:00.000",
        "1900",
        "NULL",
        "\u00a0",
        "\x00",
        "/",
        "' or 1=1",
    ),
    *("2016-03-02", "2016-02-30T00:00:00", "9999-12-31", "0000-00-00", "infinity", "2020-11-15T24:00:00.000"),
    *("-1", "0", "45", "46", "12.7", "1e1", "0x1F", "inf", "9" * 300, "-" + "9" * 300, "Y", "N", "Unknown", "true"),
    *(
        "\N{KELVIN SIGN}",
        "\N{LATIN SMALL LETTER SHARP S}",
        "\N{LINE SEPARATOR}",
        "\N{ZERO WIDTH SPACE}",
        "\N{PILE OF POO}",
    ),
]
texts = st.one_of(st.none(), st.sampled_from(NASTY), st.text(st.characters(codec="utf-8"), max_size=30))
spoiled = st.dictionaries(st.sampled_from(FIELDS), texts, max_size=4).map(lambda changes: record(**changes))
garbage = st.fixed_dictionaries(dict.fromkeys(FIELDS, texts))
templates = st.sampled_from(["1", "2", "25412697826"])
repeated = st.builds(lambda row, template: {**row, "template_id": template}, spoiled, templates)


@given(st.lists(st.one_of(spoiled, repeated, garbage, st.just(ORDINARY)), min_size=1, max_size=60))
@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@example([dict.fromkeys(FIELDS, text) for text in NASTY])
@example([record(**{field: text}) for field in FIELDS for text in NASTY])
def test_each_record_is_kept_or_excluded_once(database: duckdb.DuckDBPyConnection, rows: list[Row]) -> None:
    tables = computed(database, rows, QUALITY)
    received = [row["record_id"] for row in fetched(database, "select record_id from raw.records")]
    kept = [row["record_id"] for row in tables["clean/records"]]
    excluded = [row["record_id"] for row in tables["clean/exclusions"]]
    assert sorted(kept + excluded) == sorted(received)
    assert set(tables.rules) <= RULES
    assert {row["record_id"] for row in tables["features/records"]} == set(kept)
    assert {row["contact_id"] for row in tables["features/contacts"]} == {
        row["contact_id"] for row in tables["clean/records"]
    }
    assert sum(row["n_records"] for row in tables["features/contacts"]) == len(kept)
    published = {str(row["value"]) for row in tables["clean/exclusions"] if row["field"] == "officer_id"}
    assert published <= {"None"}


@given(st.lists(repeated, min_size=2, max_size=30), st.randoms(use_true_random=False))
@settings(max_examples=4, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_the_order_of_the_records_does_not_matter(
    database: duckdb.DuckDBPyConnection, rows: list[Row], order: object
) -> None:
    shuffled = list(rows)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = (computed(database, each, FEATURES) for each in (rows, shuffled))
    for path in FEATURES:
        assert one[path] == other[path], path
