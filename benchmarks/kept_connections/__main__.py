"""Run Dagster's own tests of its event log, which come with its source, on the one with kept connections (minutes)."""

import os
import subprocess
import sys
import tarfile
import tempfile
from importlib.metadata import version
from pathlib import Path

from cit_platform_tests.conftest import REPOSITORY

TESTS = Path(__file__).with_name("event_log.py")


def main() -> int:
    """Take the source of the installed version from the package index, and run; pytest's exit code."""
    installed = f"dagster-{version('dagster')}"
    with tempfile.TemporaryDirectory() as taken:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", "dagster"]
        subprocess.run([*pip, "--dest", taken, installed.replace("-", "==")], check=True)
        with tarfile.open(Path(taken) / f"{installed}.tar.gz") as source:
            tests = [member for member in source if member.name.startswith(f"{installed}/dagster_tests/")]
            source.extractall(taken, tests, filter="data")
        # It loads the tests of other storages too, which need a package that is not published.
        (Path(taken) / installed / "dagster_tests" / "storage_tests" / "utils" / "__init__.py").write_text("")
        settings = Path(taken) / "pytest.ini"
        settings.write_text("[pytest]\n")
        paths = os.pathsep.join([str(REPOSITORY), str(Path(taken) / installed)])
        pytest = [sys.executable, "-m", "pytest", "-q", "-W", "ignore", "-c", str(settings), "-p", "no:cacheprovider"]
        return subprocess.run([*pytest, str(TESTS)], cwd=taken, env={**os.environ, "PYTHONPATH": paths}).returncode


if __name__ == "__main__":
    sys.exit(main())
