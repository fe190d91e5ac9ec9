"""The situation: plain risks by kind of call, named by what is sure, and no predictor first by chance."""

from cit_platform.publishing.parts.finding import Finding
from cit_platform.publishing.topics.situation import FORCE, risks_table, strength_table
from cit_platform_tests.publishing.conftest import Tables, report, tables_under


def finding(tables: Tables) -> Finding:
    [found] = report("situation", tables).findings
    assert found.key == FORCE
    return found


def call(tables: Tables, level: str, **numbers: float) -> Tables:
    """The tables with other numbers for one kind of call."""
    frame = tables["models/situation"]
    frame.loc[(frame["term"] == "call_risk") & (frame["level"] == level), list(numbers)] = list(numbers.values())
    return tables


def test_the_calls_that_are_surely_far_apart_are_named() -> None:
    sentence = finding(tables_under("unclear")).sentence
    assert sentence.startswith(
        "Force is rare, and how rare depends above all on the call: 41 in 1,000 violent calls, 6 in"
    )
    swapped = call(tables_under("unclear"), "suicide", risk=0.09, risk_conf_low=0.08, risk_conf_high=0.1)
    assert "90 in 1,000 calls about a suicidal person" in finding(swapped).sentence


def test_a_sparse_kind_of_call_does_not_win_by_chance() -> None:
    wild = call(tables_under("unclear"), "suicide", risk=0.09, risk_conf_low=0.001, risk_conf_high=0.3)
    assert "41 in 1,000 violent calls" in finding(wild).sentence


def test_calls_whose_intervals_overlap_are_not_distinguished() -> None:
    tables = tables_under("unclear")
    frame = tables["models/situation"]
    frame.loc[frame["term"] == "call_risk", ["risk_conf_low", "risk_conf_high"]] = [0.001, 0.2]
    sentence = finding(tables).sentence
    assert sentence.endswith("The kinds of call do not clearly differ in it.")
    assert "violent" not in sentence


def test_above_all_is_said_only_where_the_call_is_surely_first() -> None:
    tables = tables_under("unclear")
    tests = tables["models/term_tests"]
    tests.loc[tests["term"] == "call_risk", "rank_high"] = 2
    assert "how rare depends on the call" in finding(tables).sentence


def test_force_is_rare_only_where_it_is() -> None:
    tables = tables_under("unclear")
    frame = tables["models/situation"]
    frame.loc[(frame["outcome"] == "force") & (frame["term"] == ""), "risk"] = 0.21
    sentence = finding(tables).sentence
    assert "rare" not in sentence
    assert sentence.startswith("How often there is force depends above all on the call")


def test_without_force_it_cannot_be_estimated() -> None:
    found = finding(tables_under("cannot"))
    assert (found.direction, found.estimate) == ("cannot be estimated", None)


def test_tables_hold_the_risks_and_the_rank_with_its_uncertainty() -> None:
    tables = tables_under("lower")
    rows = risks_table(tables["models/situation"]).rows
    assert (rows[0][0], rows[-1][0], len(rows)) == ("Violent calls", "All contacts", 8)
    strength = strength_table(tables["models/term_tests"])
    first = dict(zip(strength.header, strength.rows[0], strict=True))
    assert (first["Predictor"], first["Rank"], first["Rank, 95 %"]) == ("Kind of call", "1", "1 to 1")
    assert "strongest" not in " ".join([strength.caption, *strength.header])


def test_the_race_and_gender_of_officers_are_not_among_the_predictors_listed() -> None:
    blocks = report("situation", tables_under("lower")).blocks
    [*_, listed] = [block["table"] for block in blocks if "table" in block]
    names = [row[0] for row in listed["rows"]]
    assert len(names) == 8
    assert not [name for name in names if "ace" in name or "ender" in name]
