"""The list of checks of `docs/`, generated from the suites."""

from pathlib import Path

from cit_platform.checks.check import WHOLE_LIVE_SET, Check, Rule
from cit_platform.checks.model_checks import MODEL_CHECKS, ModelCheck
from cit_platform.checks.suites import SUITES
from cit_platform.sources.change import LARGEST_SLIP

PAGE = Path(__file__).resolve().parents[2] / "docs" / "checks.md"

BLOCKS = {
    Rule.ERROR: "ERROR",
    Rule.WARN: "WARN",
    Rule.LIVE: "ERROR on the live set",
    Rule.SHARE: f"ERROR above {LARGEST_SLIP:.0%}",
}

INTRODUCTION = f"""# Checks

Generated from `cit_platform/checks/` by `make docs`; a test fails when it is out of date.

Each line is one asset check. It runs on what was computed, before that becomes the current version. *ERROR*: the table
keeps its last version. *WARN*: it is said, and nothing stops. *ERROR on the live set*: blocks from {WHOLE_LIVE_SET:,}
rows of the source `socrata` on, where the magnitudes of the whole set can be judged; else it warns.
*{BLOCKS[Rule.SHARE]}*: blocks where more of the rows break the rule, as in another print of the column; a slip warns.
"""


def _section(path: str, checks: tuple[Check, ...] | tuple[ModelCheck, ...]) -> str:
    lines = [f"| `{check.name}` | {BLOCKS[check.rule]} | {' | '.join(_cells(check.description))} |" for check in checks]
    head = ["| check | severity | what it says | what to do |", "|---|---|---|---|"]
    return "\n".join([f"## {path}", "", *head, *lines, ""])


def _cells(description: str) -> tuple[str, str]:
    """What a description says, and what to do, which begins with "If" in it."""
    says, _, remedy = description.replace("|", "\\|").partition(" If ")
    return says, f"If {remedy}" if remedy else ""


def catalogue() -> str:
    """The page as Markdown."""
    sections = [_section(path, checks) for path, checks in (SUITES | MODEL_CHECKS).items()]
    return "\n".join([INTRODUCTION, *sections])


if __name__ == "__main__":
    PAGE.write_text(catalogue())
