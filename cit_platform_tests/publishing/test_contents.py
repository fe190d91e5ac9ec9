"""The order of the page: every topic once, every template there, and file names that line up."""

from pathlib import Path

import pytest

from cit_platform import publishing, studies
from cit_platform.contracts import TABLES
from cit_platform.publishing.contents import FIRST, SECTIONS, order_of_findings, topic_names, topics

PUBLISHING = Path(publishing.__file__).parent
TESTS = Path(__file__).parent
# Topics that no study of their own makes, and the tables that they read instead.
WITHOUT_A_STUDY = {
    "the_records": "quality/exposure",
    "dispositions": "models/disposition_shares",
    "design_effect": "models/ladder",
    "ladder_dispositions": "models/ladder",
    "trends_by_precinct": "models/trends",
    "response_endings": "models/response",
    "other_ways": "models/estimates",
    "not_estimated": "models/estimates",
    "flow": "quality/flow",
    "quality": "quality/coverage",
    "revisions": "quality/revisions",
}
# Studies whose answer is given by a topic of another name, or by several.
ANSWERED_ELSEWHERE = {
    "disposition": "dispositions",
    "disposition_shares": "dispositions",
    "estimates": "force",
    "term_tests": "situation",
    "multiverse": "multiverse_summary",
}


# Studies from whose tables the page's numbers can be computed again (docs/recompute.py): no topic speaks of them.
FOR_RECOMPUTING = {"fit_matrices", "risk_gradients"}


def modules(folder: Path, prefix: str = "") -> set[str]:
    """Names of the modules of a folder that hold something of their own, without their prefix."""
    return {file.stem.removeprefix(prefix) for file in folder.glob(f"{prefix}*.py") if file.stem != "__init__"}


def test_every_topic_stands_on_the_page_once() -> None:
    assert len(set(topic_names())) == len(topic_names())
    assert set(topic_names()) == modules(PUBLISHING / "topics")
    assert [topic.name for topic in topics()] == list(topic_names())
    assert set(FIRST) <= set(topic_names())
    assert sorted(order_of_findings()) == sorted(topic_names())


def test_every_standing_text_is_a_template() -> None:
    named = {part for section in SECTIONS for part in section.parts if part.endswith(".html")}
    assert named <= {file.name for file in (PUBLISHING / "templates").glob("*.html")}
    anchors = [section.anchor for section in SECTIONS]
    assert len(set(anchors)) == len(anchors)


def test_every_topic_has_its_tests_and_every_test_its_topic() -> None:
    assert modules(TESTS / "topics", "test_") - {"every_topic"} == set(topic_names())


def test_every_study_has_its_topic_under_its_own_name() -> None:
    made = modules(Path(studies.__file__).parent)
    assert made & set(TABLES_OF_MODELS) == set(TABLES_OF_MODELS)
    spoken_of = set(TABLES_OF_MODELS) - FOR_RECOMPUTING
    assert spoken_of - set(ANSWERED_ELSEWHERE) == set(topic_names()) - set(WITHOUT_A_STUDY)
    assert set(ANSWERED_ELSEWHERE.values()) <= set(topic_names())


TABLES_OF_MODELS = [table.name for table in TABLES.values() if table.schema == "models"]


@pytest.mark.parametrize("topic", topics(), ids=lambda topic: topic.name)
def test_a_topic_reads_the_table_of_its_name_or_the_one_that_is_stated(topic) -> None:  # type: ignore[no-untyped-def]
    own = {"force": "models/estimates"}.get(topic.name, f"models/{topic.name}")
    assert WITHOUT_A_STUDY.get(topic.name, own) in topic.reads


def test_no_topic_is_longer_than_250_lines_and_no_other_file_than_400() -> None:
    lengths = {file: len(file.read_text(encoding="utf-8").splitlines()) for file in PUBLISHING.rglob("*.py")}
    assert {file.name: n for file, n in lengths.items() if file.parent.name == "topics" and n > 250} == {}
    assert {file.name: n for file, n in lengths.items() if n > 400} == {}
    assert lengths[PUBLISHING / "page.py"] < 250
