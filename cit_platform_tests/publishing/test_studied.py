"""The topics on the tables of the real studies: whatever a study writes, the page can read and says no other side.

Six truths are known beforehand: less force and more of it, no difference with power to see one and without, a huge one,
and a city where nothing can be estimated. Every sentence is read by one who knows.
"""

import re
from functools import cache

import pytest

from cit_platform.contracts import TABLES
from cit_platform.publishing.parts.finding import Finding, direction_of
from cit_platform_tests.publishing import modelled, studied
from cit_platform_tests.publishing.conftest import DEMO, REAL, reports
from cit_platform_tests.publishing.frames import quality_tables
from cit_platform_tests.publishing.language import banned_words
from cit_platform_tests.publishing.modelled import models

SIDES = {"lower": "lower", "higher": "higher", "unclear": "no clear association", "cannot": "cannot be estimated"}
DECIDED = {"lower": "contradicted", "higher": "supported", "unclear": "undecided", "cannot": "cannot be estimated"}


@pytest.mark.parametrize("truth", SIDES)
def test_the_page_says_what_the_studies_found(truth: str) -> None:
    tables = studied.models(truth) | quality_tables()
    found = {key.key: key for report in reports(tables, REAL).values() for key in report.findings}
    assert found["force_odds_ratio"].direction == found["force_per_thousand"].direction == SIDES[truth]
    assert found["interventionist_effect"].words.startswith(DECIDED[truth])
    assert not [text for finding in found.values() if (text := banned_words(finding.sentence))]
    assert reports(tables, DEMO)["replication"].findings[0].key == "replication"


def test_the_made_up_tables_have_the_columns_and_roles_of_the_real_ones() -> None:
    real, made_up = studied.models("lower"), models("lower")
    assert set(real) == set(made_up) == {path for path, table in TABLES.items() if table.schema == "models"}
    for path, frame in made_up.items():
        assert list(frame.columns) == list(real[path].columns), path
    for path in ("models/force", "models/disposition"):
        kept = made_up[path][["variant", "role", "step", "unit", "correction"]].drop_duplicates()
        theirs = real[path][["variant", "role", "step", "unit", "correction"]].drop_duplicates()
        assert set(map(str, kept.to_numpy().tolist())) <= set(map(str, theirs.to_numpy().tolist())), path
    for path, name in (("models/situation", "level"), ("models/interventionist_effect", "measure")):
        assert set(made_up[path][name]) == set(real[path][name]), path


LESS, MORE, NONE, UNSEEN, HUGE, NOTHING = "less", "more", "none with power", "none without power", "huge", "nothing"
# The city of each truth; power to see a difference takes more contacts than are drawn here, and is made up.
CITIES = {
    **{LESS: (studied.models, "lower"), MORE: (studied.models, "higher"), NONE: (modelled.models, "unclear")},
    **{UNSEEN: (studied.models, "powerless"), HUGE: (studied.models, "huge"), NOTHING: (studied.models, "cannot")},
}
# What is said of certification where there is less, and where there is more.
SAID = {
    "force_odds_ratio": ("certified officers mention force less often", "certified officers mention force more often"),
    "overlap_difference": ("fewer contacts with force", "more contacts with force"),
    "primary_force": ("fewer contacts with force", "more contacts with force"),
    "primary_arrest": ("fewer contacts with arrest", "more contacts with arrest"),
    "primary_emergent_detention": ("fewer contacts with emergent", "more contacts with emergent"),
    "primary_referral": ("fewer contacts with referral", "more contacts with referral"),
    "interventionist_effect": ("contradict the published claim", "support the published claim"),
    "interventionist_effect_in_contacts": ("contradict the published claim", "support the published claim"),
}
each_city = pytest.mark.parametrize("truth", CITIES)


@cache
def read(truth: str) -> tuple[Finding, ...]:
    models_of, name = CITIES[truth]
    found = reports(models_of(name) | quality_tables(), REAL)
    return tuple(finding for report in found.values() for finding in report.findings)


@each_city
def test_the_side_of_every_number_is_that_of_its_interval_and_of_its_words(truth: str) -> None:
    for finding in read(truth):
        if finding.low is None or finding.high is None or finding.unit not in ("odds ratio", "risk difference"):
            continue
        side = direction_of(finding.low, finding.high, 1.0 if finding.unit == "odds ratio" else 0.0)
        assert finding.direction in (side, "note"), finding.sentence
        assert finding.low <= (finding.estimate or finding.low) <= finding.high, finding.sentence


@each_city
def test_no_sentence_says_the_other_side(truth: str) -> None:
    for finding in read(truth):
        less, more = SAID.get(finding.key, ("", ""))
        if less and truth in (LESS, NONE, NOTHING):
            assert more not in finding.sentence
        if less and truth in (MORE, HUGE, NONE, NOTHING):
            assert less not in finding.sentence
        if truth in (LESS, MORE, HUGE) and finding.unit in ("odds ratio", "risk difference"):
            assert finding.direction != ("higher" if truth == LESS else "lower"), finding.sentence


@pytest.mark.parametrize(("truth", "place"), [(LESS, 0), (MORE, 1), (HUGE, 1)])
def test_what_is_there_is_said(truth: str, place: int) -> None:
    by_key = {finding.key: finding for finding in read(truth)}
    silent = [key for key, said in SAID.items() if said[place] not in by_key[key].sentence]
    assert silent == []
    both = r"about ([\d.]+) written up by certified officers and ([\d.]+) by others"
    [(certified, others)] = re.findall(both, by_key["force_per_thousand"].sentence)
    assert (float(certified) < float(others)) == (truth == LESS)


def test_where_there_is_none_the_page_says_what_it_could_have_seen() -> None:
    clear = [finding.key for finding in read(NONE) if finding.direction in ("lower", "higher")]
    assert clear == []
    for finding in read(NONE):
        if finding.direction == "no clear association" and not finding.key.startswith("replication"):
            assert "we would usually have noticed" in finding.sentence, finding.sentence
        assert not re.search(r"(?<!side of )no (difference|association)\b|not associated|the same as", finding.sentence)


def test_without_power_an_estimate_is_kept_back_or_its_blindness_is_said() -> None:
    by_key = {finding.key: finding for finding in read(UNSEEN)}
    for key in ("force_per_thousand", "force_odds_ratio", "primary_force", "ladder", "choices"):
        assert by_key[key].direction == "cannot be estimated"
        assert "kept off the page by a gate of the protocol" in by_key[key].sentence
    # Nor does another study print what the gate keeps back.
    gated = [by_key[key].sentence for key in ("what_may_be_alike", "unrecorded_trait", "unrecorded_contacts")]
    assert [sentence for sentence in gated if "kept off the page" not in sentence] == []
    blind = re.search(r"noticed a difference of ([\d.]+) in 1,000", by_key["emergent_detention_per_thousand"].sentence)
    assert blind is not None
    assert float(blind.group(1)) > 50


def test_a_huge_number_is_printed_as_one() -> None:
    for finding in read(HUGE):
        assert not re.search(r"\b(nan|inf)\b|\de[+-]\d", finding.sentence), finding.sentence
        per_thousand = re.findall(r"([\d,]+(?:\.\d+)?) in 1,000", finding.sentence)
        assert all(float(number.replace(",", "")) <= 1000 for number in per_thousand), finding.sentence
    assert "not even in all of those of certified officers" in next(
        finding.sentence for finding in read(HUGE) if finding.key == "unrecorded_trait"
    )


def test_where_nothing_can_be_estimated_every_answer_says_so_and_why() -> None:
    for finding in read(NOTHING):
        if finding.key in SAID or finding.key.endswith("_per_thousand"):
            assert finding.direction == "cannot be estimated", finding.sentence
            assert re.search(r"cannot be estimated( from these data)?: \w{3,}", finding.sentence), finding.sentence
            assert finding.estimate is None


@each_city
def test_every_sentence_is_one_that_a_page_may_print(truth: str) -> None:
    for finding in read(truth):
        assert banned_words(finding.sentence) == []
        assert finding.sentence.rstrip().endswith("."), finding.sentence
        assert "  " not in finding.sentence
        assert not re.search(r"\bnan\b|\bNone\b(?! yet)|\{|\}|--", finding.sentence), finding.sentence
