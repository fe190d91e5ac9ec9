"""The settings of alerts: off by default, and refused where mail would go unencrypted or to nobody."""

import pytest

from cit_platform.alerts.channels import channels_of
from cit_platform.settings import SettingsError, load_settings

MAIL = {
    "CIT_ALERT_SMTP": "starttls://mail.example.org:587",
    "CIT_ALERT_FROM": "cit@example.org",
    "CIT_ALERT_TO": "oncall@example.org, chief@example.org",
}


def set_all(monkeypatch: pytest.MonkeyPatch, settings: dict[str, str]) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)


def test_no_channel_is_on_by_default() -> None:
    assert channels_of(load_settings()) == []


def test_both_channels_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, {**MAIL, "CIT_ALERT_WEBHOOK": "https://hooks.example.org/secret-Path-9"})
    assert [channel.name for channel in channels_of(load_settings())] == ["mail", "webhook"]
    assert "secret-Path-9" not in repr(load_settings()) + repr(channels_of(load_settings()))


@pytest.mark.parametrize(
    "server", ["plain://localhost:25", "plain://127.0.0.1:25", "plain://[::1]:25", "starttls://mail.example.org:587"]
)
def test_mail_is_encrypted_or_stays_on_this_machine(monkeypatch: pytest.MonkeyPatch, server: str) -> None:
    set_all(monkeypatch, {**MAIL, "CIT_ALERT_SMTP": server})
    assert load_settings().alert_smtp == server


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("CIT_ALERT_SMTP", "plain://mail.example.org:25", "this machine alone"),
        ("CIT_ALERT_SMTP", "plain://localhost.example.org:25", "this machine alone"),
        ("CIT_ALERT_SMTP", "mail.example.org", "starttls://HOST:PORT"),
        ("CIT_ALERT_SMTP", "smtp://mail.example.org:25", "starttls://HOST:PORT"),
        ("CIT_ALERT_FROM", "nobody", "give addresses"),
        ("CIT_ALERT_TO", "a@example.org\nBcc: b@example.org", "give addresses"),
        ("CIT_ALERT_TO", "a@example.org,,", "give addresses"),
        ("CIT_ALERT_AFTER", "0", "greater than or equal to 1"),
        ("CIT_UI_URL", "javascript:alert(1)", "CIT_UI_URL"),
        ("CIT_ALERTS_AFTER", "2", "is CIT_ALERT_AFTER meant?"),
    ],
)
def test_a_wrong_value_is_one_line_that_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, words: str
) -> None:
    set_all(monkeypatch, {**MAIL, variable: value})
    with pytest.raises(SettingsError, match=variable) as refused:
        load_settings()
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("missing", MAIL)
def test_a_part_of_the_mail_settings_alone_is_refused(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    set_all(monkeypatch, {name: value for name, value in MAIL.items() if name != missing})
    with pytest.raises(SettingsError, match=f"missing: {missing}"):
        load_settings()


@pytest.mark.parametrize("address", ["http://hooks.example.org/secret-Path-9", "hooks.example.org/secret-Path-9"])
def test_a_webhook_in_plain_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("CIT_ALERT_WEBHOOK", address)
    with pytest.raises(SettingsError, match="CIT_ALERT_WEBHOOK: ") as refused:
        load_settings()
    assert "secret-Path-9" not in str(refused.value)


def test_a_password_without_a_user_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, {**MAIL, "CIT_ALERT_SMTP_PASSWORD": "secret-Password-9"})
    with pytest.raises(SettingsError, match="go together") as refused:
        load_settings()
    assert "secret-Password-9" not in str(refused.value)
