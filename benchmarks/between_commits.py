"""Whether two commits give the same: nights of a demonstration in each, and every table, verdict and sentence compared.

For changes that should move no number, however much they move code. Columns that only one of the two has are left
aside, tables and checks are not. The folder keeps what each night gave, so that nights can be added later.
"""

import argparse
import gzip
import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[1]
FIRST_DAY = date(2026, 1, 1)
# Pseudonyms of officers are columns too.
KEY = "one key of both homes, for as many nights as it takes"
HELD = 3
CHECKS, FINDINGS, PAGE, WHOLE = "checks.json", "findings.json", "index.html", "whole"
# What a page says of the run and of the code that made it.
OF_THE_RUN = re.compile(r"\b[0-9a-f]{7,64}\b|\b\d{4}-\d\d-\d\d(T\d{4}-| \d\d:\d\d\b)")


def main() -> int:
    """Print what differs, each with the first night on which it does; 1 if anything does, else 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.between_commits", description=__doc__)
    parser.add_argument("commits", nargs="*", metavar="COMMIT", help="the two, earlier first")
    parser.add_argument("--nights", type=int, default=100)
    parser.add_argument("--rows", type=int, default=5_000)
    parser.add_argument("--folder", type=Path, default=Path(".cit/between_commits"))
    parser.add_argument("--within", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.within:
        live(chosen.within, chosen.nights, chosen.rows)
        return 0
    before, after = (chosen.folder.resolve() / commit for commit in chosen.commits)
    lives = [_begun(folder, chosen.nights, chosen.rows) for folder in (before, after)]
    if any(life.wait() for life in lives):
        print("A refresh failed: see above.")
        return 1
    nights = [f"{number:03}" for number in range(chosen.nights)]
    found, first = Counter[str](), dict[str, str]()
    n_values = sum(_compared(before / night, after / night, night, found, first) for night in nights)
    print(f"{len(nights)} nights, {n_values:,} values of tables, {sum(found.values())} differences")
    for what, n in sorted(found.items()):
        print(f"  {what}: on {n} nights, first {first[what]}")
    return int(bool(found))


# --- Living, in the tree of a commit: nothing of this project is imported but what that commit has ---


def _begun(folder: Path, nights: int, rows: int) -> "subprocess.Popen[bytes]":
    """A process that lives the nights that are missing in the tree of a commit."""
    tree = folder / "tree"
    if not tree.exists():
        subprocess.run(["git", "clone", "--quiet", str(REPOSITORY), str(tree)], check=True)
        subprocess.run(["git", "-C", str(tree), "checkout", "--quiet", folder.name], check=True)
    own = {name: value for name, value in os.environ.items() if not name.startswith(("CIT_", "DAGSTER_"))}
    settings = {"CIT_HOME": str(folder / "home"), "CIT_SOURCE": "demo", "CIT_DEMO_ROWS": str(rows)}
    environment = {**own, **settings, "CIT_PSEUDONYM_KEY": KEY, "PYTHONPATH": str(tree), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, __file__, "--within", str(folder), "--nights", str(nights), "--rows", str(rows)]
    return subprocess.Popen(command, env=environment, cwd=tree)


def live(folder: Path, nights: int, rows: int) -> None:
    """Refresh the home of a folder night after night, and keep what each gave; exit 1 at the first that fails."""
    from typer.testing import CliRunner

    from cit_platform.cli import app

    for number in range(nights):
        night = folder / f"{number:03}"
        if (night / WHOLE).exists():
            continue
        os.environ["CIT_AS_OF"] = str(FIRST_DAY + timedelta(days=number))
        begun = time.process_time()
        done = CliRunner().invoke(app, ["refresh"])
        if done.exit_code not in (0, HELD):
            sys.exit(f"{folder.name}, night {number}: {done.output[-2000:]}")
        night.mkdir(exist_ok=True)
        keep(folder / "home", night)
        print(f"{folder.name}, night {number}: {time.process_time() - begun:.0f} s of processor", flush=True)


def keep(home: Path, night: Path) -> None:
    """Keep every table of a home, the verdicts of its checks, its findings and its page."""
    import deltalake
    import pyarrow.parquet as pq

    checks: dict[str, Any] = {}
    for log in sorted((home / "lake").glob("*/*/_delta_log")):
        schema, name = log.parent.parts[-2:]
        table = deltalake.DeltaTable(str(log.parent))
        pq.write_table(table.to_pyarrow_dataset().to_table(), night / f"{schema}.{name}.parquet", compression="zstd")
        commits = (json.loads(commit["cit"]) for commit in table.history(6) if "cit" in commit)
        checks[f"{schema}.{name}"] = next(commits, {}).get("checks") or []
    (night / CHECKS).write_text(json.dumps(checks))
    for name in (FINDINGS, PAGE):
        (night / f"{name}.gz").write_bytes(gzip.compress((home / "published" / "latest" / name).read_bytes()))
    (night / WHOLE).touch()


# --- Comparing ---


def _compared(before: Path, after: Path, night: str, found: Counter[str], first: dict[str, str]) -> int:
    """Count what differs on a night; how many values were compared."""
    n_values = 0
    for what, how, n in (*_tables(before, after), *_verdicts(before, after), *_words(before, after)):
        n_values += n
        if how:
            found[what] += 1
            first.setdefault(what, f"{night}: {how}")
    return n_values


def _tables(before: Path, after: Path) -> Iterator[tuple[str, str, int]]:
    """What differs in the tables, how, and how many values were compared."""
    import numpy as np
    import pyarrow.parquet as pq

    here, there = ({file.stem for file in folder.glob("*.parquet")} for folder in (before, after))
    for name in sorted(here ^ there):
        yield name, "one of the two has it", 0
    for name in sorted(here & there):
        one, other = (pq.read_table(folder / f"{name}.parquet").to_pandas() for folder in (before, after))
        if len(one) != len(other):
            yield name, f"{len(one)} and {len(other)} rows", 0
            continue
        for column in one.columns.intersection(other.columns):
            was, is_ = one[column], other[column]
            same = ((was.isna() & is_.isna()) | (was == is_).fillna(False)).to_numpy(dtype=bool)
            place = int(np.argmin(same)) if not same.all() else -1
            yield f"{name}.{column}", "" if same.all() else f"{was[place]!r} and {is_[place]!r}", len(was)


def _verdicts(before: Path, after: Path) -> Iterator[tuple[str, str, int]]:
    here, there = (json.loads((folder / CHECKS).read_text()) for folder in (before, after))
    for table in sorted({*here, *there}):
        one, other = (
            {(check["name"], check["status"], check["severity"]) for check in found.get(table, [])}
            for found in (here, there)
        )
        yield f"checks of {table}", str(sorted(one ^ other)) if one != other else "", 0


def _words(before: Path, after: Path) -> Iterator[tuple[str, str, int]]:
    """The sentences of the findings and the paragraphs of the page."""
    for what, kept, said in (("findings", FINDINGS, _sentences), ("page", PAGE, _paragraphs)):
        one, other = (
            said(gzip.decompress((folder / f"{kept}.gz").read_bytes()).decode()) for folder in (before, after)
        )
        differing = [pair for pair in zip(one, other, strict=False) if pair[0] != pair[1]]
        number = f"{len(one)} and {len(other)}" if len(one) != len(other) else ""
        yield f"sentences of the {what}", f"{differing[:1] or number}" if one != other else "", 0


def _sentences(findings: str) -> list[str]:
    stored = json.loads(findings)
    return [each["sentence"] for each in (stored["findings"] if isinstance(stored, dict) else stored)]


def _paragraphs(page: str) -> list[str]:
    found = re.findall(r"<(?:p|li|h[1-6]|td|figcaption)\b[^>]*>(.*?)</(?:p|li|h[1-6]|td|figcaption)>", page, re.DOTALL)
    return [OF_THE_RUN.sub("…", " ".join(unescape(re.sub(r"<[^>]+>", " ", each)).split())) for each in found]


if __name__ == "__main__":
    sys.exit(main())
