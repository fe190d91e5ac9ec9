"""The templates of the page and of what stands beside it, and JSON that a script of theirs reads."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from cit_platform.publishing.parts import wording

# Columns of a table that the style sheet sets right, at most.
WIDEST_TABLE = 16


@cache
def environment() -> Environment:
    """The templates; all text is escaped."""
    templates = Path(__file__).with_name("templates")
    templated = Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    templated.globals["widest"] = WIDEST_TABLE
    templated.filters["count"] = wording.count
    templated.filters["no_break"] = wording.no_break
    templated.filters["drawn"] = Markup
    return templated


def json_for_script(value: Any) -> Markup:
    """JSON that is safe inside a script element: no character that could end it."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)
