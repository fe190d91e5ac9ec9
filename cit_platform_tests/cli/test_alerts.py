"""`cit alive` and the end of `cit refresh`, as processes with a real webhook: exit codes and alerts."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cit_platform.storage.source_looks import LOOKS_FILE
from cit_platform_tests.alerts.receivers import WebhookServer, silent_port
from cit_platform_tests.conftest import Cit

SILENCE, LIFE = "[CIT] Alert: no sign of life", "[CIT] Recovered: no sign of life"


def titles(hook: WebhookServer) -> list[str]:
    return [post["text"].splitlines()[0] for post in hook.posts]


def looked(home: Path, hours_ago: float, outcome: str = "nothing new") -> None:
    at = (datetime.now(UTC) - timedelta(hours=hours_ago)).isoformat()
    with (home / LOOKS_FILE).open("a") as file:
        file.write(json.dumps({"at": at, "outcome": outcome, "words": "w", "newest_report": None}) + "\n")


def test_a_home_that_nobody_looks_after_exits_with_one_and_alerts_once(tmp_path: Path, hook: WebhookServer) -> None:
    cit = Cit(tmp_path, {"CIT_ALERT_WEBHOOK": hook.url})
    for _ in range(2):
        done = cit("alive")
        assert done.returncode == 1
        assert "No edition and no look that found nothing new yet; the bound is 36 hours" in done.stdout
        assert titles(hook) == [SILENCE]
    looked(tmp_path, 37)
    looked(tmp_path, 1, "silent")
    assert cit("alive").returncode == 1
    looked(tmp_path, 35)
    done = cit("alive")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "alive")
    assert titles(hook) == [SILENCE, LIFE]
    assert cit("alive", CIT_ALIVE_HOURS="34").returncode == 1


def test_without_channels_it_says_the_same_and_writes_nothing(tmp_path: Path) -> None:
    assert Cit(tmp_path)("alive").returncode == 1
    assert list(tmp_path.iterdir()) == []


def test_a_look_of_times_to_come_is_no_sign_of_life(tmp_path: Path) -> None:
    looked(tmp_path, -48)
    assert Cit(tmp_path)("alive").returncode == 1


def test_a_home_that_is_not_there_is_said_and_alerted(tmp_path: Path, hook: WebhookServer) -> None:
    done = Cit(tmp_path / "gone", {"CIT_ALERT_WEBHOOK": hook.url})("alive")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert titles(hook) == [SILENCE]


def test_a_daemon_without_heartbeat_is_missed_only_where_it_is_expected(tmp_path: Path, hook: WebhookServer) -> None:
    cit = Cit(tmp_path, {"CIT_ALERT_WEBHOOK": hook.url})
    (tmp_path / "dagster").mkdir()
    looked(tmp_path, 1)
    assert cit("alive").returncode == 0
    done = cit("alive", "--daemon")
    assert done.returncode == 1
    assert "No heartbeat of Dagster's daemon for 30 minutes: " in done.stdout
    assert titles(hook) == ["[CIT] Alert: daemon"]


def test_a_storage_that_is_down_is_named_and_does_not_hide_that_the_home_is_well(
    tmp_path: Path, hook: WebhookServer
) -> None:
    cit = Cit(tmp_path, {"CIT_ALERT_WEBHOOK": hook.url})
    (tmp_path / "dagster").mkdir()
    (tmp_path / "dagster" / "dagster.yaml").write_text("storage: nonsense\n")
    looked(tmp_path, 1)
    done = cit("alive", "--daemon")
    assert done.returncode == 1
    assert "Dagster's storage does not answer" in done.stdout
    assert "Traceback" not in done.stderr
    assert titles(hook) == ["[CIT] Alert: daemon"]
    assert cit("alive").returncode == 0


def test_a_webhook_that_hangs_ends_in_a_named_line_and_the_exit_code_stands(tmp_path: Path) -> None:
    with silent_port() as port:
        done = Cit(tmp_path, {"CIT_ALERT_WEBHOOK": f"http://127.0.0.1:{port}/secret-Path-7"})("alive")
    assert done.returncode == 1
    assert "Alerts: The alert could not be sent to CIT_ALERT_WEBHOOK: no answer within 5 s" in done.stdout
    assert "secret-Path-7" not in done.stdout + done.stderr


@pytest.mark.pipeline
def test_a_refresh_that_fails_alerts_once_and_the_next_good_look_recovers(file_city: Cit, hook: WebhookServer) -> None:
    """Whether the source cannot be read, a check blocks its run, or it is taken back so that nothing is new."""
    file_city.env["CIT_ALERT_WEBHOOK"] = hook.url
    file = Path(file_city.env["CIT_SOURCE_PATH"])
    kept = file.with_suffix(".kept")
    shutil.move(file, kept)
    hook.status = 500
    assert "Alerts: The alert could not be sent to CIT_ALERT_WEBHOOK: it answered 500" in file_city("refresh").stdout
    hook.status = 200
    assert "records.csv" in file_city.refused("refresh")
    assert titles(hook) == ["[CIT] Alert: no look possible: spd_crisis_data"]
    header, *lines = kept.read_text().splitlines(keepends=True)
    # More than a slip: one line in ten.
    spoilt = [line.replace('"N"', '"PERHAPS"', 1) if n % 10 == 0 else line for n, line in enumerate(lines)]
    file.write_text("".join([header, *spoilt]))
    assert "keeps its last version" in file_city.refused("refresh")
    assert titles(hook)[1:] == [
        "[CIT] Alert: blocking check: raw/records",
        "[CIT] Recovered: no look possible: spd_crisis_data",
    ]
    assert "PERHAPS" in hook.posts[1]["text"]
    shutil.move(kept, file)
    assert "Skipped, no asset recomputed" in file_city.refreshed()
    assert titles(hook)[3:] == ["[CIT] Recovered: blocking check: raw/records"]
