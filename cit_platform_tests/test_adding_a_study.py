"""The guide to adding a study, followed to the letter in a copy of the project."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cit_platform_tests.conftest import REPOSITORY

GUIDE = REPOSITORY / "docs" / "adding-a-study.md"
BLOCK = re.compile(r"^```(?:python|text) ([\w/.]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CONTENTS = Path("cit_platform", "publishing", "contents.py")

# What the copy must show: the asset of the study, the asset of its topic, and what the page says of it.
SHOWN = """
import cit_platform.publishing.page as page
from cit_platform.definitions import defs
from cit_platform.contracts import TABLES
from cit_platform.modelling.features import feature_frames
from cit_platform.publishing.parts.provenance import EditionFacts
from cit_platform.storage.provenance import Provenance
from cit_platform.studies.certified_share import certified_share
from cit_platform_tests.publishing import conftest
from cit_platform_tests.studies.city import WINDOWS, Truth, contacts_of, records_of

print(*sorted(asset.key.to_user_string() for asset in defs.assets if "certified_share" in str(asset.key)))
contacts = contacts_of(1000, Truth(), seed=3)
features = feature_frames(records_of(contacts, seed=4), contacts)
tables = conftest.tables_under("lower")
tables["models/certified_share"] = certified_share(features, "seattle", WINDOWS)
reports = conftest.reports(tables)
facts = EditionFacts("e", False, Provenance(source="demo", rows_received=1), 1, 0, "seattle", "nobody")
html = page.render_page(reports, conftest.DEMO, facts, (), ())
print(reports["certified_share"].findings[0].sentence in html.replace("\N{NO-BREAK SPACE}", " "))
print("Who reports the contacts?" in html and "Contacts by certification" in html)
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The project with the four files and the one line of the guide."""
    ignored = shutil.ignore_patterns("__pycache__", ".venv", ".git")
    for name in ("cit_platform", "cit_platform_tests"):
        shutil.copytree(REPOSITORY / name, tmp_path / name, ignore=ignored)
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    blocks = dict(BLOCK.findall(GUIDE.read_text(encoding="utf-8")))
    line = blocks.pop("line")
    assert len(blocks) == 4
    for path, text in blocks.items():
        assert not (tmp_path / path).exists(), path
        (tmp_path / path).write_text(text, encoding="utf-8")
    contents = tmp_path / CONTENTS
    before, end, after = contents.read_text(encoding="utf-8").partition('    Section("reading"')
    assert line.count("\n") == 1
    contents.write_text(before + line + end + after, encoding="utf-8")
    return tmp_path


def run(copy: Path, *arguments: str) -> str:
    done = subprocess.run([sys.executable, *arguments], cwd=copy, capture_output=True, text=True, timeout=250)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_study_has_its_assets_and_its_place_on_the_page(copy: Path) -> None:
    assert run(copy, "-c", SHOWN).splitlines()[-3:] == [
        "models/certified_share published/certified_share",
        "True",
        "True",
    ]


def test_its_own_test_passes_and_the_names_line_up(copy: Path) -> None:
    tests = copy / "cit_platform_tests" / "publishing"
    passed = run(
        copy, "-m", "pytest", "-q", "-p", "no:cacheprovider",
        str(tests / "topics" / "test_certified_share.py"), str(tests / "test_contents.py"),
    )  # fmt: skip
    assert "passed" in passed
