"""A standalone cluster on loopback gives DuckDB's tables, also when a worker dies in mid-stage; or it says why not.

Up to the clean records; with CIT_TEST_WHOLE_REFRESH=1, as in `make cluster`, to the edition.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from threading import Timer

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.engines import differing, differing_tables
from cit_platform.contracts import TABLES
from cit_platform.engine import spark_session
from cit_platform.engine.query import Query
from cit_platform.engine.spark import Spark
from cit_platform.engine.spark_failures import SparkError
from cit_platform.storage.manifest import read_manifest
from cit_platform_tests.conftest import SMALL_CITY, Cit
from cit_platform_tests.engine.clusters import (
    CLUSTER_DEFAULTS,
    Cluster,
    kill_while_it_writes,
    loopback_cluster,
    waited_for,
)
from cit_platform_tests.engine.sparks import small_spark

# Java begins slowly, on a busy machine for minutes.
pytestmark = pytest.mark.timeout(900)
SECONDS_OF_A_REFRESH = 800
WHOLE = os.environ.get("CIT_TEST_WHOLE_REFRESH") == "1"
UP_TO_CLEAN = ("raw/records", "clean/exclusions", "clean/records")
SELECTION = ("--select", " or ".join(f'key:"{path}"' for path in UP_TO_CLEAN))
# In the middle of the way: what was written before was written by both workers.
IN_MID_STAGE = ("clean.records", "features.")


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with loopback_cluster(tmp_path_factory.mktemp("cluster") / "spark") as cluster:
        yield cluster


@pytest.fixture
def cluster(master: Cluster) -> Iterator[Cluster]:
    """The cluster with the workers of one test."""
    with ExitStack() as started:
        yield replace(master, started=started)


@pytest.fixture
def city(cluster: Cluster, small_city_home: Path, tmp_path: Path) -> Cit:
    """The small city in a new home, to be computed by the cluster, with the pseudonyms of its DuckDB twin."""
    key = (small_city_home / "pseudonym.key").read_text()
    variables = {"CIT_ENGINE": "spark", "CIT_SPARK_REMOTE": cluster.url, "CIT_PSEUDONYM_KEY": key}
    return Cit(tmp_path / "home", {**SMALL_CITY, **cluster.environment, **variables})


def test_a_refresh_whose_worker_is_killed_in_mid_stage_gives_the_tables_of_duckdb(
    cluster: Cluster, city: Cit, small_city_home: Path
) -> None:
    workers = [cluster.worker(name) for name in ("one", "two")]
    running = city.begin("refresh", *(() if WHOLE else SELECTION))
    part = waited_for(
        lambda: kill_while_it_writes(workers, IN_MID_STAGE), "a part is written in mid-stage", SECONDS_OF_A_REFRESH
    )
    assert running.ended(SECONDS_OF_A_REFRESH) == 0, running.said
    assert "Lost executor" in running.said
    assert [worker.poll() is None for worker in workers].count(True) == 1
    assert_equal(city, small_city_home)
    if WHOLE:
        assert list(differing(small_city_home, city.home)) == []
        assert read_manifest(city.latest)["engine"] == "spark"
    # Of what the lost worker had begun nothing is left, in no table and beside none.
    assert not part.exists()
    assert [*city.home.rglob("_temporary")] == []
    for path, version in city.lake.versions().items():
        assert {file.name for file in city.lake.folder(path).glob("*.parquet")} == {Path(f).name for f in version.files}


def test_a_server_that_speaks_spark_connect_computes_on_the_cluster(
    cluster: Cluster, city: Cit, small_city_home: Path
) -> None:
    cluster.worker("of the server")
    city.refreshed(*SELECTION, CIT_SPARK_REMOTE=cluster.connect_server())
    assert_equal(city, small_city_home)


def assert_equal(city: Cit, twin: Path) -> None:
    """Row by row and check by check, as Spark computed them."""
    assert list(differing_tables(twin, city.home, UP_TO_CLEAN)) == []
    assert {city.lake.version(path).provenance.engine for path in UP_TO_CLEAN} == {"spark"}


def test_a_cluster_that_computes_nothing_is_refused_with_what_to_look_at(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spark_session, "SECONDS_TO_COMPUTE", 5)
    cluster.worker("small")
    too_much = CLUSTER_DEFAULTS + "spark.executor.memory 4g"
    refusal = r"No machine of spark://.* computed anything in 5 seconds.*spark\.executor\.memory"
    with pytest.raises(SparkError, match=refusal), small_spark(tmp_path / "configuration", cluster.url, too_much):
        pass


EXCLUSIONS = TABLES["clean/exclusions"]
# The folder is another for whoever runs the command.
BLIND = ("unshare", "--mount", "sh", "-c", 'mount -t tmpfs tmpfs "$0" && exec "$@"')


def test_a_worker_with_another_home_and_a_session_taken_away_are_named(cluster: Cluster, tmp_path: Path) -> None:
    spill = tmp_path / "spill"
    spill.mkdir()
    if subprocess.run([*BLIND, spill, "true"], stderr=subprocess.DEVNULL, check=False).returncode:
        pytest.skip("nobody may mount here")
    cluster.worker("blind", *BLIND, str(spill))
    rows = pa.table({name: pa.array(["a", "b"], pa.string()) for name in EXCLUSIONS.column_names})
    pq.write_table(rows, tmp_path / "rows.parquet")
    pq.write_table(pa.table({"number": range(1000)}), tmp_path / "many.parquet")
    kept = Query("select * from session.rows", {"session.rows": [tmp_path / "rows.parquet"]})
    lost = Query("select * from session.rows", relations={"session.rows": rows})
    defaults = CLUSTER_DEFAULTS + "spark.sql.files.ignoreMissingFiles true"
    with small_spark(tmp_path / "configuration", cluster.url, defaults) as session:
        spark = Spark(lambda: session, spill)
        with pytest.raises(SparkError, match=r"Spark wrote 2 rows into .*, and 0 are there.*mount CIT_HOME"):
            spark.write(kept, EXCLUSIONS, tmp_path / "table")
        with pytest.raises(SparkError, match=r"cannot read or write in the home.*Mount CIT_HOME"):
            spark.write(lost, EXCLUSIONS, tmp_path / "table")
        # As when the master takes the application away.
        Timer(3, session.sparkContext._jsc.sc().stop).start()
        endless = "select count(*) as n from " + ", ".join(f"session.many as m{number}" for number in range(5))
        with pytest.raises(SparkError, match="ended the session in the middle"):
            spark.table(Query(endless, {"session.many": [tmp_path / "many.parquet"]}))
        assert not (tmp_path / "table").exists()
