"""A command of `cit` in a process of its own, forked from one that has the libraries loaded: seconds less each time."""

import multiprocessing
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

LIBRARIES = ["cit_platform.definitions", "great_expectations", "scipy.stats", "pandas", "deltalake", "duckdb"]
SERVER = multiprocessing.get_context("forkserver")


@dataclass(frozen=True)
class Running:
    """A command that goes on, and what it printed."""

    process: BaseProcess
    out: Path
    err: Path

    @property
    def pid(self) -> int:
        assert self.process.pid is not None
        return self.process.pid

    def ended(self, seconds: float) -> int:
        """Wait for its end, and kill it where that does not come in time; its exit code."""
        self.process.join(seconds)
        if self.process.is_alive():
            self.kill()
            raise subprocess.TimeoutExpired(self.process.name, seconds)
        assert self.process.exitcode is not None
        return self.process.exitcode

    def kill(self) -> None:
        self.process.kill()
        self.process.join()

    @property
    def said(self) -> str:
        """What it printed so far."""
        return self.out.read_text() + self.err.read_text()


def start_loaded(arguments: list[str], environment: dict[str, str], folder: Path, scratch: Path) -> Running:
    """Start `cit` with this environment in this folder; what it prints goes into files in `scratch`."""
    SERVER.set_forkserver_preload(LIBRARIES)
    out, err = scratch / "out", scratch / "err"
    # Whoever asks what it said finds nothing before it says something.
    out.touch()
    err.touch()
    process = SERVER.Process(target=_become, args=(arguments, environment, str(folder), str(out), str(err)))
    process.start()
    return Running(process, out, err)


def run_loaded(
    arguments: list[str], environment: dict[str, str], folder: Path, seconds: float
) -> "subprocess.CompletedProcess[str]":
    """What `cit` prints and its exit code, as of a process that was started with this environment in this folder."""
    with tempfile.TemporaryDirectory() as scratch:
        running = start_loaded(arguments, environment, folder, Path(scratch))
        code = running.ended(seconds)
        return subprocess.CompletedProcess(["cit", *arguments], code, running.out.read_text(), running.err.read_text())


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
