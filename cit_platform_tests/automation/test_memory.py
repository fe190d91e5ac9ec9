"""What the daemon's code server does every five minutes for weeks leaves no memory behind; the long form is a bench."""

import gc
import re
from pathlib import Path

import dagster as dg
import pytest

from cit_platform.automation.sensors import alerts
from cit_platform_tests.conftest import Cit

pytestmark = pytest.mark.pipeline
FIRST, LAST = 4, 12


def proportional_set_size() -> int:
    gc.collect()
    [kibibytes] = re.findall(r"(?m)^Pss:\s+(\d+) kB", Path("/proc/self/smaps_rollup").read_text())
    return int(kibibytes)


def test_ticks_of_the_alerts_leave_no_memory_behind(small_city: Cit, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in small_city.environment(DAGSTER_HOME=str(small_city.home / "dagster")).items():
        if name.startswith(("CIT_", "DAGSTER_")):
            monkeypatch.setenv(name, value)
    measured = {}
    with dg.DagsterInstance.get() as instance:
        for number in range(1, LAST + 1):
            with dg.build_sensor_context(instance=instance) as context:
                alerts(context)
            measured[number] = proportional_set_size()
    assert measured[LAST] <= measured[FIRST] * 1.05, measured
