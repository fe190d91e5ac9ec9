"""A command of `cit` in a process of its own, forked from one that has the libraries loaded: seconds less each time."""

import multiprocessing
import os
import subprocess
import sys
import tempfile
from pathlib import Path

LIBRARIES = ["cit_platform.definitions", "great_expectations", "scipy.stats", "pandas", "deltalake", "duckdb"]
SERVER = multiprocessing.get_context("forkserver")


def run_loaded(
    arguments: list[str], environment: dict[str, str], folder: Path, seconds: float
) -> "subprocess.CompletedProcess[str]":
    """What `cit` prints and its exit code, as of a process that was started with this environment in this folder."""
    SERVER.set_forkserver_preload(LIBRARIES)
    with tempfile.TemporaryDirectory() as scratch:
        out, err = Path(scratch) / "out", Path(scratch) / "err"
        process = SERVER.Process(target=_become, args=(arguments, environment, str(folder), str(out), str(err)))
        process.start()
        process.join(seconds)
        if process.is_alive():
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(["cit", *arguments], seconds)
        assert process.exitcode is not None
        return subprocess.CompletedProcess(["cit", *arguments], process.exitcode, out.read_text(), err.read_text())


def _become(arguments: list[str], environment: dict[str, str], folder: str, out: str, err: str) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for path, stream in ((out, 1), (err, 2)):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(file, stream)
        os.close(file)
    from cit_platform.cli import main

    sys.argv = ["cit", *arguments]
    main()
