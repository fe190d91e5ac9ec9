"""Processor seconds of each study on the tables of a home: `python -m benchmarks.studies.seconds HOME` after a refresh.

A study is computed as its asset computes it, without checks and writing: the studies of one run share what they share.
"""

import inspect
import os
import sys
from importlib import import_module
from time import process_time

from cit_platform.codebook.agency import agency_of
from cit_platform.contracts import TABLES, models, quality
from cit_platform.engine.query import Query
from cit_platform.modelling.features import Features
from cit_platform.modelling.windows import windows_of
from cit_platform.resources.home import Home


def main() -> None:
    """Print the seconds of each study, the most first, and their sum."""
    os.environ["CIT_HOME"] = sys.argv[1]
    seconds = {table.name: seconds_of(Home(), table.name) for table in models.TABLES}
    for name, taken in sorted(seconds.items(), key=lambda pair: -pair[1]):
        print(f"{taken:6.2f} {name}")
    print(f"{sum(seconds.values()):6.2f} all studies")


def seconds_of(home: Home, name: str) -> float:
    """Processor seconds of one study."""
    versions = home.lake.versions()
    as_of = versions[quality.EXPOSURE.path].provenance.as_of
    windows = windows_of(home.lake.frame(quality.EXPOSURE.path), (agency_of("seattle").first_report, as_of))
    names = {table.name for table in models.TABLES}
    study = getattr(import_module(f"cit_platform.studies.{name}"), name)
    asked = [name for name in inspect.signature(study).parameters if name in {"features", "agency", "windows", *names}]
    files = {TABLES[path].relation: version.files for path, version in versions.items()}
    frames = {path.split("/")[1]: home.lake.frame(path) for path in versions if path.startswith("models/")}
    with home.duckdb.bound(Query("", files)) as connection:
        feature_files = tuple(file for path in sorted(versions) if "features/" in path for file in versions[path].files)
        given = {"features": Features(connection, feature_files), "agency": home.settings.agency, "windows": windows}
        start = process_time()
        study(*(given[each] if each in given else frames[each] for each in asked))
        return process_time() - start


if __name__ == "__main__":
    main()
