"""What several agencies say together, in words, chart and table: made of estimates, without a home."""

from __future__ import annotations

import csv
import io
import math
import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cit_platform.publishing.parts.finding import Sizes
from cit_platform.publishing.pooled import AgencyEstimate, PooledReport, PoolError, pooled_report, write_folder
from cit_platform.publishing.pooled.agencies import Estimate
from cit_platform.publishing.pooled.folder import page_text, table_text
from cit_platform_tests.publishing.language import banned_words
from cit_platform_tests.publishing.test_accessibility import BEYOND_THE_PAGE, Opened, axe, opened, violations
from cit_platform_tests.publishing.test_page_in_browser import browser

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["axe", "browser", "opened"]
Z = 1.959964


def estimate(value: float, error: float) -> Estimate:
    return Estimate(value, error, value - Z * error, value + Z * error)


def report(odds_ratios: Sequence[float], error: float = 0.1, demonstration: bool = False) -> PooledReport:
    return pooled_report(
        [
            AgencyEstimate(
                agency=f"agency{number}",
                name=f"Town {number}",
                home=Path(f"/homes/{number}"),
                edition=f"2026-11-0{number}T0300-0123abcd",
                as_of=date(2026, 11, number),
                demonstration=demonstration,
                window=(date(2016, 1, 1), date(2026, 10, 31)),
                log_odds_ratio=estimate(math.log(ratio), error),
                risk_difference=estimate(0.01 * math.log(ratio), 0.01 * error),
                sizes=Sizes(1_000 * number, 20 * number, 100),
                terms=frozenset({"cit_certified", "year"}),
                protocol="0" * 64,
                folder=Path(f"/homes/{number}/published/latest"),
            )
            for number, ratio in enumerate(odds_ratios, start=1)
        ]
    )


def rows(found: PooledReport) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table_text(found))))


@pytest.mark.parametrize(
    ("odds_ratios", "said"),
    [
        ((0.6, 0.62, 0.58, 0.66, 0.63), "is associated with lower odds that a report mentions force: odds ratio 0.62"),
        ((1.6, 1.7, 1.5, 1.8, 1.6), "is associated with higher odds that a report mentions force: odds ratio 1.64"),
        ((0.6, 1.7, 0.8, 1.4, 1.0), "with neither clearly lower nor clearly higher odds that a report mentions force"),
    ],
)
def test_the_side_is_that_of_the_interval(odds_ratios: Sequence[float], said: str) -> None:
    answer = report(odds_ratios).paragraphs[0]
    assert said in answer
    assert ("which includes 1" in answer) == ("neither" in said)
    assert "compared with contacts reported by an officer without certification; n = 15,000 contacts" in answer
    assert "300 of them with force, 5 agencies." in answer
    assert "standard errors" not in answer


@pytest.mark.parametrize("odds_ratios", [(0.8, 1.1), (0.6, 1.7, 0.8), (0.6, 0.62, 0.58, 0.66, 0.63), (0.02, 40.0)])
def test_no_word_names_a_cause_and_every_number_has_its_interval(odds_ratios: Sequence[float]) -> None:
    found = report(odds_ratios)
    assert banned_words(" ".join(found.paragraphs)) == []
    for row in rows(found):
        assert float(row["conf_low"]) <= float(row["estimate"]) <= float(row["conf_high"])
        assert row["reference"]
        assert int(row["n_contacts"]) > 0
    assert "nan" not in page_text(found) + table_text(found)


def test_words_of_the_share_are_those_of_its_limits() -> None:
    assert ": anything from little to a high share of the variance of these 3 estimates" in _apart((0.6, 1.7, 0.8), 0.3)
    assert ": a high share of the variance of these 6 estimates" in _apart((0.2, 1.7, 0.3, 2.0, 0.4, 3.0), 0.05)


def _apart(odds_ratios: Sequence[float], error: float) -> str:
    return next(words for words in report(odds_ratios, error).paragraphs if words.startswith("How far agencies differ"))


def test_a_spread_without_an_interval_is_not_given() -> None:
    """Two estimates that are equal lie closer together than chance leaves them, and no value of the spread agrees."""
    found = report((0.9, 0.9))
    assert any("is not given: their odds ratios lie closer together" in words for words in found.paragraphs)
    assert not any("I²" in words for words in found.paragraphs)
    assert {row["part"] for row in rows(found)} == {"agency", "mean"}


def test_a_further_agency_takes_three() -> None:
    assert "cannot be said from two agencies" in " ".join(report((0.8, 1.1)).paragraphs)
    assert "One further agency" not in page_text(report((0.8, 1.1)))
    assert "One further agency" in page_text(report((0.8, 1.1, 0.9)))


def test_demonstrations_have_a_banner_on_page_and_chart() -> None:
    assert "emonstration" not in page_text(report((0.8, 1.1)))
    page = page_text(report((0.8, 1.1), demonstration=True))
    assert page.count("Demonstration data: synthetic records of Town 1 and Town 2, not findings about any agency.") == 2
    assert "Town 1, demonstration" in page


def test_the_page_reads_no_other_file_and_is_the_same_every_time() -> None:
    page = page_text(report((0.8, 1.1, 0.9)))
    assert not re.search(r"<script|<link|src=|url\(|@import", page)
    assert page == page_text(report((0.8, 1.1, 0.9)))


def test_a_name_is_text_and_no_markup_or_formula() -> None:
    found = report((0.8, 1.1))
    hostile = [type(found.agencies[0])(**{**vars(found.agencies[0]), "name": "=<b>Town"}), found.agencies[1]]
    spoilt = pooled_report(hostile)
    assert "<b>Town" not in page_text(spoilt)
    assert "'=<b>Town" in table_text(spoilt)


def test_a_folder_of_a_home_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(PoolError, match="homes are only read"):
        write_folder(report((0.8, 1.1)), Path("/homes/1/out"))
    page, table = write_folder(report((0.8, 1.1)), tmp_path / "a" / "b")
    assert (page.name, table.name) == ("pooled.html", "pooled.csv")


@pytest.mark.browser
def test_the_page_needs_no_script_and_is_accessible(tmp_path: Path, opened: Opened, axe: str) -> None:
    page, _ = write_folder(report((0.8, 1.1, 0.9), demonstration=True), tmp_path)
    for scheme in ("light", "dark"):
        seen = opened(page.as_uri(), width=390, color_scheme=scheme)
        assert violations(seen, axe) == []
        assert seen.evaluate(BEYOND_THE_PAGE) == []
    still = opened(page.as_uri(), java_script_enabled=False)
    assert still.get_by_text("0.80 (0.66 to 0.97)").is_visible()
