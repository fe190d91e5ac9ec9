"""A standalone cluster of Spark on loopback: master, workers, a server, each a process that goes with the test."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from cit_platform_tests.engine.sparks import DEFAULTS, QUICK_JAVA, demand_spark

Found = TypeVar("Found")
SECONDS_TO_BEGIN = 120
# Two tasks a stage, so that both workers have one.
CLUSTER_DEFAULTS = f"""
{DEFAULTS}
spark.sql.shuffle.partitions 2
spark.default.parallelism 2
spark.executor.memory 600m
spark.driver.host 127.0.0.1
spark.driver.bindAddress 127.0.0.1
spark.ui.enabled false
"""
ON_LOOPBACK = {
    "SPARK_LOCAL_IP": "127.0.0.1",
    # A server of Spark Connect has it too, and needs half a gigabyte.
    "SPARK_DAEMON_MEMORY": "600m",
    "SPARK_DAEMON_JAVA_OPTS": "-Dspark.master.rest.enabled=false",
    "JDK_JAVA_OPTIONS": QUICK_JAVA,
}


@dataclass
class Cluster:
    """A master, and what was started beside it."""

    folder: Path
    started: ExitStack
    url: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """What a driver is started with."""
        return {"SPARK_CONF_DIR": str(self.folder), **ON_LOOPBACK}

    def worker(self, name: str, *before: str) -> subprocess.Popen[bytes]:
        """A worker with one core; `before` is put before its command."""
        options = ("--host", "127.0.0.1", "--webui-port", "0", "--cores", "1", "--memory", "1g")
        work = ("--work-dir", str(self.folder / name))
        command = ("spark-class", "org.apache.spark.deploy.worker.Worker", *options, *work, self.url)
        return self.start(name, *command, says="Successfully registered with master", before=before)[0]

    def connect_server(self) -> str:
        """A server that speaks Spark Connect and computes on the cluster; its address."""
        said = self.start(
            *("connect", "spark-submit", "--master", self.url),
            *("--conf", "spark.connect.grpc.binding.address=127.0.0.1", "--conf", "spark.connect.grpc.binding.port=0"),
            *("--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "spark-internal"),
            says=r"Spark Connect server started at: [^\s]*:(\d+)",
        )[1]
        return f"sc://127.0.0.1:{said[1]}"

    def start(
        self, name: str, program: str, *arguments: str, says: str, before: tuple[str, ...] = ()
    ) -> tuple[subprocess.Popen[bytes], re.Match[str]]:
        """A program of Spark's, once it says that it is there; it is killed with all that it started."""
        import pyspark

        home = Path(pyspark.__file__).parent
        log = self.folder / f"{name}.log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                [*before, str(home / "bin" / program), *arguments],
                env={**os.environ, "SPARK_HOME": str(home), **self.environment},
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
        self.started.callback(kill, process)

        def said() -> re.Match[str] | None:
            assert process.poll() is None, f"{name} ended: {log.read_text()[-2000:]}"
            return re.search(says, log.read_text())

        return process, waited_for(said, f"{name} says {says}")


@contextmanager
def loopback_cluster(folder: Path) -> Iterator[Cluster]:
    """A master without workers."""
    demand_spark()
    folder.mkdir(parents=True)
    (folder / "spark-defaults.conf").write_text(CLUSTER_DEFAULTS, encoding="utf-8")
    with ExitStack() as started:
        cluster = Cluster(folder, started)
        options = ("--host", "127.0.0.1", "--port", "0", "--webui-port", "0")
        master = ("spark-class", "org.apache.spark.deploy.master.Master", *options)
        cluster.url = cluster.start("master", *master, says=r"Starting Spark master at (spark://\S+)")[1][1]
        yield cluster


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and what it started, at once: it can clear nothing up."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(30)


def waited_for(look: Callable[[], Found | None], what: str, seconds: float = SECONDS_TO_BEGIN) -> Found:
    """What a look finds, asked again and again."""
    until = time.monotonic() + seconds
    while (found := look()) is None:
        assert time.monotonic() < until, f"in {seconds} seconds not: {what}"
        time.sleep(0.001)
    return found


def kill_while_it_writes(workers: list[subprocess.Popen[bytes]], relations: tuple[str, ...]) -> Path | None:
    """Kill the worker whose executor has a part of one of these relations open; the part, None while there is none."""
    for worker in workers:
        for executor in executors(worker):
            if open_part(executor, relations) is None:
                continue
            # Whether it is still open can be said of a process that is stopped.
            os.kill(executor, signal.SIGSTOP)
            part = open_part(executor, relations)
            if part is not None:
                kill(worker)
                return part
            os.kill(executor, signal.SIGCONT)
    return None


def executors(worker: subprocess.Popen[bytes]) -> list[int]:
    """The processes that a worker started."""
    with suppress(FileNotFoundError):
        children = Path(f"/proc/{worker.pid}/task").glob("*/children")
        return [int(child) for file in children for child in file.read_text().split()]
    return []


def open_part(process: int, relations: tuple[str, ...]) -> Path | None:
    """A part of one of these relations that a process has open and not yet handed over."""
    with suppress(FileNotFoundError):
        for descriptor in Path(f"/proc/{process}/fd").iterdir():
            with suppress(FileNotFoundError):
                file = descriptor.readlink()
                of_them = any(f"/views/{name}" in str(file) for name in relations)
                if of_them and "_temporary" in file.parts and file.name.startswith("part-"):
                    return file
    return None
