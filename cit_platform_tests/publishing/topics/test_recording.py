"""Reports per officer-month: before what is said per contact, and what they cannot tell."""

from cit_platform.publishing.contents import topic_names
from cit_platform_tests.publishing.conftest import content, report, tables_under


def test_it_stands_before_rates_per_contact() -> None:
    assert topic_names().index("recording") < topic_names().index("certification_change")


def test_the_sentence_follows_the_truth() -> None:
    for truth, words in (("lower", "fewer than"), ("higher", "more than"), ("unclear", "no clear change")):
        [finding] = report("recording", tables_under(truth)).findings
        assert words in finding.sentence
        assert "190 officers wrote 82 reports" in finding.sentence


def test_without_changes_it_says_why() -> None:
    [finding] = report("recording", tables_under("cannot")).findings
    assert "fewer than 10 are seen both before and after theirs" in finding.sentence


def test_it_says_that_writing_is_not_meeting() -> None:
    said = [block.text for block in content("recording", tables_under("lower")).blocks if hasattr(block, "text")]
    assert any("cannot tell writing from meeting" in text for text in said)
