"""A Spark that cannot be had is refused with what to do: no package, no Java, one too old, nobody at the address."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cit_platform.engine.spark_failures import SparkError
from cit_platform.engine.spark_session import spark_session
from cit_platform.settings import REPOSITORY, SettingsError, load_settings
from cit_platform_tests.engine.sparks import demand_package


@pytest.fixture(autouse=True)
def chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("CIT_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("CIT_ENGINE", "spark")


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A package of this name can be found, whatever is installed."""
    (tmp_path / "site" / "pyspark").mkdir(parents=True)
    (tmp_path / "site" / "pyspark" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path / "site")


@pytest.fixture
def java(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A Java that ends at once, as one too old for Spark's classes does."""
    program = tmp_path / "java" / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "java"))
    return program


def without_pyspark(folder: Path) -> str:
    """What Python finds now, as a path for a new one, and no pyspark in it."""
    found = []
    for number, place in enumerate(map(Path, sys.path)):
        if not place.is_dir() or place == REPOSITORY:
            continue
        links = folder / str(number)
        links.mkdir()
        for each in place.iterdir():
            if not each.name.startswith("pyspark"):
                (links / each.name).symlink_to(each)
        found.append(str(links))
    return os.pathsep.join([str(REPOSITORY), *found])


def test_without_the_package_the_setting_is_refused_with_what_to_install(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-S", "-c", "from cit_platform.settings import load_settings; load_settings()"],
        env={**os.environ, "PYTHONPATH": without_pyspark(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    message = done.stderr.splitlines()[-1]
    assert "SettingsError: CIT_ENGINE=spark needs the package pyspark, which is not installed" in message
    assert "requirements-spark.txt" in message


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize("home", [None, "elsewhere"])
def test_without_java_the_setting_is_refused_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, home: str | None
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    if home:
        monkeypatch.setenv("JAVA_HOME", str(tmp_path / home))
    monkeypatch.setenv("CIT_SPARK_REMOTE", "local[2]")
    with pytest.raises(
        SettingsError, match=r"needs Java 17 or later to run local\[2\].*default-jre-headless.*JAVA_HOME"
    ):
        load_settings()
    # A server has its own.
    monkeypatch.setenv("CIT_SPARK_REMOTE", "sc://spark.example.org")
    assert load_settings().remote == "sc://spark.example.org"


@pytest.mark.usefixtures("package", "java")
@pytest.mark.parametrize(
    "remote",
    ["local[*]", "local[16]", "spark://one:7077", "spark://one:7077,two.example.org:7077", "sc://h:443/;use_ssl=true"],
)
def test_a_machine_a_cluster_and_a_server_are_remotes(monkeypatch: pytest.MonkeyPatch, remote: str) -> None:
    monkeypatch.setenv("CIT_SPARK_REMOTE", remote)
    assert load_settings().remote == remote


@pytest.mark.usefixtures("package", "java")
@pytest.mark.parametrize(
    "remote",
    ["local", "local[0]", "yarn", "spark://one", "sc://h/;token=s3cret", "spark://one:7077;x", "http://one:80"],
)
def test_any_other_remote_is_refused_without_repeating_it(monkeypatch: pytest.MonkeyPatch, remote: str) -> None:
    monkeypatch.setenv("CIT_SPARK_REMOTE", remote)
    with pytest.raises(SettingsError, match="CIT_SPARK_REMOTE: give local") as refused:
        load_settings()
    assert "s3cret" not in str(refused.value)


@pytest.mark.usefixtures("package", "java")
def test_without_a_remote_spark_has_the_threads_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CIT_THREADS", "1")
    monkeypatch.setenv("CIT_MEMORY_LIMIT", "1.5GiB")
    settings = load_settings()
    assert (settings.remote, settings.memory_megabytes) == ("local[1]", 1610)


@pytest.mark.usefixtures("package", "java")
def test_a_home_that_spark_would_read_as_a_pattern_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CIT_HOME", "/tmp/a{b}")
    with pytest.raises(SettingsError, match=r"may not contain \{ \}"):
        load_settings()


@pytest.mark.usefixtures("java")
def test_a_java_that_cannot_run_it_is_named_with_the_version_that_can(tmp_path: Path) -> None:
    demand_package()
    with pytest.raises(SparkError, match=r"did not begin at local\[1\].*needs Java 17 or later"):
        spark_session("local[1]", 512, tmp_path)


@pytest.mark.parametrize("remote", ["sc://127.0.0.1:1", "spark://127.0.0.1:1,127.0.0.1:2"])
def test_an_address_where_nobody_answers_is_refused_at_once(tmp_path: Path, remote: str) -> None:
    demand_package()
    with pytest.raises(SparkError, match=f"Nobody answers at {remote}.*CIT_SPARK_REMOTE"):
        spark_session(remote, 512, tmp_path)


def test_a_package_of_spark_connect_that_is_missing_is_named_with_what_to_install(tmp_path: Path) -> None:
    demand_package()
    # In a process of its own: whoever asks for Spark Connect has it for good.
    program = tmp_path / "asking.py"
    program.write_text("""
import socket, sys
from pathlib import Path
from cit_platform.engine.spark_session import spark_session
sys.modules["grpc_status"] = None
with socket.create_server(("127.0.0.1", 0)) as server:
    spark_session(f"sc://127.0.0.1:{server.getsockname()[1]}", 512, Path(sys.argv[1]))
""")
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(
        [sys.executable, program, tmp_path], env=environment, capture_output=True, text=True, timeout=60
    )
    assert re.search(r"SparkError: Spark did not begin at sc://.*grpcio-status.*requirements-spark\.txt", done.stderr)
