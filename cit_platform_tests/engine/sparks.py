"""A session of Spark for tests, small and quick to begin; without Java or pyspark they are skipped, and fail in CI."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cit_platform.engine.spark_session import spark_session
from cit_platform_tests.conftest import missing

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

REMOTE, MEGABYTES = "local[2]", 1200
# Few rows are read sooner than a plan for them is compiled, parted or proven.
DEFAULTS = """
spark.sql.shuffle.partitions 1
spark.default.parallelism 1
spark.sql.adaptive.enabled false
spark.sql.lightweightPlanChangeValidation false
spark.sql.codegen.wholeStage false
spark.sql.codegen.factoryMode NO_CODEGEN
"""
QUICK_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


def demand_package() -> None:
    """Skip where pyspark is not installed; fail in CI."""
    if find_spec("pyspark") is None:
        missing("pyspark is not installed: make .venv/installed-spark")


def demand_spark() -> None:
    """Skip where Spark cannot run; fail in CI."""
    demand_package()
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        missing("there is no Java: apt-get install default-jre-headless")


@contextmanager
def small_spark(folder: Path, remote: str = REMOTE, defaults: str = DEFAULTS) -> Iterator["SparkSession"]:
    """The session of this process, ended with its Java; `folder` is new, and holds its configuration."""
    demand_spark()
    folder.mkdir(parents=True)
    (folder / "spark-defaults.conf").write_text(defaults, encoding="utf-8")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SPARK_CONF_DIR", str(folder))
        environment.setenv("JDK_JAVA_OPTIONS", QUICK_JAVA)
        try:
            yield spark_session(remote, MEGABYTES, folder / "spill")
        finally:
            _end()


def _end() -> None:
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    gateway, session = SparkContext._gateway, SparkSession._instantiatedSession
    if session is not None:
        session.stop()
    if gateway is not None:
        gateway.shutdown()
        gateway.proc.stdin.close()
        gateway.proc.wait(30)
    SparkContext._gateway = SparkContext._jvm = None
