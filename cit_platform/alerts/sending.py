"""From what is judged to what is sent: an alert once by each channel, and once that it is over."""

import logging
from datetime import datetime

from cit_platform.alerts.channels import Channel, NotSentError, channels_of
from cit_platform.alerts.condition import Judged
from cit_platform.alerts.notice import Where, alert, recovery
from cit_platform.alerts.record import Record, only_evaluation, read_record, write_record
from cit_platform.settings import Settings

log = logging.getLogger(__name__)


def send_due(settings: Settings, judged: Judged, now: datetime) -> list[str]:
    """Send what is due of the conditions that were judged, and keep in the home what was sent.

    Args:
        settings: the home, the channels and how many occurrences make an alert.
        judged: what holds now.
        now: the time of the evaluation, in UTC.

    Returns:
        A line for each notice that went out or could not be sent; what could not is due again.
    """
    channels = channels_of(settings)
    if not channels:
        return []
    with only_evaluation(settings.home) as is_only:
        if not is_only:
            return []
        record = read_record(settings.home).after_judging(judged, f"{now:%Y-%m-%d %H:%M} UTC")
        lines = []
        for channel in channels:
            record, said = _send(record, channel, settings)
            lines += said
            lines += _kept(settings, record.without_done([each.name for each in channels]))
        return list(dict.fromkeys(lines))


def _send(record: Record, channel: Channel, settings: Settings) -> tuple[Record, list[str]]:
    """What became of a channel's notices, as lines, and the record after them."""
    where = Where(str(settings.home), settings.ui_url)
    due = [entry for entry in record.entries if entry.is_due(channel.name, settings.alert_after)]
    over = [entry for entry in record.entries if entry.is_recovered(channel.name)]
    notices = []
    if due:
        notices.append((due, alert([(entry.condition, entry.since, len(entry.seen)) for entry in due], where)))
    if over:
        notices.append((over, recovery([(entry.condition, entry.since) for entry in over], where)))
    lines: list[str] = []
    for entries, notice in notices:
        try:
            channel.send(notice)
        except NotSentError as error:
            log.warning("%s", error)
            return record, [*lines, str(error)]
        lines.append(f"{notice.title} ({channel.name})")
        record = record.after_sending(channel.name, [entry.condition.key for entry in entries])
    return record, lines


def _kept(settings: Settings, record: Record) -> list[str]:
    try:
        write_record(settings.home, record)
    except OSError as error:
        line = f"What was alerted cannot be written to {settings.home} ({error.strerror}): alerts may be sent again."
        log.warning("%s", line)
        return [line]
    return []
