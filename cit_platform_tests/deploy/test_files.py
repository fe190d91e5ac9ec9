"""What `deploy/` names is there: files, commands, settings; systemd itself reads the units."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from cit_platform.settings import Settings
from cit_platform_tests.conftest import REPOSITORY, missing

DEPLOY = REPOSITORY / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
CONTAINERFILE = (DEPLOY / "Containerfile").read_text()
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
POSTGRES = set(re.findall(r"env: (\w+)", (DEPLOY / "dagster.postgres.yaml").read_text()))
SETTINGS = {field.validation_alias or f"CIT_{name.upper()}" for name, field in Settings.model_fields.items()}
KNOWN = {*SETTINGS, *POSTGRES}
# Under which memory does not grow: `python -m benchmarks.soak.memory`.
ALLOCATORS = "MALLOC_ARENA_MAX=2 MALLOC_TRIM_THRESHOLD_=131072 ARROW_DEFAULT_MEMORY_POOL=system"


def words(unit: Path, name: str) -> list[str]:
    return [line.partition("=")[2] for line in unit.read_text().splitlines() if line.startswith(f"{name}=")]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_takes_a_unit_as_it_stands(unit: Path, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not here")
    # The paths of a server, which this machine need not have.
    for each in UNITS:
        text = each.read_text().replace("/opt/cit/.venv/bin", str(Path(sys.executable).parent))
        text = text.replace("User=cit", "User=daemon").replace("Group=cit", "Group=daemon")
        (tmp_path / each.name).write_text(text)
    command = ["systemd-analyze", "verify", "--man=no", str(tmp_path / unit.name)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    about_it = [line for line in done.stderr.splitlines() if "cit-" in line and "Failed to create" not in line]
    assert about_it == []


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_a_service_runs_a_command_of_ours_as_an_ordinary_user_that_writes_to_the_home_alone(unit: Path) -> None:
    [command] = words(unit, "ExecStart")
    program, *arguments = command.split()
    assert Path(sys.executable).with_name(Path(program).name).exists()
    assert all((REPOSITORY / Path(path).name).exists() for path in arguments if path.startswith("/opt/cit/"))
    assert words(unit, "User") == ["cit"]
    assert words(unit, "ReadWritePaths") == ["/var/lib/cit"]
    assert words(unit, "UMask") == ["0077"]
    assert words(unit, "NoNewPrivileges") == ["true"]
    assert words(unit, "ProtectSystem") == ["strict"]
    if words(unit, "Type") != ["oneshot"]:
        assert words(unit, "Restart") == ["always"]
        assert words(unit, "MemoryMax")
        assert words(unit, "RuntimeMaxSec")


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_a_service_sets_what_is_a_setting(unit: Path) -> None:
    assert set(re.findall(r"(\w+)=/", " ".join(words(unit, "Environment")))) <= KNOWN


@pytest.mark.parametrize("unit", [unit for unit in SERVICES if unit.stem != "cit-alive"], ids=lambda unit: unit.stem)
def test_a_server_and_the_container_bound_what_allocators_keep(unit: Path) -> None:
    assert ALLOCATORS in words(unit, "Environment")
    assert f"ENV {ALLOCATORS}\n" in CONTAINERFILE


def test_where_runs_are_linear_algebra_has_one_thread() -> None:
    assert "OMP_NUM_THREADS=1" in words(DEPLOY / "systemd" / "cit-daemon.service", "Environment")
    assert "ENV OMP_NUM_THREADS=1\n" in CONTAINERFILE


def test_the_example_of_the_environment_holds_settings_and_no_secret() -> None:
    lines = re.findall(r"(?m)^#?([A-Z_]+)=(.*)$", (DEPLOY / "cit.env.example").read_text())
    assert {name for name, _ in lines} <= KNOWN
    assert {name for name, _ in lines} >= POSTGRES
    assert [value for name, value in lines if re.search("PASSWORD|KEY|TOKEN", name) and value] == []


def test_the_container_copies_what_is_there_and_runs_what_is_installed() -> None:
    copied = re.findall(r"(?m)^COPY (.+) \S+$", CONTAINERFILE)
    assert [path for line in copied for path in line.split() if not (REPOSITORY / path).exists()] == []
    assert set(re.findall(r"(\w+)=/", re.findall(r"(?m)^ENV (.*)$", CONTAINERFILE)[0])) <= KNOWN
    [command] = re.findall(r"(?m)^CMD (.*)$", CONTAINERFILE)
    assert Path(sys.executable).with_name(json.loads(command)[0]).exists()


@pytest.mark.pipeline
def test_what_the_container_copies_is_enough_to_load_the_platform(tmp_path: Path) -> None:
    """The instructions of the file that need no container engine, followed in a folder."""
    assert re.findall(r"(?m)^WORKDIR (.*)$", CONTAINERFILE) == ["/opt/cit"]
    for sources, target in re.findall(r"(?m)^COPY (.+) (\S+)$", CONTAINERFILE):
        for source in sources.split():
            inside = Path(target.removeprefix("/")) if target.startswith("/") else Path("opt/cit", target)
            place = tmp_path / inside / Path(source).name if target.endswith("./") else tmp_path / inside
            place.parent.mkdir(parents=True, exist_ok=True)
            copy = shutil.copytree if (REPOSITORY / source).is_dir() else shutil.copy
            copy(REPOSITORY / source, place)
    loads = (
        "import cit_platform, pathlib; from cit_platform.definitions import defs; from cit_platform.cli import main; "
        "print(pathlib.Path(cit_platform.__file__).parents[1], len(defs.resolve_asset_graph().get_all_asset_keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", loads],
        cwd=tmp_path / "opt" / "cit",
        env={"PATH": "/usr/bin", "PYTHONPATH": str(tmp_path / "opt" / "cit"), "CIT_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    folder, n_assets = done.stdout.split()
    assert Path(folder) == tmp_path / "opt" / "cit"
    assert int(n_assets) > 50
    assert yaml.safe_load((tmp_path / "opt/cit/workspace.yaml").read_text())
    assert yaml.safe_load((tmp_path / "etc/cit/dagster/dagster.yaml").read_text())["storage"]["postgres"]
    # Installed without isolation: what builds the package has to be locked.
    assert re.search(r"(?m)^flit-core==", (REPOSITORY / "requirements-production.txt").read_text())
    user, home = re.findall(r"(?m)^USER (.*)$", CONTAINERFILE)[0], re.findall(r"CIT_HOME=(\S+)", CONTAINERFILE)[0]
    assert f"install -d -o {user} -g {user} -m 0700 {home}" in CONTAINERFILE


@pytest.mark.parametrize("service", ["webserver", "daemon"])
def test_the_compose_file_runs_what_is_installed_with_known_settings(service: str) -> None:
    found = COMPOSE["services"][service]
    assert (DEPLOY / found["build"]["context"] / found["build"]["dockerfile"]).exists()
    assert Path(sys.executable).with_name(found["command"][0]).exists()
    assert set(found["environment"]) <= KNOWN
    assert set(found["environment"]) >= POSTGRES
    assert {volume.split(":")[0] for volume in found["volumes"]} <= set(COMPOSE["volumes"])
    assert all(port.startswith("127.0.0.1:") for port in found.get("ports", []))


def test_nginx_takes_the_example(tmp_path: Path) -> None:
    nginx = shutil.which("nginx")
    if nginx is None:
        missing("nginx")
    text = re.sub(r"(?m)^\s*(ssl_certificate.*|listen 443 ssl;)$", "", (DEPLOY / "nginx.conf.example").read_text())
    (tmp_path / "nginx.conf").write_text(f"pid {tmp_path}/pid; events {{}} http {{ {text} }}")
    done = subprocess.run([nginx, "-t", "-c", str(tmp_path / "nginx.conf")], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
