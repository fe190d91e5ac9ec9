"""Once, and once that it is over: what goes out of a row of evaluations, by real receivers."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cit_platform.alerts.condition import Condition, Judged, Kind
from cit_platform.alerts.record import RECORD_FILE, only_evaluation, read_record
from cit_platform.alerts.sending import send_due
from cit_platform.settings import load_settings
from cit_platform_tests.alerts.receivers import MailServer, WebhookServer, mail_server, webhook_server

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
KINDS = frozenset(Kind) - {Kind.NOTHING_GOOD, Kind.DAEMON}


@dataclass
class Home:
    """A home with a mail server and a webhook, and what is wrong with it."""

    path: Path
    mails: MailServer
    hook: WebhookServer
    monkeypatch: pytest.MonkeyPatch
    wrong: list[Condition] = field(default_factory=list)

    def evaluate(self, *conditions: Condition, kinds: frozenset[Kind] = KINDS) -> list[str]:
        return send_due(load_settings(), Judged(conditions, kinds), NOW)

    @property
    def titles(self) -> list[str]:
        """Of the mails; the webhook has to have had the same."""
        mailed = [str(mail["Subject"]) for mail in self.mails.mails]
        assert self.posted == mailed
        return mailed

    @property
    def posted(self) -> list[str]:
        return [post["text"].splitlines()[0] for post in self.hook.posts]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    with mail_server() as mails, webhook_server() as hook:
        chosen = {
            "CIT_HOME": str(tmp_path),
            "CIT_ALERT_SMTP": f"plain://127.0.0.1:{mails.port}",
            "CIT_ALERT_FROM": "cit@example.org",
            "CIT_ALERT_TO": "oncall@example.org",
            "CIT_ALERT_WEBHOOK": hook.url,
        }
        for name, value in chosen.items():
            monkeypatch.setenv(name, value)
        yield Home(tmp_path, mails, hook, monkeypatch)


def failed(*runs: str, kind: Kind = Kind.FAILED_RUN, place: str = "raw/records") -> Condition:
    return Condition(kind, place, "It failed.", runs, f"runs/{runs[0]}")


ALERT, RECOVERED = "[CIT] Alert: failed run: raw/records", "[CIT] Recovered: failed run: raw/records"


def test_a_bad_night_alerts_once_and_the_good_night_says_once_that_it_is_over(home: Home) -> None:
    home.evaluate()
    assert home.titles == []
    for runs in (("1",), ("1",), ("2", "1"), ("3", "2", "1")):
        home.evaluate(failed(*runs))
        assert home.titles == [ALERT]
    for _ in range(3):
        home.evaluate()
        assert home.titles == [ALERT, RECOVERED]
    home.evaluate(failed("9"))
    assert home.titles == [ALERT, RECOVERED, ALERT]


@pytest.mark.parametrize("rows", [(("1",), ("2", "1"), ("3", "2", "1")), (("1",), ("2",), ("3",)), (("3", "2", "1"),)])
def test_as_many_occurrences_in_a_row_as_the_setting_asks_for(home: Home, rows: tuple[tuple[str, ...], ...]) -> None:
    """Whether the runs before are still known to Dagster or not, and also if all came between two evaluations."""
    home.monkeypatch.setenv("CIT_ALERT_AFTER", "3")
    for runs in rows[:-1]:
        home.evaluate(failed(*runs))
        home.evaluate(failed(*runs))
        assert home.titles == []
    home.evaluate(failed(*rows[-1]))
    assert home.titles == [ALERT]


def test_what_ends_before_there_were_enough_is_never_spoken_of_and_begins_anew(home: Home) -> None:
    home.monkeypatch.setenv("CIT_ALERT_AFTER", "2")
    for run in "123":
        home.evaluate(failed(run))
        home.evaluate()
    assert home.titles == []


def test_kinds_with_a_bound_of_their_own_wait_for_no_second_time(home: Home) -> None:
    home.monkeypatch.setenv("CIT_ALERT_AFTER", "5")
    home.evaluate(failed("2026-03-01", kind=Kind.STALE_DATA, place="spd_crisis_data"))
    assert home.titles == ["[CIT] Alert: stale data: spd_crisis_data"]


def test_what_comes_together_goes_out_together(home: Home) -> None:
    blocked = failed("1", kind=Kind.BLOCKING_CHECK, place="clean/records")
    home.evaluate(blocked, failed("1", kind=Kind.HELD_EDITION, place="published/edition"))
    assert home.titles == ["[CIT] Alert: blocking check: clean/records and 1 more"]
    home.evaluate(blocked)
    assert home.titles[1:] == ["[CIT] Recovered: held edition: published/edition"]


def test_a_kind_that_could_not_be_judged_stays_as_it_was(home: Home) -> None:
    home.evaluate(failed("1"))
    home.evaluate(kinds=KINDS - {Kind.FAILED_RUN})
    assert home.titles == [ALERT]
    home.evaluate(failed("1"))
    home.evaluate()
    assert home.titles == [ALERT, RECOVERED]


def test_warnings_that_were_there_from_the_first_look_alert_nobody_until_they_come_anew(home: Home) -> None:
    old = failed("e1", kind=Kind.WARNING, place="raw/records: vocabulary_known")
    home.evaluate(kinds=KINDS - {Kind.WARNING})
    home.evaluate(old)
    home.evaluate(old, failed("e2", kind=Kind.WARNING, place="raw/records: rows_per_year"))
    assert home.titles == ["[CIT] Alert: warning check: raw/records: rows_per_year"]
    home.evaluate()
    home.evaluate(old)
    assert home.titles[1:] == [
        "[CIT] Recovered: warning check: raw/records: rows_per_year",
        "[CIT] Alert: warning check: raw/records: vocabulary_known",
    ]


def test_a_channel_that_fails_is_tried_again_alone(home: Home) -> None:
    home.hook.status = 500
    lines = home.evaluate(failed("1"))
    assert any("CIT_ALERT_WEBHOOK: it answered 500" in line for line in lines)
    assert home.evaluate(failed("1")) == lines[1:]
    home.hook.status = 200
    home.mails.refuses = True
    home.evaluate(failed("1"))
    assert home.titles == [ALERT]
    lines = home.evaluate()
    assert any("the server answered 554" in line for line in lines)
    home.mails.refuses = False
    home.evaluate()
    assert home.titles == [ALERT, RECOVERED]


def test_what_is_back_before_a_channel_said_that_it_was_over_is_not_alerted_twice(home: Home) -> None:
    home.evaluate(failed("1"))
    home.mails.refuses = True
    home.evaluate()
    home.mails.refuses = False
    home.evaluate(failed("2"))
    assert [str(mail["Subject"]) for mail in home.mails.mails] == [ALERT]
    assert home.posted == [ALERT, RECOVERED, ALERT]
    home.evaluate()
    assert [str(mail["Subject"]) for mail in home.mails.mails] == [ALERT, RECOVERED]
    assert read_record(home.path).entries == ()


def test_a_channel_that_was_switched_off_holds_nothing_up(home: Home) -> None:
    home.evaluate(failed("1"))
    home.monkeypatch.delenv("CIT_ALERT_WEBHOOK")
    home.evaluate()
    assert read_record(home.path).entries == ()


def test_the_record_is_its_owners_alone_and_a_damaged_one_is_begun_anew(home: Home) -> None:
    home.evaluate(failed("1"))
    file = home.path / RECORD_FILE
    assert file.stat().st_mode & 0o077 == 0
    for damaged in ("", "{", "[]", json.dumps({"entries": [{}], "judged_before": []})):
        file.write_text(damaged)
        home.evaluate(failed("1"))
    assert home.titles == [ALERT] * 5


def test_a_record_that_cannot_be_written_is_said_and_the_alert_goes_out(home: Home) -> None:
    home.evaluate()
    file = home.path / RECORD_FILE
    file.unlink()
    file.mkdir()
    lines = home.evaluate(failed("1"))
    assert home.titles == [ALERT]
    assert any("What was alerted cannot be written" in line for line in lines)


def test_two_evaluations_at_once_send_once(home: Home) -> None:
    with only_evaluation(home.path) as is_only:
        assert is_only
        assert home.evaluate(failed("1")) == []
    home.evaluate(failed("1"))
    assert home.titles == [ALERT]
