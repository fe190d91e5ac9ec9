"""The change of a headline split by recomputation: revised records, new ones, and other code, beside a city that knows.

In the later edition the publisher took force back in some templates that were there before, and new templates came.
"""

import json
from pathlib import Path

import pandas as pd
import pytest

from cit_platform.publishing.edition.hold import findings_of, headlines
from cit_platform.publishing.edition.work import read_report
from cit_platform.publishing.topics import force
from cit_platform_tests.conftest import Cit, file_source

pytestmark = pytest.mark.pipeline

N_TAKEN_BACK, N_NEW, LENGTH_OF_ID = 3, 300, 11
TOPIC = '+key:"published/force"'


@pytest.mark.timeout(900)
def test_new_and_revised_records_and_other_code_have_their_parts(file_city: Cit, tmp_path: Path) -> None:
    city, folder = file_city, file_city.home.parent
    revised = _taken_back(pd.read_csv(folder / "records.csv", dtype=str, keep_default_na=False))
    earlier = city.latest.resolve()
    _serve(folder, pd.concat([revised, _renamed(revised)]))
    city.refreshed()
    _name_other_code(earlier)
    before = city.state()

    process = city.start("editions", "diff", earlier.name, "latest", "--recompute")
    said, _ = process.communicate(timeout=800)
    assert process.returncode == 0, said
    assert city.state() == before
    assert not list((city.home / "spill").glob("scratch-*"))

    was, now, as_revised = _odds_ratio(earlier), _odds_ratio(city.latest), _of_file(tmp_path / "oracle", revised)
    assert as_revised != pytest.approx(was, rel=0.02)
    assert now != pytest.approx(as_revised, rel=0.001)
    parts = f"{now - was:+.3g}: +0 code, codebook, settings or versions, "
    parts += f"{as_revised - was:+.3g} revised records, {now - as_revised:+.3g} new records"
    line = next(line for line in said.splitlines() if parts in line)
    assert line.startswith('"Force, odds ratio of certification"')


def _taken_back(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with force taken back in the first templates of certified officers that had it."""
    with_force = rows[(rows["use_of_force_indicator"] == "Y") & (rows["cit_certified_indicator"] == "Y")]
    templates = with_force["template_id"].drop_duplicates().head(N_TAKEN_BACK)
    assert len(templates) == N_TAKEN_BACK
    changed = rows.copy()
    changed.loc[rows["template_id"].isin(templates), "use_of_force_indicator"] = "N"
    return changed


def _renamed(rows: pd.DataFrame) -> pd.DataFrame:
    """Some contacts of the present records system again, under templates of their own."""
    own = rows[rows["template_id"].str.len() == LENGTH_OF_ID].head(N_NEW)
    renamed = own.assign(template_id=(own["template_id"].astype("int64") + 1).astype(str))
    assert not set(renamed["template_id"]) & set(rows["template_id"])
    return renamed


def _serve(folder: Path, rows: pd.DataFrame) -> None:
    rows.to_csv(folder / "records.csv", index=False)


def _name_other_code(edition: Path) -> None:
    """Let an edition say that other code computed it, so that it is computed again."""
    manifest = edition / "manifest.json"
    stated = json.loads(manifest.read_text())
    source, _, settings = stated["fingerprint"].split(".")
    stated["fingerprint"] = f"{source}.of_another_code.{settings}"
    manifest.write_text(json.dumps(stated))


def _odds_ratio(edition: Path) -> float:
    return float(headlines(findings_of(edition))[force.ODDS_RATIO]["numbers"]["estimate"])


def _of_file(folder: Path, rows: pd.DataFrame) -> float:
    """The odds ratio that a home of its own computes from these records alone."""
    folder.mkdir()
    _serve(folder, rows)
    city: Cit = file_source(folder)
    city.refreshed("--select", TOPIC)
    report = read_report(city.home / "published" / "work" / "force.json")
    return next(finding.estimate for finding in report.findings if finding.key == force.ODDS_RATIO)
