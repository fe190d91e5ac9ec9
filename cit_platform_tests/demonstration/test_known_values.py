"""What is known of the demonstration city belongs to the city that is drawn."""

from dataclasses import replace
from datetime import date

import pytest

from cit_platform.demonstration import large_city_values
from cit_platform.demonstration.known_values import VERSION_FILE, calendar, read_truth, values_version
from cit_platform.sources.demo import large_city


def test_the_kept_values_are_those_of_the_city_that_is_drawn_now() -> None:
    assert VERSION_FILE.read_text().strip() == values_version(), "run `make truth`"


def test_every_headline_model_and_variant_has_values() -> None:
    truth = read_truth()
    assert list(truth.columns) == [
        *("model", "variant", "unit", "window_start", "window_end", "outcome", "term", "level", "value"),
        "causal_value",
    ]
    found = set(truth[["model", "variant"]].itertuples(index=False, name=None))
    assert found >= {
        *(("force", variant) for variant in ("published", "contact_level", "officer_clustered", "primary")),
        *(("disposition", variant) for variant in ("published", "officer_clustered", "primary", "any_of")),
    }
    assert truth["value"].notna().all()


def test_of_certification_alone_the_causal_value_is_kept() -> None:
    truth = read_truth()
    assert (truth["causal_value"].notna() == (truth["term"] == "cit_certified")).all()
    by_window = truth.dropna(subset="causal_value").groupby(["window_start", "window_end", "outcome", "variant"])
    assert (by_window["causal_value"].nunique() == 1).all()


def test_the_primary_estimate_tends_to_what_certification_does_and_the_published_one_does_not() -> None:
    """In the default city, whose records have every defect that the real prints show."""
    truth = read_truth().dropna(subset="causal_value")
    off = (truth["value"] - truth["causal_value"]).abs()
    dispositions = truth["model"] == "disposition"
    assert off[truth["variant"].isin(["primary", "any_of"])].max() < 0.04
    assert (off[dispositions & (truth["variant"] == "published")] > 0.02).all()
    assert off[dispositions & (truth["variant"] == "published")].max() > 0.08


def test_usable_quarters_of_the_large_city_begin_when_certification_is_joined() -> None:
    assert calendar().usable == (date(2016, 1, 1), date(2025, 12, 31))


@pytest.mark.parametrize("change", ["another city", "another question", "another role"])
def test_the_version_turns_with_what_is_drawn_and_asked_and_with_nothing_else(
    change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = values_version()
    if change == "another city":
        defaults = (large_city.TRUTH_CONTACTS, 1, large_city.CALENDAR)
        monkeypatch.setattr(large_city.large_city, "__defaults__", defaults)
    else:
        last = large_city_values.FORCE_SPECIFICATIONS[-1]
        other = replace(last, role="ladder") if change == "another role" else replace(last, terms=last.terms[:-1])
        scratch = (*large_city_values.FORCE_SPECIFICATIONS[:-1], other)
        monkeypatch.setattr(large_city_values, "FORCE_SPECIFICATIONS", scratch)
    assert (values_version() == before) == (change == "another role")
