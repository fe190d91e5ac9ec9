"""Nights of a server: web server and daemon of a home, with its history in SQLite or PostgreSQL, which dies in one.

Each night the portal serves a new day, the refresh is launched by GraphQL and one asset is materialised beside
it. In the middle one what holds the history is killed in mid-run: PostgreSQL itself, or, with SQLite, the daemon.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from contextlib import nullcontext
from datetime import timedelta
from itertools import islice
from pathlib import Path

from cit_platform.settings import REPOSITORY
from cit_platform_tests.conftest import Cit
from cit_platform_tests.deploy.postgres import Postgres, postgres_served
from cit_platform_tests.deploy.services import Services, services_of, wait_until
from cit_platform_tests.end_to_end.nights import FIRST_DAY, Night, Nights, a_city_served, days_from

# Longer than any night of a machine that has other work too: a run that is not over by then hangs.
SECONDS = 5400


def main() -> None:
    """Live the nights and print a line each; exit 1 if anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak.service", description=__doc__)
    parser.add_argument("--nights", type=int, default=10)
    parser.add_argument("--storage", choices=("postgres", "sqlite"), default="postgres")
    parser.add_argument("--rows", type=int, default=4_000, help="records of the city up to the end of 2025")
    chosen = parser.parse_args()
    plan = [Night("a new day", day) for day in islice(days_from(FIRST_DAY), chosen.nights)]
    folder = Path(tempfile.mkdtemp(prefix="service-"))
    served = postgres_served() if chosen.storage == "postgres" else nullcontext(None)
    try:
        with (
            served as postgres,
            a_city_served(folder / "home", chosen.rows, plan, plan[-1].day + timedelta(days=1)) as city,
            services_of(of_a_server(city.cit, postgres)) as services,
        ):
            # In the first there is nothing yet that could be in its middle.
            death = max(2, chosen.nights // 2)
            wrong = [live(services, city, night, n, postgres, n == death) for n, night in enumerate(plan, start=1)]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{len(plan)} nights with {chosen.storage}, {sum(map(bool, wrong))} of them wrong")
    sys.exit(any(wrong))


def of_a_server(cit: Cit, postgres: Postgres | None) -> Cit:
    """The home with an instance of its own beside it."""
    instance = cit.home.parent / "instance"
    instance.mkdir()
    configuration = "deploy/dagster.postgres.yaml" if postgres else "dagster.yaml"
    shutil.copy(REPOSITORY / configuration, instance / "dagster.yaml")
    cit.env |= {"DAGSTER_HOME": str(instance), **(postgres.environment if postgres else {})}
    return cit


def live(
    services: Services, city: Nights, night: Night, number: int, postgres: Postgres | None, dies: bool
) -> list[str]:
    """One night; what was wrong with it."""
    city.portal.dataset = city.portal.dataset.replaced(city.city.on(night.day).table())
    begun = time.monotonic()
    if dies:
        die_in_mid_run(services, postgres)
    nightly = services.launch()
    wait_until(lambda: services.status(nightly) not in {"QUEUED", "STARTING"}, "the nightly run", SECONDS)
    beside = services.launch("features/contacts") if number > 1 else nightly
    statuses = {services.ended(run, SECONDS) for run in (nightly, beside)}
    failed = [] if statuses == {"SUCCESS"} else [f"a run ended in {', '.join(sorted(statuses))}"]
    wrong = [*failed, *differing(services, city, night)]
    killed = ", after a run whose storage was killed" if dies else ""
    words = f"{'; '.join(wrong) or 'whole'}{killed}"
    print(f"{number:>3} {night.day} {time.monotonic() - begun:6.1f} s  {words}", flush=True)
    return wrong


def die_in_mid_run(services: Services, postgres: Postgres | None) -> None:
    """Kill what holds the history in the middle of a run, and bring everything back as systemd does."""
    version = services.cit.lake.version("raw/records").number
    killed = services.launch()
    wait_until(lambda: services.cit.lake.version("raw/records").number > version, "the middle of the run", SECONDS)
    if postgres:
        postgres.kill()
        postgres.start()
    else:
        services.processes["dagster-daemon"].kill()
        # Until then it counts as running, and nobody would start another.
        services.processes["dagster-daemon"].wait()
    services.revive()
    services.end_record(killed)


def differing(services: Services, city: Nights, night: Night) -> list[str]:
    """Edition, tables and history against the records that the portal served."""
    snapshot = city.city.snapshot(night.day)
    edition = json.loads((services.cit.latest / "manifest.json").read_text())["snapshot"]
    tables = {version.provenance.snapshot for version in services.cit.lake.versions().values()}
    unknown = [
        check["name"]
        for node in services.history()
        for check in node["assetChecksOrError"].get("checks", [])
        if check["executionForLatestMaterialization"] is None
    ]
    return [
        *([] if edition == snapshot else [f"the edition is of {edition}"]),
        *([] if tables == {snapshot} else [f"the tables are of {', '.join(sorted(tables))}"]),
        *([f"no result of {', '.join(unknown)}"] if unknown else []),
    ]


if __name__ == "__main__":
    main()
