"""Clusters in words: how many times as wide, whether the answer depends on it, and what cannot be computed."""

import math

from cit_platform.inference.verdict import Kind, Verdict
from cit_platform.modelling.features import feature_frames
from cit_platform.modelling.tidy import reason_columns
from cit_platform.publishing.parts.finding import Finding
from cit_platform.publishing.parts.rows import plain_rows
from cit_platform.publishing.topics.dependence import clusterings_table
from cit_platform.studies.dependence import dependence
from cit_platform_tests.publishing.conftest import Tables, report, tables_under
from cit_platform_tests.studies.city import NOTHING_OFF, WINDOWS
from cit_platform_tests.studies.test_dependence import squads

DEPENDENCE = "models/dependence"


def finding(tables: Tables) -> Finding:
    [found] = report("dependence", tables).findings
    return found


def test_it_says_how_many_times_as_wide_each_interval_is() -> None:
    found = finding(tables_under("lower"))
    assert "by squad 1.21 times as wide, by incident 0.94 times as wide and by officer and incident about as wide" in (
        found.sentence
    )
    assert "as if from 412 of the 1,021 officers" in found.sentence
    assert found.sentence.endswith("stays the same.")
    assert found.words == "up to 1.21 times as wide, by squad"


def test_it_says_where_the_answer_depends_on_the_clustering() -> None:
    tables = tables_under("lower")
    rows = tables[DEPENDENCE]
    rows.loc[(rows["clustering"] == "squad") & (rows["outcome"] == "force"), "conf_high"] = 1.02
    assert "The answer depends on it: by squad the interval" in finding(tables).sentence


def test_squads_that_are_alike_make_the_page_say_so() -> None:
    tables = tables_under("lower")
    contacts = squads()
    tables[DEPENDENCE] = dependence(feature_frames(contacts.iloc[:0], contacts), "seattle", WINDOWS, NOTHING_OFF)
    widths = tables[DEPENDENCE].set_index(["outcome", "clustering"])["interval_ratio"]
    assert f"by squad {widths['force', 'squad']:.2f} times as wide" in finding(tables).sentence


def test_what_cannot_be_computed_is_said_with_its_reason() -> None:
    tables = tables_under("lower")
    rows = tables[DEPENDENCE]
    few = reason_columns(Verdict(Kind.TOO_FEW_CLUSTERS, {"n_clusters": 20, "n_coefficients": 38}))
    squad = rows["clustering"] == "squad"
    rows.loc[squad, ["odds_ratio", "conf_low", "conf_high", "interval_ratio"]] = math.nan
    rows.loc[squad, "converged"] = False
    for name, value in few.items():
        rows.loc[squad, name] = value
    assert "By squad it cannot be computed: too few clusters: 20 clusters for 38" in finding(tables).sentence
    table = clusterings_table(plain_rows(rows))
    assert {len(cells) for cells in table.rows} == {len(table.header)}
    assert [cells[2] for cells in table.rows if cells[1] == "by squad"] == ["too few clusters"] * 4


def test_without_an_estimate_it_says_why() -> None:
    found = finding(tables_under("cannot"))
    assert found.direction == "cannot be estimated"
    assert "all 4000 rows are no force" in found.sentence
