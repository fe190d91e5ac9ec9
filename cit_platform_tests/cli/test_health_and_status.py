"""`cit doctor` and `quality/status` say the same of a home: how many assets are current, and what is due."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from cit_platform.automation.status import record_status
from cit_platform.settings import load_settings
from cit_platform.storage.source_looks import Outcome, note_look
from cit_platform_tests.cli.test_health import facts
from cit_platform_tests.conftest import Cit

pytestmark = pytest.mark.pipeline
SOURCE, EDITION = "spd_crisis_data", "published/edition"


@pytest.fixture
def city(small_city: Cit, monkeypatch: pytest.MonkeyPatch) -> Cit:
    """A refreshed small city that this process's environment names, with its instance."""
    for name, value in small_city.environment(DAGSTER_HOME=str(small_city.home / "dagster")).items():
        if name.startswith(("CIT_", "DAGSTER_")):
            monkeypatch.setenv(name, value)
    return small_city


def lose_a_file(city: Cit) -> None:
    Path(city.lake.version("models/force").files[0]).unlink()


def lose_a_table(city: Cit) -> None:
    city.lake.folder("models/situation").rename(city.home / "gone")


def lose_rows(city: Cit) -> None:
    city.lose_a_row("features/contacts")


def alter_the_edition(city: Cit) -> None:
    (city.latest / "index.html").write_text("other")


def silence_the_source(city: Cit) -> None:
    note_look(city.home, Outcome.SILENT, "no answer of any address")


STATES: dict[str, Callable[[Cit], None]] = {
    "as refreshed": lambda _: None,
    "a lost file": lose_a_file,
    "a lost table": lose_a_table,
    "other rows": lose_rows,
    "an altered edition": alter_the_edition,
    "a silent source": silence_the_source,
}


@pytest.mark.parametrize("state", STATES)
def test_what_is_not_current_in_the_table_is_what_doctor_says_and_makes_a_refresh_due(city: Cit, state: str) -> None:
    STATES[state](city)
    _, _, found = facts()
    assert record_status(load_settings()) == []
    rows = city.lake.frame("quality/status").set_index("asset")
    late = rows[~rows["is_current"]]
    [assets] = found["assets"]
    assert assets["numbers"] == {"assets": len(rows), "assets_not_current": len(late)}
    assert assets["words"].startswith(f"{len(rows) - len(late)} of {len(rows)} are current")
    if len(late):
        assert f"{late.index[0]}: {late['reason'].iloc[0]}" in assets["words"]
    # A source that was silent at the last look may answer at the next: that makes nothing due.
    of_the_home = late.drop(index=SOURCE, errors="ignore")
    [refresh] = found["next refresh"]
    assert (refresh["numbers"]["refresh_due"] == 1) == (len(of_the_home) > 0), (refresh, of_the_home)
    named = {fact["words"].partition(" is damaged")[0] for fact in found.get("damaged", ())}
    assert {words for words in named if words.startswith("The table ")} == _damaged(rows)


def _damaged(rows: pd.DataFrame) -> set[str]:
    tables = rows[rows["reason"].str.contains("is damaged", na=False)].index.difference([EDITION])
    return {f"The table {path}" for path in tables}
