"""Whether the newest Python that the project allows gives the same tables, byte for byte, as the one that runs this.

It is installed from the lock into a folder that is removed at the end; where no newer one is found, that is said.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from cit_platform.settings import REPOSITORY

KEY = "the same key in each home, of no city"
SMALL_CITY = {"CIT_DEMO_ROWS": "4000", "CIT_AS_OF": "2026-03-01", "CIT_PSEUDONYM_KEY": KEY}


def newest_allowed() -> str | None:
    """The newest Python on the path that pyproject.toml allows and that is newer than this one."""
    allowed = re.search(r'requires-python = ">=3\.\d+,<3\.(\d+)"', (REPOSITORY / "pyproject.toml").read_text())
    assert allowed
    for minor in range(int(allowed.group(1)) - 1, sys.version_info.minor, -1):
        found = shutil.which(f"python3.{minor}")
        # A shim may be of a version that is not chosen here.
        if found and subprocess.run([found, "--version"], capture_output=True, check=False).returncode == 0:
            return found
    return None


def tables(python: Path, home: Path) -> dict[str, bytes]:
    """Refresh the small city, and read the tables of its edition."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CIT_", "DAGSTER_"))}
    command = [str(python), "-c", "from cit_platform.cli import main; main()", "refresh"]
    environment = {**kept, **SMALL_CITY, "CIT_HOME": str(home), "PYTHONPATH": str(REPOSITORY)}
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL, cwd=home.parent)
    return {path.name: path.read_bytes() for path in (home / "published" / "latest" / "tables").glob("*.csv")}


def main() -> None:
    """Print what was compared; exit 1 where a table differs."""
    newest = newest_allowed()
    if newest is None:
        print("Not compared: no Python that the project allows and that is newer than this one is on the path.")
        return
    with tempfile.TemporaryDirectory(prefix="newest-python-") as folder:
        python = Path(folder) / "venv" / "bin" / "python"
        subprocess.run([newest, "-m", "venv", str(python.parents[1])], check=True)
        lock = ["--require-hashes", "--requirement", str(REPOSITORY / "requirements.txt")]
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *lock], check=True)
        here, there = tables(Path(sys.executable), Path(folder) / "here"), tables(python, Path(folder) / "there")
    differing = sorted(name for name in here.keys() | there.keys() if here.get(name) != there.get(name))
    print(f"{newest} and {sys.executable}: {len(here)} tables, {len(differing)} differ {' '.join(differing)}".strip())
    sys.exit(bool(differing))


if __name__ == "__main__":
    main()
