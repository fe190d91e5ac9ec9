"""The licences of the locked requirements, from what is installed; GPL and AGPL are refused unless reviewed."""

import re
import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from cit_platform.settings import REPOSITORY

LOCKS = ("requirements-pip.txt", "requirements.txt", "requirements-dev.txt")
# Packages whose copyleft was looked at, with the reason why they may stay.
REVIEWED: dict[str, str] = {
    "text-unidecode": "the Artistic License or the GPL, as one likes; needed by frictionless, which tests alone use",
}
# Not the Lesser one, which a program that only imports a library need not follow.
COPYLEFT = re.compile(r"(?<!L)\bA?GPL|(?<!Lesser )General Public License", re.IGNORECASE)
LONGEST = 60


def locked(lock: Path) -> list[str]:
    """The packages that a lock names, in its order."""
    return re.findall(r"(?m)^([A-Za-z0-9][\w.-]*)(?:\[[^]]*\])?==", lock.read_text(encoding="utf-8"))


def licence(package: str) -> str | None:
    """What an installed package says of its licence, its own text cut short; None where it is not installed."""
    try:
        found = metadata(package)
    except PackageNotFoundError:
        return None
    classifiers = [line.rpartition(" :: ")[2] for line in found.get_all("Classifier") or [] if "License ::" in line]
    said = found.get("License-Expression") or "; ".join(classifiers) or found.get("License") or "unknown"
    return said.strip().splitlines()[0][:LONGEST]


def refused(licences: Iterable[tuple[str, str | None]]) -> list[str]:
    """The packages under GPL or AGPL that nobody reviewed."""
    return [name for name, said in licences if said and COPYLEFT.search(said) and name not in REVIEWED]


def main() -> None:
    packages = sorted({name for lock in LOCKS for name in locked(REPOSITORY / lock)}, key=str.lower)
    licences = [(name, licence(name)) for name in packages]
    for name, said in licences:
        print(f"{name:<40}{said or '(not for this machine)'}")
    found = refused(licences)
    if found:
        sys.exit(f"Under GPL or AGPL, and not reviewed in benchmarks/licences.py: {', '.join(found)}")


if __name__ == "__main__":
    main()
