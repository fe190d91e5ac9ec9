"""A PostgreSQL server of the tests' own, on loopback, of an ordinary user: PostgreSQL refuses to run as root."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cit_platform_tests.deploy.services import free_port

PASSWORD = "a-password-of-the-tests"
BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))


def ordinary_user() -> dict[str, object]:
    """What makes a subprocess one of an ordinary user, where we are root."""
    return {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}


@dataclass
class Postgres:
    """A server with a folder and a port of its own, which can be killed and started again."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What `deploy/dagster.postgres.yaml` asks of the environment."""
        values = {"HOST": "127.0.0.1", "PORT": str(self.port), "DB": "postgres", "USER": "dagster"}
        named = {f"DAGSTER_POSTGRES_{name}": value for name, value in values.items()}
        return {**named, "DAGSTER_POSTGRES_PASSWORD": PASSWORD}

    def create(self) -> None:
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        if os.geteuid() == 0:
            for path in (self.folder, secret):
                shutil.chown(path, "nobody", "nogroup")
        rights = ["--username=dagster", "--auth=scram-sha-256", f"--pwfile={secret}"]
        self._run("initdb", f"--pgdata={self.folder / 'data'}", "--encoding=UTF8", "--locale=C", "--no-sync", *rights)

    def start(self) -> None:
        """Start, and wait until it answers; a server that was killed leaves memory that its heirs give back first."""
        deadline = time.monotonic() + 60
        while not self._is_ready():
            assert time.monotonic() < deadline, (self.folder / "log").read_text()[-2000:]
            if self.process is None or self.process.poll() is not None:
                self.process = self._process()
            time.sleep(0.2)

    def kill(self) -> None:
        """Kill it as a fault would, and wait until it is gone."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(30)

    def _process(self) -> subprocess.Popen[bytes]:
        where = ["-D", str(self.folder / "data"), "-k", str(self.folder), "-p", str(self.port)]
        # The machine does not crash, only the server: nothing need reach the disk.
        chosen = ["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [BINARIES[-1], *where, *chosen],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                **ordinary_user(),  # type: ignore[call-overload]
            )

    def _is_ready(self) -> bool:
        asked = [BINARIES[-1].with_name("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(asked, check=False).returncode == 0

    def _run(self, name: str, *arguments: str) -> None:
        done = subprocess.run(
            [BINARIES[-1].with_name(name), *arguments],
            capture_output=True,
            text=True,
            cwd=self.folder,
            **ordinary_user(),  # type: ignore[call-overload]
        )
        assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def postgres_served() -> Iterator[Postgres]:
    """A new server, gone with its folder at the end."""
    folder = Path(tempfile.mkdtemp(prefix="cit-postgres-"))
    server = Postgres(folder)
    try:
        server.create()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
