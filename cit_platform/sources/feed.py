"""Whether the source's feed still moves: a stalled one answers as ever."""

from datetime import date

# A feed without a new report for a week has stalled.
OLDEST_NEWEST_REPORT_DAYS = 6


def stalled_since(newest: date | None, today: date) -> str | None:
    """Since when there is no newer report, in words; None where that is not long, or not known."""
    if newest is None or (today - newest).days <= OLDEST_NEWEST_REPORT_DAYS:
        return None
    return f"the feed has stalled: no report after {newest}, {(today - newest).days} days ago"
