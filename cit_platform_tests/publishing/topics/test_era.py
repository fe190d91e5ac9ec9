"""The years in words: shown and not tested, where the form changed, and one value in all intervals or none."""

from datetime import date

from cit_platform.publishing.parts.finding import Finding
from cit_platform.publishing.parts.rows import plain_rows
from cit_platform.publishing.topics.era import differences_table, rates_table, year_chart
from cit_platform_tests.publishing.conftest import REAL, Tables, report, tables_under, written

ERA = "models/era"


def by_key(tables: Tables) -> dict[str, Finding]:
    return {finding.key: finding for finding in report("era", tables).findings}


def test_it_is_shown_and_not_tested_and_names_the_day_of_the_form() -> None:
    found = by_key(tables_under("lower"))
    assert "shown, not tested" in found["certification_by_year"].sentence
    assert "On 15 May 2019 the records system and its form changed" in found["force_over_the_years"].sentence
    tables = tables_under("lower")
    tables[ERA].loc[tables[ERA]["level"] == "mark43", "starts"] = date(2019, 6, 2)
    assert "On 2 June 2019" in by_key(tables)["force_over_the_years"].sentence


def test_without_a_change_of_the_form_none_is_claimed() -> None:
    tables = tables_under("lower")
    tables[ERA] = tables[ERA][(tables[ERA]["part"] != "year") | (tables[ERA]["records_system"] == "mark43")]
    assert "All these reports were written in one records system." in by_key(tables)["force_over_the_years"].sentence


def test_one_value_lies_in_all_intervals_or_none_does() -> None:
    tables = tables_under("lower")
    assert "All intervals hold the values from" in by_key(tables)["certification_by_year"].sentence
    era = tables[ERA]
    year = (era["part"] == "certification") & (era["level"] == "2018") & (era["outcome"] == "force")
    era.loc[year, ["risk_difference", "risk_difference_conf_low", "risk_difference_conf_high"]] = [0.02, 0.01, 0.03]
    sentence = by_key(tables)["certification_by_year"].sentence
    assert "No single value lies in the intervals of all years" in sentence
    assert "and +20.0 (+10.0 to +30.0) in 2018" in sentence


def test_a_single_year_is_no_range() -> None:
    tables = tables_under("lower")
    era = tables[ERA]
    tables[ERA] = era[(era["part"] != "certification") | (era["level"] == "2018")]
    sentence = by_key(tables)["certification_by_year"].sentence
    assert "in 2018, the only year that tells." in sentence
    assert "n = 8,000 contacts in 1 year." in sentence


def test_years_without_a_number_are_named_and_withheld() -> None:
    rows = plain_rows(tables_under("lower")[ERA])
    assert "Too little is known of 2026." in by_key(tables_under("lower"))["certification_by_year"].sentence
    silent = [cells for cells in differences_table(rows).rows if cells[1] == "2026"]
    assert silent == [(cells[0], "2026", "withheld", "", "") for cells in silent]
    for part in ("year", "period"):
        table = rates_table(rows, part)
        assert {len(cells) for cells in table.rows} == {len(table.header)}
    assert [cells[0] for cells in rates_table(rows, "year").rows][4:6] == [
        "2019, records system until May 2019",
        "2019, records system since May 2019",
    ]


def test_the_chart_names_the_breaks_under_their_year() -> None:
    said = written(year_chart(plain_rows(tables_under("lower")[ERA]), REAL))
    for words in ("15 May 2019: new records system", "1 March 2020: pandemic", "25 July 2021: House Bill 1310"):
        assert words in said
    assert said.index("15 May 2019") < said.index("1 March 2020")
