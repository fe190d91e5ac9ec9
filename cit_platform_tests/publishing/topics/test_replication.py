"""Replication: whether the published odds ratios hold, and that a demonstration compares nothing."""

from cit_platform_tests.publishing.conftest import DEMO, report, tables_under


def test_on_demonstration_data_nothing_is_compared() -> None:
    found = report("replication", tables_under("higher"), DEMO)
    [finding] = found.findings
    assert finding.key == "replication"
    assert "comparisons with the published numbers mean nothing here" in finding.sentence
    assert "published odds ratio" not in finding.sentence
    assert (
        found.blocks[0]["lead"]
        == "These are demonstration data: comparisons with the published numbers mean nothing here."
    )


def test_it_holds_where_the_interval_lies_on_the_published_side() -> None:
    held = report("replication", tables_under("higher")).findings
    lost = report("replication", tables_under("lower")).findings
    assert {finding.words for finding in held} == {"holds"}
    assert {finding.words for finding in lost} == {"does not hold"}
    outcomes = {finding.row.key["outcome"] for finding in held if finding.row}
    assert outcomes == {"force", "arrest", "referral"}
    assert any("1.13 (p = 0.027)" in finding.sentence for finding in held)


def test_what_cannot_be_refitted_is_not_judged() -> None:
    found = report("replication", tables_under("cannot")).findings
    assert {finding.direction for finding in found} == {"cannot be estimated"}
    assert all(finding.estimate is None and "whether it holds in" in finding.sentence for finding in found)


def test_a_note_stands_behind_the_sentence() -> None:
    tables = tables_under("higher")
    tables["models/replication"]["note"] = "the data cover only 2019"
    sentences = [finding.sentence for finding in report("replication", tables).findings]
    assert all(sentence.endswith(" Note: the data cover only 2019.") for sentence in sentences)
