"""Mail and webhook against real receivers: what arrives, and how each fault ends in words within seconds."""

import logging
from pathlib import Path

import pytest
from pydantic import SecretStr

from cit_platform.alerts import channels
from cit_platform.alerts.channels import Mail, NotSentError, Webhook
from cit_platform.alerts.condition import Condition, Kind
from cit_platform.alerts.notice import Notice, Where, alert, recovery
from cit_platform_tests.alerts.receivers import (
    MailServer,
    WebhookServer,
    free_port,
    mail_server,
    self_signed,
    silent_port,
)

NOTICE = Notice("[CIT] Alert: failed run: raw/records", "What happened: it failed, „wie üblich“.\n\n.\nA line.\n")
WHERE = Where("/srv/cit", "https://cit.example.org/")
HOSTILE = (
    "label `<!channel>` <@U1> \x1b[31mred\nBcc: evil@example.org\r\n\u202eturned <http://evil.example|click> "
    "![x](https://evil.example/i.png) ```"
)


@pytest.fixture
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "SILENT_SECONDS", 0.3)
    monkeypatch.setattr(channels, "TOTAL_SECONDS", 0.8)


def mail(port: int, scheme: str = "plain", password: str | None = None) -> Mail:
    secret = SecretStr(password) if password else None
    user = "cit" if password else None
    receivers = ("oncall@example.org", "chief@example.org")
    return Mail(f"{scheme}://127.0.0.1:{port}", "cit@example.org", receivers, user, secret)


def hostile() -> Notice:
    condition = Condition(Kind.BLOCKING_CHECK, "clean/records", HOSTILE, ("1",), "runs/1")
    return alert([(condition, "2026-03-01 04:03 UTC", 1)], WHERE)


def test_a_mail_arrives_as_plain_text_with_one_line_of_title(mails: MailServer) -> None:
    mail(mails.port).send(NOTICE)
    [arrived] = mails.mails
    assert arrived["Subject"] == NOTICE.title
    assert (arrived["From"], arrived["To"]) == ("cit@example.org", "oncall@example.org, chief@example.org")
    assert arrived["Auto-Submitted"] == "auto-generated"
    assert arrived.get_content_type() == "text/plain"
    assert arrived.get_content().replace("\r\n", "\n") == NOTICE.text
    assert mails.envelopes[0].rcpt_tos == ["oncall@example.org", "chief@example.org"]


def test_mail_by_starttls_is_encrypted_before_the_login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = self_signed(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    with mail_server(certificate, login=True) as server:
        mail(server.port, "starttls", "right-Password-1").send(NOTICE)
        assert server.encrypted == [True]
        assert server.logins == [(b"cit", b"right-Password-1")]


def test_a_certificate_that_nobody_signed_is_refused(tmp_path: Path) -> None:
    with mail_server(self_signed(tmp_path)) as server:
        with pytest.raises(NotSentError, match="certificate verify failed"):
            mail(server.port, "starttls").send(NOTICE)
        assert server.mails == []


def test_no_mail_goes_out_in_plain_where_starttls_is_asked_for_and_not_offered(mails: MailServer) -> None:
    with pytest.raises(NotSentError, match="STARTTLS extension not supported"):
        mail(mails.port, "starttls").send(NOTICE)
    assert mails.mails == []


def test_a_refused_login_does_not_repeat_the_password(caplog: pytest.LogCaptureFixture) -> None:
    with mail_server(login=True) as server:
        with pytest.raises(NotSentError, match="refused CIT_ALERT_SMTP_USER") as refused:
            mail(server.port, password="wrong-Password-2").send(NOTICE)
        assert server.mails == []
    assert "wrong-Password-2" not in str(refused.value) + caplog.text


def test_a_server_that_refuses_is_named_with_its_answer(mails: MailServer) -> None:
    mails.refuses = True
    with pytest.raises(NotSentError, match=rf"by mail through plain://127.0.0.1:{mails.port}: the server answered 554"):
        mail(mails.port).send(NOTICE)


def test_of_two_receivers_one_refused_is_logged_and_the_mail_counts_as_sent(
    mails: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    mails.refused_receivers = ("chief@example.org",)
    with caplog.at_level(logging.WARNING):
        mail(mails.port).send(NOTICE)
    assert mails.envelopes[0].rcpt_tos == ["oncall@example.org"]
    assert "refused chief@example.org" in caplog.text
    mails.refused_receivers = ("chief@example.org", "oncall@example.org")
    with pytest.raises(NotSentError, match=r"the server refused chief@example.org, oncall@example.org"):
        mail(mails.port).send(NOTICE)


def test_a_mail_server_that_is_not_there_is_named() -> None:
    with pytest.raises(NotSentError, match=r"Connection refused. It is tried again at the next evaluation"):
        mail(free_port()).send(NOTICE)


@pytest.mark.usefixtures("_hasty")
@pytest.mark.parametrize("dripping", [b"", b"2"])
def test_a_server_that_hangs_or_drips_is_left_behind_in_time(dripping: bytes) -> None:
    with silent_port(dripping) as port:
        words = "did not end within 0.8 s" if dripping else "timed out|no answer"
        with pytest.raises(NotSentError, match=words):
            mail(port).send(NOTICE)
        with pytest.raises(NotSentError, match="CIT_ALERT_WEBHOOK: "):
            Webhook(SecretStr(f"http://127.0.0.1:{port}/x")).send(NOTICE)


def test_a_webhook_gets_json_with_a_text(hook: WebhookServer) -> None:
    Webhook(SecretStr(hook.url)).send(NOTICE)
    assert hook.posts == [{"text": f"{NOTICE.title}\n```\n{NOTICE.text}```"}]


@pytest.mark.usefixtures("_hasty")
@pytest.mark.parametrize(
    ("status", "words"),
    [(500, "it answered 500"), (404, "it answered 404"), (302, "it answered 302"), (None, "no answer within 0.3 s")],
)
def test_a_webhook_that_fails_is_named_without_its_address(
    hook: WebhookServer, status: int | None, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    hook.status = status
    with caplog.at_level(logging.DEBUG), pytest.raises(NotSentError, match=words) as refused:
        Webhook(SecretStr(hook.url)).send(NOTICE)
    assert "secret-Path-7" not in str(refused.value) + caplog.text
    assert len(hook.paths) == 1, "a redirect is not followed"


def test_a_webhook_that_is_gone_is_named() -> None:
    with pytest.raises(NotSentError, match="CIT_ALERT_WEBHOOK: Connection refused"):
        Webhook(SecretStr(f"http://127.0.0.1:{free_port()}/secret")).send(NOTICE)


def test_a_secret_may_stand_in_a_file_of_its_owner_alone(tmp_path: Path, hook: WebhookServer) -> None:
    file = tmp_path / "webhook"
    file.write_text(hook.url + "\n")
    named = Webhook(SecretStr(f"file:{file}"))
    file.chmod(0o640)
    with pytest.raises(NotSentError, match=f"others may read {file}, which CIT_ALERT_WEBHOOK names"):
        named.send(NOTICE)
    file.chmod(0o600)
    named.send(NOTICE)
    assert len(hook.posts) == 1
    file.unlink()
    with pytest.raises(NotSentError, match="cannot be read: No such file"):
        named.send(NOTICE)


def test_a_file_with_an_address_that_is_not_encrypted_is_refused_without_it(tmp_path: Path) -> None:
    file = tmp_path / "webhook"
    file.write_text("http://hooks.example.org/secret-Path-8")
    file.chmod(0o600)
    with pytest.raises(NotSentError) as refused:
        Webhook(SecretStr(f"file:{file}")).send(NOTICE)
    assert "secret-Path-8" not in str(refused.value)


def test_labels_of_a_hostile_feed_do_not_act(mails: MailServer, hook: WebhookServer) -> None:
    mail(mails.port).send(hostile())
    Webhook(SecretStr(hook.url)).send(hostile())
    [arrived] = mails.mails
    assert arrived["Bcc"] is None
    assert arrived["Subject"] == "[CIT] Alert: blocking check: clean/records"
    text = arrived.get_content()
    [happened] = [line for line in text.splitlines() if line.startswith("What happened: ")]
    assert "Bcc: evil(at)example.org" in happened
    assert not {"\x1b", "\u202e"} & set(text)
    posted = hook.posts[0]["text"]
    assert posted.count("```") == 2, "the fence cannot be left"
    assert not {"<", ">", "@"} & set(posted)
    assert "evil.example" in posted
    assert "//evil.example" not in posted.replace(": //", "")


def test_a_notice_says_what_happened_where_to_whom_and_what_to_do() -> None:
    conditions = [
        (
            Condition(Kind.FAILED_RUN, "raw/records", "The disk is full.", ("1", "2"), "runs/7"),
            "2026-03-01 04:03 UTC",
            2,
        ),
        (Condition(Kind.SILENT_SOURCE, "spd_crisis_data", "No answer.", ("3",), "assets/x"), "2026-03-01 04:03 UTC", 1),
    ]
    said = alert(conditions, WHERE)
    assert said.title == "[CIT] Alert: failed run: raw/records and 1 more"
    for words in (
        "failed run: raw/records (owner team:cit-platform)",
        "Since 2026-03-01 04:03 UTC, occurrences: 2.",
        "The disk is full.",
        "Open the run",
        "https://cit.example.org/runs/7",
        "Home: /srv/cit",
    ):
        assert words in said.text
    over = recovery([(condition, since) for condition, since, _ in conditions], WHERE)
    assert over.title == "[CIT] Recovered: failed run: raw/records and 1 more"
    assert "it had held since 2026-03-01 04:03 UTC" in over.text
    assert "in the UI: runs/7" in alert(conditions[:1], Where("/srv/cit")).text
