"""Every study with its topic on the real rows at hand and on cities that cannot answer: each says what, and why."""

import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from cit_platform.contracts import TABLES
from cit_platform.modelling.exposure import exposure_of
from cit_platform.modelling.features import Features, feature_frames
from cit_platform.modelling.windows import Windows, windows_of
from cit_platform.publishing.parts.topic import Report
from cit_platform.sources.file import FileSource
from cit_platform.transforms import read_sql
from cit_platform_tests.conftest import SAMPLE, missing
from cit_platform_tests.publishing import frames, studied
from cit_platform_tests.publishing.conftest import REAL, TOPICS, reports
from cit_platform_tests.publishing.language import banned_words
from cit_platform_tests.studies.city import WINDOW, WINDOWS, Truth, contacts_of, left_out_of, records_of
from cit_platform_tests.transforms.engine import CONTRADICTORY, computed, connected

Asked = tuple[dict[str, pd.DataFrame], dict[str, Report]]


def two_officers(contacts: pd.DataFrame) -> pd.DataFrame:
    return contacts.assign(officer_key=np.where(contacts["cit_certified"] == 1, "A", "B"))


def one_year(contacts: pd.DataFrame) -> pd.DataFrame:
    kept = contacts[contacts["year"] == 2021]
    return kept.reset_index(drop=True)


# In none of them does an officer become certified.
CITIES: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "one precinct": lambda contacts: contacts.assign(precinct="North", beat="N1"),
    "one year": one_year,
    "two officers": two_officers,
    "nobody certified": lambda contacts: contacts.assign(cit_certified=np.int32(0)),
}


def generated(change: Callable[[pd.DataFrame], pd.DataFrame]) -> tuple[Features, Windows]:
    contacts = change(contacts_of(2_500, Truth(force_intercept=-2.2, officers=160), seed=5))
    return feature_frames(records_of(contacts, seed=6), contacts, others=left_out_of(contacts, 60)), WINDOWS


def real() -> tuple[Features, Windows]:
    """The real rows, from the file to the features, and the quarters in which their certification is usable."""
    if not SAMPLE.is_file():
        missing(f"the real sample is not at {SAMPLE}")
    connection = connected()
    with tempfile.TemporaryDirectory() as folder:
        snapshot = FileSource(SAMPLE).fetch(Path(folder))
        computed(connection, pq.read_table(snapshot.records), CONTRADICTORY, date(2026, 11, 20))
    columns = ", ".join(f"cast(null as integer) as {column.name}" for column in TABLES["raw/comparisons"].columns)
    connection.execute(f"create table raw.comparisons as select {columns} limit 0")
    features = Features(connection)
    counts = pd.DataFrame(features.select(read_sql("quality/exposure_counts"), {}))
    return features, windows_of(exposure_of(counts), (WINDOW[0], date(2026, 11, 20)))


@pytest.fixture(scope="module", params=["real rows", *CITIES])
def city(request: pytest.FixtureRequest) -> tuple[str, Asked]:
    features, windows = real() if request.param == "real rows" else generated(CITIES[request.param])
    tables = studied.every_study(features, windows)
    return request.param, (tables, reports(tables | frames.quality_tables(), REAL))


def test_every_table_has_its_columns_and_says_why_a_number_is_missing(city: tuple[str, Asked]) -> None:
    _, (tables, _) = city
    for path, frame in tables.items():
        assert tuple(frame.columns) == TABLES[path].column_names, path
        if {"converged", "reason"} <= set(frame.columns):
            silent = frame[~frame["converged"].astype(bool) & (frame["reason"].fillna("") == "")]
            assert silent.empty, (path, silent.head(3).to_dict("records"))


def test_every_topic_speaks_in_words_and_takes_no_side_without_a_number(city: tuple[str, Asked]) -> None:
    _, (_, said) = city
    assert set(said) == set(TOPICS)
    for name, report in said.items():
        for finding in report.findings:
            assert not [
                word for word in ("nan", "inf ", "null", "no reason was recorded") if word in finding.sentence
            ], finding.sentence
            assert banned_words(finding.sentence) == [], finding.sentence
            if finding.direction in ("lower", "higher", "no clear association") and finding.unit != "verdict":
                assert finding.estimate is not None, (name, finding.sentence)
            if finding.direction == "cannot be estimated":
                assert finding.estimate is None
                assert "cannot be estimated" in finding.sentence


SWITCHERS = ("templates_per_month", "force_per_month", "force_per_contact", "force_per_month_fading")
OF_CERTIFICATION = (
    *("force_odds_ratio", "force_per_thousand", "arrest_per_thousand", "primary_force", "primary_referral", "ladder"),
    *("interventionist_effect", "overlap_difference", "force_violent_beside_other", "force_over_calls"),
    *("what_may_be_alike", "unrecorded_trait", "unrecorded_contacts", "bounds", "scene_reading", "negative_controls"),
    *("certified_colleagues", "certification_by_year", "design_effect"),
)
# What a city says of these, in words that only this city gives.
SAYS = {
    "real rows": {key: "too few events" for key in OF_CERTIFICATION if key != "negative_controls"},
    "two officers": {
        **dict.fromkeys(("force_odds_ratio", "what_may_be_alike", "design_effect", "ladder"), "are of one cluster"),
        **dict.fromkeys(("bounds", "force_over_the_years"), "fewer than 10 officers"),
        **dict.fromkeys(("response", "harder_calls", "overlap_difference"), "given by few officers"),
    },
    "nobody certified": {
        **dict.fromkeys(("force_odds_ratio", "primary_force"), "CIT certification is constant"),
        "certification_by_year": "CIT certification is constant",
        **dict.fromkeys(("harder_calls", "overlap_difference"), "no group of rows holds both"),
        "bounds": "only one of the two arms has contacts",
    },
    "one precinct": {"force_by_precinct": "no two precincts"},
    "one year": {
        # The gates of the protocol keep the estimate off; and so everything that is made from it.
        **dict.fromkeys(("force_odds_ratio", "primary_force", "ladder"), "kept off the page by a gate of the protocol"),
        **dict.fromkeys(("what_may_be_alike", "unrecorded_trait", "scene_reading"), "kept off the page by a gate"),
        "force_over_the_years": "in 1 year",
    },
}


def test_what_cannot_be_answered_is_said_by_name_with_its_reason(city: tuple[str, Asked]) -> None:
    name, (_, said) = city
    found = {finding.key: finding for report in said.values() for finding in report.findings}
    for key in SWITCHERS:
        assert found[key].direction == "cannot be estimated", key
        assert "too few changes: fewer than 10 are seen both before and after theirs" in found[key].sentence
    if name in ("real rows", "two officers", "nobody certified"):
        assert {key for key in OF_CERTIFICATION if found[key].direction != "cannot be estimated"} == set()
    assert "the same officers before and after certification" in found["feasibility"].sentence
    for key, words in SAYS.get(name, {}).items():
        assert words in found[key].sentence, (key, found[key].sentence)
