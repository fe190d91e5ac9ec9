"""The run lock: across processes, freed by death, named to those who wait."""

import multiprocessing
import os
import signal
import time
from multiprocessing.synchronize import Event
from pathlib import Path

from cit_platform.storage.run_lock import holder, run_lock

spawn = multiprocessing.get_context("spawn")


def hold(home: str, held: Event) -> None:
    with run_lock(Path(home), "first-run", print):
        held.set()
        time.sleep(60)


def test_nobody_holds_a_new_home(tmp_path: Path) -> None:
    assert holder(tmp_path) is None


def test_the_second_waits_for_a_named_first_and_goes_on_after_its_death(tmp_path: Path) -> None:
    held = spawn.Event()
    first = spawn.Process(target=hold, args=(str(tmp_path), held))
    first.start()
    assert held.wait(30)
    described = holder(tmp_path)
    assert described is not None
    assert f"run first-run (process {first.pid}, since" in described

    said: list[str] = []

    def kill_once_waiting(message: str) -> None:
        said.append(message)
        assert first.pid is not None
        os.kill(first.pid, signal.SIGKILL)

    with run_lock(tmp_path, "second-run", kill_once_waiting):
        assert "second-run" in (tmp_path / "run.lock").read_text()
    first.join()
    assert len(said) == 1
    assert "Waiting for run first-run" in said[0]
    assert holder(tmp_path) is None


def test_a_lock_file_that_says_nothing_is_still_respected(tmp_path: Path) -> None:
    (tmp_path / "run.lock").write_text("{half")
    with run_lock(tmp_path, "run", print):
        pass
