"""What an alert says: plain text in which nothing of a feed acts."""

from collections.abc import Sequence
from dataclasses import dataclass

from cit_platform.alerts.condition import REMEDIES, Condition
from cit_platform.printable import shown

LONGEST_WORDS = 1500


@dataclass(frozen=True)
class Notice:
    """A title in one line, without words of the source, and the text below it."""

    title: str
    text: str


@dataclass(frozen=True)
class Where:
    """What every notice names beside its conditions: the home, and the web server, if a setting says where it is."""

    home: str
    ui_url: str | None = None

    def link(self, page: str) -> str:
        return f"{self.ui_url.rstrip('/')}/{page}" if self.ui_url else f"CIT_UI_URL is not set; in the UI: {page}"


def alert(conditions: Sequence[tuple[Condition, str, int]], where: Where) -> Notice:
    """That conditions hold, each with since when and with how many occurrences."""
    paragraphs = [
        f"{_name(condition)} (owner {condition.owner})\n"
        f"Since {since}, occurrences: {n}.\n"
        f"What happened: {inert(condition.words)}\n"
        f"What to do: {REMEDIES[condition.kind]}\n"
        f"Look at: {where.link(condition.page)}"
        for condition, since, n in conditions
    ]
    return _notice("Alert", [condition for condition, *_ in conditions], paragraphs, where)


def recovery(conditions: Sequence[tuple[Condition, str]], where: Where) -> Notice:
    """That conditions are over, each with since when it held."""
    paragraphs = [
        f"{_name(condition)} (owner {condition.owner})\nOver; it had held since {since}. Nothing is to be done."
        for condition, since in conditions
    ]
    return _notice("Recovered", [condition for condition, _ in conditions], paragraphs, where)


def inert(words: str) -> str:
    """Words that others may have written, in one line: no control acts, no address becomes a link, no name a call."""
    return shown(words, LONGEST_WORDS).replace("://", ": //").replace("@", "(at)").replace("`", "'")


def _name(condition: Condition) -> str:
    return f"{condition.kind}: {inert(condition.place)}".removesuffix(": ")


def _notice(title: str, conditions: Sequence[Condition], paragraphs: Sequence[str], where: Where) -> Notice:
    more = f" and {len(conditions) - 1} more" if len(conditions) > 1 else ""
    return Notice(
        shown(f"[CIT] {title}: {_name(conditions[0])}{more}", 200),
        "\n\n".join([*paragraphs, f"Home: {inert(where.home)}"]) + "\n",
    )
