"""The pages on the house are true: every room and every table stands in them, and every link leads somewhere."""

import re
from pathlib import Path

from cit_platform.contracts import TABLES
from cit_platform.settings import REPOSITORY

PACKAGE = REPOSITORY / "cit_platform"
PAGE = (REPOSITORY / "docs" / "architecture.md").read_text(encoding="utf-8")


def rooms() -> set[str]:
    folders = {f"{path.parent.name}/" for path in PACKAGE.glob("*/__init__.py")}
    return folders | {path.name for path in PACKAGE.glob("*.py") if path.name != "__init__.py"}


def test_every_room_stands_in_the_table_once() -> None:
    table = PAGE.split("## Rooms of the house")[1].split("\n## ")[0]
    first_cells = re.findall(r"(?m)^\| (.*?) \|", table)
    listed = [name for cell in first_cells for name in re.findall(r"`([a-z_]+(?:/|\.py))`", cell)]
    assert sorted(listed) == sorted(rooms())


def test_every_table_stands_in_the_picture() -> None:
    picture = PAGE.split("```mermaid")[1].split("```")[0]
    assert [path for path in TABLES if f"[{path}]" not in picture] == []


def test_links_between_pages_lead_somewhere() -> None:
    pages = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
    assert [f"{page.name}: {link}" for page in pages for link in links(page) if not leads_somewhere(page, link)] == []


def links(page: Path) -> list[str]:
    return re.findall(r"\]\((?!https?:)([^)\s]+)\)", page.read_text(encoding="utf-8"))


def leads_somewhere(page: Path, link: str) -> bool:
    name, _, anchor = link.partition("#")
    target = page.parent / name if name else page
    return target.exists() and (not anchor or anchor in anchors(target))


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"(?m)^#+ (.*)$", page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
