"""Golden texts: what every topic writes, kept in `golden/<topic>.txt` to be read as a difference when it changes.

`CIT_GOLDEN=write` writes them anew.
"""

from __future__ import annotations

import os
from pathlib import Path

from cit_platform.publishing.parts.topic import Report

FOLDER = Path(__file__).with_name("golden")


def text_of(report: Report) -> str:
    """Sentences, paragraphs, and captions of a report, line by line."""
    lines = [
        f"{finding.key} [{finding.direction}; {finding.words}]\n  {finding.sentence}" for finding in report.findings
    ]
    for block in report.blocks:
        if block["kind"] in ("heading", "prose"):
            lines.append(f"{block['kind']}: {block.get('lead', '')} {block['text']}".replace("  ", " "))
        elif block["kind"] == "sentence":
            lines.append(f"sentence: {block['key']}")
        else:
            lines.append(f"{block['kind']}: {block.get('caption', '')} {block['table']['caption']}".replace("  ", " "))
            lines.append(f"  {' | '.join(block['table']['header'])}")
    return "\n".join(lines) + "\n"


def golden(name: str, text: str) -> str:
    """The golden text of a name; written first if the environment asks for it."""
    file = FOLDER / f"{name}.txt"
    if os.environ.get("CIT_GOLDEN") == "write":
        file.write_text(text, encoding="utf-8")
    return file.read_text(encoding="utf-8")
