"""Quality: coverage by field and year, labels by group, and what the codebook does not know."""

from cit_platform.publishing.parts.wording import field_words
from cit_platform.publishing.topics.quality import coverage_table, labels_table, unmapped_table
from cit_platform_tests.publishing.frames import quality_tables


def test_coverage_has_a_row_a_field_and_a_column_a_year() -> None:
    coverage = quality_tables()["quality/coverage"]
    table = coverage_table(coverage)
    assert [row[0] for row in table.rows] == [field_words(field) for field in sorted(set(coverage["field"]))]
    assert table.header[1:] == tuple(sorted(set(coverage["year"])))
    assert table.rows[0][1] == "100.0"


def test_labels_are_counted_by_group() -> None:
    assert ("disposition", "no action", "1", "31,000") in labels_table(quality_tables()["quality/labels"]).rows


def test_groups_of_calls_are_not_named_like_dispositions() -> None:
    labels = quality_tables()["quality/labels"]
    calls = labels[labels["field"] == "initial_call_type"].iloc[[0, 0]].assign(grouping=["missing", "other"])
    names = [row[:2] for row in labels_table(calls).rows]
    assert names == [("initial call type", "no call type given"), ("initial call type", "other call")]


def test_what_the_codebook_does_not_know_is_named() -> None:
    assert unmapped_table(quality_tables()["quality/labels"]).rows == (("BEAMED UP <b>", "disposition", "17"),)
