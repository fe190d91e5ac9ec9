"""A session of Spark: on this machine, of a standalone cluster, or of a server that speaks Spark Connect."""

import socket
import warnings
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cit_platform.engine.spark_failures import SparkError, first_line

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

LOCAL, CONNECT, CONNECT_PORT = "local[", "sc://", 15002
SECONDS_TO_ANSWER = 10
# Machines that are started when they are asked for take minutes.
SECONDS_TO_COMPUTE = 180
# What every statement rests on, whatever the cluster's defaults: the time zone, types and errors that DuckDB has, and
# that the rows of a file which cannot be read are not left out.
MEANING = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.files.ignoreMissingFiles": "false",
    "spark.sql.files.ignoreCorruptFiles": "false",
    "spark.sql.parquet.compression.codec": "zstd",
}
# A session on this machine answers nobody else.
LOOPBACK = {"spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1", "spark.ui.enabled": "false"}


def spark_session(remote: str, megabytes: int, spill: Path) -> "SparkSession":
    """The session of this process, made where there is none yet.

    Args:
        remote: `local[2]`, `spark://HOST:PORT` or `sc://HOST:PORT`.
        megabytes: memory of the driver, which on this machine computes too.
        spill: folder for what does not fit into memory.

    Raises:
        SparkError: Nobody answers there, no session begins, or no machine computes.
    """
    with warnings.catch_warnings():
        # It warns of pandas 3, which nothing here asks it for.
        warnings.simplefilter("ignore", FutureWarning)
        return _begun(remote, megabytes, spill)


def _begun(remote: str, megabytes: int, spill: Path) -> "SparkSession":
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    is_first = SparkSession.getActiveSession() is None
    if is_first:
        _demand_answer(remote)
    try:
        builder = SparkSession.builder.appName("cit")
        if remote.startswith(CONNECT):
            session = builder.remote(remote).getOrCreate()
        else:
            session = builder.master(remote).config(map=_own_settings(remote, megabytes, spill)).getOrCreate()
        for name, value in MEANING.items():
            session.conf.set(name, value)
        if is_first:
            _demand_machines(session, remote)
    except (PySparkException, Py4JError, ImportError) as error:
        raise SparkError(
            f"Spark did not begin at {remote}: {first_line(error)} It needs Java 17 or later (java -version) and the "
            "packages of requirements-spark.txt; the pyspark among them has to be of the cluster's version, and its "
            "workers have to reach this machine (spark.driver.host): see docs/scale.md."
        ) from error
    return session


def _demand_machines(session: "SparkSession", remote: str) -> None:
    """Refuse a cluster on which nothing begins to compute: Spark would wait for ever, without a word."""
    if remote.startswith(LOCAL):
        return
    counted: Future[int] = Future()
    Thread(target=_count, args=(session, counted), daemon=True).start()
    try:
        counted.result(SECONDS_TO_COMPUTE)
    except Late:
        session.interruptAll()
        session.stop()
        raise SparkError(
            f"No machine of {remote} computed anything in {SECONDS_TO_COMPUTE} seconds. See its master's web page: "
            "whether workers are alive, whether one has as many cores and as much memory as an executor asks for "
            "(spark.executor.cores and spark.executor.memory in spark-defaults.conf; 1g where nothing is said), and "
            "which other application holds them. Executors that end as soon as they begin name the reason in the work "
            "folder of their worker."
        ) from None


def _count(session: "SparkSession", counted: "Future[int]") -> None:
    try:
        counted.set_result(session.range(0, 1, 1, 1).count())
    except Exception as error:
        counted.set_exception(error)


def _own_settings(remote: str, megabytes: int, spill: Path) -> dict[str, str]:
    """What is said once, when the driver begins; the rest is that of the cluster's spark-defaults.conf."""
    return {
        "spark.driver.memory": f"{megabytes}m",
        "spark.local.dir": str(spill),
        "spark.sql.warehouse.dir": f"file://{spill}/warehouse",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
        **(LOOPBACK if remote.startswith(LOCAL) else {}),
    }


def _demand_answer(remote: str) -> None:
    """Refuse at once an address where nobody answers: Spark would try for minutes."""
    if remote.startswith(LOCAL):
        return
    addresses = [urlsplit(f"//{each}") for each in urlsplit(remote).netloc.split(",")]
    for address in addresses:
        try:
            socket.create_connection((address.hostname, address.port or CONNECT_PORT), SECONDS_TO_ANSWER).close()
        except OSError:
            continue
        return
    raise SparkError(
        f"Nobody answers at {remote}: start that Spark, or set CIT_SPARK_REMOTE to where one runs; CIT_ENGINE=duckdb "
        "needs none."
    )
