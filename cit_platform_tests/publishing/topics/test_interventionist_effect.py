"""The verdict on the published claim: supported only where all three intervals lie above 0."""

import pytest

from cit_platform.publishing.parts.finding import printed_estimate
from cit_platform_tests.publishing.conftest import report, tables_under


@pytest.mark.parametrize(
    ("truth", "direction", "verdict"),
    [
        ("higher", "higher", "supported"),
        ("lower", "note", "not supported"),
        ("unclear", "note", "not supported"),
        ("cannot", "cannot be estimated", "not estimated"),
    ],
)
def test_the_verdict_follows_the_truth(truth: str, direction: str, verdict: str) -> None:
    [found] = report("interventionist_effect", tables_under(truth)).findings
    assert (found.direction, printed_estimate(found)) == (direction, verdict)


def test_what_is_not_above_zero_is_named() -> None:
    tables = tables_under("higher")
    frame = tables["models/interventionist_effect"]
    frame["verdict"] = "not_supported"
    frame.loc[frame["outcome"] == "referral", "above_zero"] = False
    [found] = report("interventionist_effect", tables).findings
    assert "not above 0 for referral (" in found.sentence


def test_without_rows_the_model_could_not_be_fitted() -> None:
    tables = tables_under("higher")
    tables["models/interventionist_effect"] = tables["models/interventionist_effect"].iloc[:0]
    [found] = report("interventionist_effect", tables).findings
    assert "the disposition model could not be fitted" in found.sentence
