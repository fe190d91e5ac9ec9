"""The city shows the rates of the reviewed calibration, in both codings, and speaks in real labels."""

from datetime import date
from functools import cache

import numpy as np
import pandas as pd
import pytest

from cit_platform.sources.demo.blocks import MARK43_START
from cit_platform.sources.demo.calibration import CALL_RISKS, DISPOSITION_GROUPS, Rate, calibration, rates
from cit_platform.sources.demo.city import CODINGS, Coding
from cit_platform_tests.sources.demo.cities import HISTORY_END, ROWS, full_city

LABEL_FIELDS = ("call_type", "initial_call_type", "final_call_type", "disposition", "precinct", "sector")
MISSING = {"2018": None, "2020": "-", "2022": "-", "2025": "-"}


# Traits of officers: whether a rare one occurs at all depends on few draws.
OFFICER_FIELDS = ("officer_race", "officer_gender", "officer_year_of_birth")
# Odds ratios, and weights against all contacts.
NO_SHARES = (
    *("force_by_watch", "watch_by_seniority", "dispatch_by_certification", "on_scene_effect", "effect_by_call"),
    *("career_curve", "confounding_shift"),
)
PLACES = ("north", "west", "east", "south", "southwest")


class City:
    """A snapshot, with what many comparisons of it share."""

    def __init__(self, coding: str) -> None:
        self.coding = coding
        self.frame = full_city(coding).astype("category")
        self.day = pd.to_datetime(full_city(coding)["reported_date"].str[:10])
        self.officer = pd.factorize(self.frame["officer_id"])[0]
        self.years = pd.to_numeric(full_city(coding)["officer_years_of_experience"])
        self.everyone = np.ones(len(self.frame), dtype=bool)

    def missing(self, field: str) -> np.ndarray:
        column = self.frame[field]
        if field == "reported_date":
            return (self.day.dt.year == 1900).to_numpy()
        return (column.isna() | (column == MISSING[self.coding])).to_numpy()

    def starts_with(self, field: str, text: str) -> np.ndarray:
        column = self.frame[field]
        return column.isin([label for label in column.cat.categories if label.startswith(text)]).to_numpy()

    def spelled_as(self, field: str, text: str) -> np.ndarray:
        column = self.frame[field]
        spellings = [label for label in column.cat.categories if label.casefold() == text.casefold()]
        return column.isin(spellings).to_numpy()

    def in_force(self, line: Rate) -> np.ndarray:
        if line.field == "reported_date":
            return self.everyone
        return self.day.between(str(line.start), str(line.end)).to_numpy()

    def base(self, line: Rate) -> np.ndarray:
        """Records of which the rate is a share."""
        field, among = line.field, line.among
        if field == "sector":
            return self.spelled_as("precinct", among)
        if field == "precinct" and among == "known":
            return np.logical_or.reduce([self.spelled_as(field, place) for place in PLACES])
        masks = {
            "": lambda: self.everyone,
            "call missing": lambda: self.missing("initial_call_type"),
            "call known": lambda: ~self.missing("initial_call_type"),
            "known": lambda: ~self.missing(field),
            "valid": lambda: self.years.between(0, 45).to_numpy(),
            "certified": lambda: (self.frame["cit_certified_indicator"] == "Y").to_numpy(),
        }
        return self.of_risk(among) if among in CALL_RISKS else masks[among]()

    def of_risk(self, risk: str) -> np.ndarray:
        """Records whose call type is of a risk; `unknown` where it is missing."""
        column, rates = self.frame["initial_call_type"], calibration(self.coding)
        labels = np.array(rates.vocabulary("initial_call_type"))[rates.call_risks() == CALL_RISKS.index(risk)]
        return self.missing("initial_call_type") if risk == "unknown" else column.isin(labels).to_numpy()

    def hit(self, line: Rate) -> np.ndarray:
        """Records that show the value."""
        named = {
            "missing": lambda: self.missing(line.field),
            "unknown": lambda: (self.years.isna() | (self.years == -1)).to_numpy(),
            "negative": lambda: (self.years < -1).to_numpy(dtype=bool),
            "above_45": lambda: (self.years > 45).to_numpy(dtype=bool),
            "unpadded": lambda: (
                self.frame["beat"]
                .isin([name for name in self.frame["beat"].cat.categories if len(name) == 2])
                .to_numpy()
            ),
        }
        if line.value in named:
            return named[line.value]()
        if line.field == "officer_years_of_experience":
            first, last = map(int, line.value.split("-"))
            return self.years.between(first, last).to_numpy(dtype=bool)
        if line.field in ("reported_time", "officer_year_of_birth"):
            return self.starts_with(line.field, line.value)
        return (self.frame[line.field] == line.value).to_numpy()


@cache
def city_of(coding: str) -> City:
    return City(coding)


def clustered_error(hit: np.ndarray, officer: np.ndarray) -> float:
    """Officer-clustered standard error of a share."""
    sums = np.bincount(officer, hit - hit.mean())
    clusters = np.count_nonzero(np.bincount(officer))
    return float(np.sqrt((sums**2).sum() * clusters / (clusters - 1)) / len(hit))


def expected_error(line: Rate, officer: np.ndarray) -> float:
    """Standard error that the calibrated rate itself gives: a value hardly seen says little of its own error."""
    sizes = np.bincount(officer) if line.field in OFFICER_FIELDS else np.ones(len(officer))
    return float(np.sqrt(line.rate * (1 - line.rate) * (sizes**2).sum()) / len(officer))


def deviations(city: City) -> tuple[int, list[tuple[object, ...]]]:
    """Number of lines compared, and those off by over 10 % and over 3.3 standard errors."""
    off: list[tuple[object, ...]] = []
    lines = [
        line
        for line in rates()
        if line.of(city.coding)
        and line.field in city.frame.columns
        and line.value != "wrong"
        # A clock of 12 hours does not tell them.
        and not (city.coding == "2022" and line.field == "reported_time")
        and line.start <= HISTORY_END
    ]
    for line in lines:
        base = city.base(line) & city.in_force(line)
        hit, officer = city.hit(line)[base].astype(float), city.officer[base]
        assert len(hit), line
        error = max(clustered_error(hit, officer), expected_error(line, officer))
        if abs(hit.mean() - line.rate) > max(0.10 * line.rate, 3.3 * error):
            off.append((line.field, line.value, line.among, str(line.start), line.rate, hit.mean(), error))
    return len(lines), off


@pytest.mark.parametrize("coding", CODINGS)
def test_marginals_follow_the_calibration(coding: str) -> None:
    compared, off = deviations(city_of(coding))
    assert compared > 200
    assert not off, "\n".join(map(str, off))


def test_a_wrong_marginal_is_found() -> None:
    city = City("2020")
    spoiled = city.frame["disposition"].astype(object).replace("Chronic Complaint", "Resources Declined")
    city.frame = city.frame[["disposition"]].assign(disposition=spoiled.astype("category"))
    _, off = deviations(city)
    assert {(field, value) for field, value, *_ in off} == {
        ("disposition", "Chronic Complaint"),
        ("disposition", "Resources Declined"),
    }


@pytest.mark.parametrize("coding", CODINGS)
def test_overall_shape(coding: str) -> None:
    frame = full_city(coding)
    assert 0.015 < (frame["use_of_force_indicator"] == "Y").mean() < 0.0185
    assert 800 < frame["officer_id"].nunique() < 1_200
    assert frame["officer_id"].value_counts().iloc[0] / len(frame) < 0.03


@pytest.mark.parametrize("coding", CODINGS)
def test_rows_per_day_follow_the_calibration(coding: Coding) -> None:
    day = city_of(coding).day
    lines = [line for line in calibration(coding).lines("records_per_day") if line.start <= HISTORY_END]
    expected = np.array([line.rate * ((min(line.end, HISTORY_END) - line.start).days + 1) for line in lines])
    seen = np.array([day.between(str(line.start), str(line.end)).sum() for line in lines])
    assert seen == pytest.approx(expected / expected.sum() * ROWS, rel=0.02)


def test_dispositions_per_contact() -> None:
    frame = full_city("2020")
    is_mark43 = frame["template_id"].astype("int64") > 2**31
    mark43, legacy = frame[is_mark43], frame[~is_mark43]
    assert mark43.groupby("template_id")["disposition"].nunique().mean() == pytest.approx(1.40, rel=0.10)
    assert legacy.groupby("template_id")["disposition"].nunique().max() == 1
    legacy_2018 = full_city("2018")
    legacy_2018 = legacy_2018[legacy_2018["template_id"].astype("int64") < 2**31]
    assert len(legacy_2018) / legacy_2018["template_id"].nunique() == pytest.approx(48_951 / 40_301, rel=0.05)
    assert frame.groupby("template_id")["disposition"].nunique().max() <= 6
    for coding in ("2022", "2025"):
        printed = full_city(coding)
        is_mark43 = printed["template_id"].astype("int64") > 2**31
        assert is_mark43.sum() / printed["template_id"][is_mark43].nunique() == pytest.approx(1.031, abs=0.003)
        assert printed[~is_mark43].groupby("template_id")["disposition"].nunique().max() == 1


# What the fact sheet counts in the bulk CSV of 2025-04-12 of 99,558 rows: records since 2015-05-15.
BULK_END, BULK_ROWS, BULK_WITH_CALL = "2025-04-12", 99_558, 99_558 - 5_420
BULK = {
    ("initial_call_type", "-"): 5_420 / BULK_ROWS,
    ("initial_call_type", "SUICIDE - CRITICAL"): 17_587 / BULK_ROWS,
    ("initial_call_type", "DISTURBANCE"): 8_371 / BULK_ROWS,
    ("initial_call_type", "SUSPICIOUS PERSON, VEHICLE, OR INCIDENT"): 3_542 / BULK_ROWS,
    ("initial_call_type", "PERSON IN BEHAVIORAL/EMOTIONAL CRISIS"): 18_559 / BULK_ROWS,
    ("disposition", "Emergent Detention / ITA"): 31_525 / 97_788,
    ("disposition", "No Action Possible / Necessary"): 21_653 / 97_788,
    ("disposition", "Voluntary Committal"): 6_695 / 97_788,
    ("disposition", "Resources Offered / Declined"): 5_720 / 97_788,
    ("disposition", "Chronic Complaint"): 5_381 / 97_788,
    ("disposition", "Resources Declined"): 3_941 / 97_788,
    ("disposition", "Arrested (requires arrest report)"): 3_602 / 97_788,
    ("disposition", "Subject Arrested"): 3_602 / 97_788,
    ("disposition", "MCT (Mobile Crisis Team)"): 2_458 / 97_788,
    ("disposition", "Unable to Contact"): 2_373 / 97_788,
    ("disposition", "-"): 1_610 / 97_788,
    ("disposition", "CARE Referral"): 130 / 97_788,
}
BULK_PER_YEAR = {
    **{2015: 6_016, 2016: 9_393, 2017: 10_235, 2018: 11_452, 2019: 10_395, 2020: 9_772},
    **{2021: 10_871, 2022: 10_382, 2023: 10_158, 2024: 8_564, 2025: 2_320},
}


@pytest.mark.parametrize(("field", "label"), BULK)
def test_the_default_city_has_the_shares_of_the_bulk_csv_of_2025(field: str, label: str) -> None:
    city = city_of("2025")
    printed = (city.day <= BULK_END).to_numpy()
    hit, officer = (city.frame[field] == label).to_numpy()[printed].astype(float), city.officer[printed]
    expected = BULK[field, label]
    error = max(clustered_error(hit, officer), np.sqrt(expected * (1 - expected) / len(hit)))
    assert abs(hit.mean() - expected) <= max(0.10 * expected, 3.3 * error)


def test_the_default_city_has_the_rows_per_year_of_the_bulk_csv_of_2025() -> None:
    city = city_of("2025")
    years = city.day[city.day <= BULK_END].dt.year.value_counts(normalize=True)
    for year, rows in BULK_PER_YEAR.items():
        assert years[year] == pytest.approx(rows / BULK_ROWS, rel=0.05), year


@pytest.mark.parametrize("coding", CODINGS)
def test_every_label_is_of_the_calibration_and_every_current_one_is_used(coding: str) -> None:
    city = city_of(coding)
    for field in ("call_type", "initial_call_type", "final_call_type", "disposition"):
        seen = set(city.frame[field][~city.missing(field)])
        assert seen <= set(calibration(coding).vocabulary(field))
        assert len(seen) > 0.8 * len(calibration(coding).vocabulary(field))


def test_shares_of_each_label_set_sum_to_one() -> None:
    for coding in CODINGS:
        for day in (date(2015, 5, 15), MARK43_START, date(2025, 1, 1)):
            for field in LABEL_FIELDS:
                lines = calibration(coding).lines(field, day)
                for among in {line.among for line in lines} - {"", "call known", "call missing"}:
                    total = sum(line.rate for line in lines if line.among == among)
                    assert total == pytest.approx(1.0, abs=2e-3), (coding, day, field, among)


def test_every_line_names_its_source_and_levels_that_exist() -> None:
    for line in rates():
        assert line.source
        assert line.start <= line.end
        assert 0 <= line.rate <= 1 or line.field == "records_per_day" or line.field in NO_SHARES
        if line.field == "initial_call_type" and line.among == "known":
            assert line.call_risk in CALL_RISKS
        if line.field == "disposition" and line.among == "known":
            assert line.disposition_group in DISPOSITION_GROUPS
