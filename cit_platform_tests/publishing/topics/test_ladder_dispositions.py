"""The ladders of the dispositions: a table each, of their own rows."""

from typing import Any

from cit_platform.publishing.parts.topic import Tables
from cit_platform_tests.publishing.conftest import report, tables_under


def tables_of(frames: Tables) -> list[dict[str, Any]]:
    return [block["table"] for block in report("ladder_dispositions", frames).blocks if "table" in block]


def test_each_disposition_has_its_ladder_from_the_published_way_to_risks() -> None:
    tables = [
        block["table"] for block in report("ladder_dispositions", tables_under("lower")).blocks if "table" in block
    ]
    assert [table["caption"].split(" and ")[0] for table in tables] == ["Arrest", "Emergent detention", "Referral"]
    for table in tables:
        assert [row[0][0] for row in table["rows"]] == ["0", "1", "2", "3", "4", "5"]
        assert table["rows"][-1][1] == "risk ratio"


def test_a_ladder_shows_the_numbers_of_its_own_outcome() -> None:
    frames = tables_under("lower")
    ladder = frames["models/ladder"]
    at = (ladder["outcome"] == "referral") & (ladder["step"] == 4)
    ladder.loc[at, ["ratio", "conf_low", "conf_high"]] = [3.33, 3.0, 3.7]
    arrest, _, referral = (table["rows"] for table in tables_of(frames))
    assert referral[4][2:4] == ("3.33", "3.00 to 3.70")
    assert "3.33" not in [cell for row in arrest for cell in row]
