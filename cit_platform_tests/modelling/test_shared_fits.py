"""Fits that several studies share: the numbers of a fit alone, anew for other tables, no more than memory holds."""

from dataclasses import replace
from datetime import timedelta

import pandas as pd
import pytest

from cit_platform.modelling import estimation
from cit_platform.modelling.estimation import Estimation, estimate, estimate_together, prepare
from cit_platform.modelling.features import Features
from cit_platform.modelling.shared_fits import SharedFits
from cit_platform.modelling.specification import variant_of
from cit_platform.modelling.tidy import tidy_rows
from cit_platform.modelling.windows import Windows
from cit_platform.studies.force import FORCE_SPECIFICATIONS, PRIMARY
from cit_platform_tests.studies.city import WINDOWS

CLUSTERED = variant_of(FORCE_SPECIFICATIONS, "officer_clustered")


@pytest.fixture
def shared(features: Features, monkeypatch: pytest.MonkeyPatch) -> Features:
    """The city as if it lay in a file, with nothing asked of it yet."""
    monkeypatch.setattr(estimation, "SHARED_FITS", SharedFits(1_000_000))
    return replace(features, files=("a file",))


def rows_of(found: Estimation) -> pd.DataFrame:
    return pd.DataFrame(tidy_rows(found, "seattle"))


def test_a_shared_fit_is_the_fit_under_the_name_that_asks(features: Features, shared: Features) -> None:
    first = estimate(CLUSTERED, shared, WINDOWS)
    again = estimate(replace(CLUSTERED, variant="again", role="sensitivity", step=None), shared, WINDOWS)
    assert again.fit is first.fit
    assert again.specification.variant == "again"
    pd.testing.assert_frame_equal(rows_of(first), rows_of(estimate(CLUSTERED, features, WINDOWS)))


def test_steps_fitted_together_take_what_was_fitted_alone(features: Features, shared: Features) -> None:
    alone = estimate(PRIMARY, shared, WINDOWS)
    together = estimate_together([CLUSTERED, PRIMARY], shared, WINDOWS)
    assert together[1].fit is alone.fit
    for found, expected in zip(together, estimate_together([CLUSTERED, PRIMARY], features, WINDOWS), strict=True):
        pd.testing.assert_frame_equal(rows_of(found), rows_of(expected))


def test_other_files_dates_or_questions_are_fitted_anew(shared: Features) -> None:
    found = estimate(CLUSTERED, shared, WINDOWS)
    assert estimate(CLUSTERED, replace(shared, files=("another file",)), WINDOWS).fit is not found.fit
    shorter = Windows((WINDOWS.all[0], WINDOWS.all[1] - timedelta(days=100)), WINDOWS.usable)
    assert estimate(CLUSTERED, shared, shorter).n_contacts < found.n_contacts
    assert estimate(replace(CLUSTERED, correction="CV3"), shared, WINDOWS).fit is not found.fit


def test_tables_in_memory_share_nothing(features: Features) -> None:
    assert prepare(CLUSTERED, features, WINDOWS).patterns is not prepare(CLUSTERED, features, WINDOWS).patterns


def test_what_was_asked_longest_ago_goes_first() -> None:
    memory, made = SharedFits(most_rows=10), list[str]()

    def ask(key: str, rows: int) -> None:
        memory.get(key, lambda: made.append(key) or key, lambda _: rows)

    for key in ("a", "b", "a", "c", "a", "b"):
        ask(key, 4)
    assert made == ["a", "b", "c", "b"]
    ask("more than all", 11)
    ask("more than all", 11)
    assert made.count("more than all") == 2
