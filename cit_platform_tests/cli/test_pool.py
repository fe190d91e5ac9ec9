"""`cit pool`: the editions of several homes pooled, each home only read, and what is refused with what to do."""

import csv
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cit_platform.errors import UserError
from cit_platform.inference.pooled_agencies import pool_agencies
from cit_platform.publishing.parts import wording
from cit_platform.publishing.pooled import read_agencies
from cit_platform.storage.checksums import checksums
from cit_platform_tests.conftest import Cit
from cit_platform_tests.publishing.language import banned_words

CERTIFICATION = {"model": "force", "variant": "primary", "term": "cit_certified"}
ELSEWHERE = {"estimate": np.log(1.1), "odds_ratio": 1.1, "conf_low": 0.64, "conf_high": 1.89, "n_contacts": 2_000}
Elsewhere = Callable[..., Path]


def edition_of(home: Path) -> Path:
    return (home / "published" / "latest").resolve()


def rewrite(home: Path, table: str, where: dict[str, Any], values: dict[str, Any]) -> None:
    """Other values in the rows of an edition's table, its types as they were."""
    file = edition_of(home) / "tables" / f"{table}.parquet"
    found = pq.read_table(file)
    frame = found.to_pandas()
    chosen = np.logical_and.reduce([frame[name] == value for name, value in where.items()] or [frame.index >= 0])
    assert chosen.any()
    frame.loc[chosen, list(values)] = list(values.values())
    pq.write_table(pa.Table.from_pandas(frame, schema=found.schema, preserve_index=False), file)


def resealed(home: Path) -> Path:
    """The home, its edition as if it had been published so."""
    edition = edition_of(home)
    (edition / "checksums.txt").write_text(checksums(edition), encoding="utf-8")
    return home


@pytest.fixture
def elsewhere(small_city_home: Path, tmp_path: Path) -> Elsewhere:
    """A home of another agency.

    There is one agency whose records can be refreshed, so its edition is the small city's, rewritten by this test: the
    agency's name in codebook and tables, the odds ratio and its limits; not refreshed by the platform.
    """

    def make(agency: str = "elsewhere", name: str = "Elsewhere", **numbers: float) -> Path:
        home = tmp_path / agency
        shutil.copytree(small_city_home / "published", home / "published", symlinks=True)
        for table in ("estimates", "primary_outcomes", "diagnostics"):
            rewrite(home, table, {}, {"agency": agency})
        rewrite(home, "estimates", CERTIFICATION, ELSEWHERE | numbers)
        facts = edition_of(home) / "codebook" / "agency.toml"
        text = facts.read_text(encoding="utf-8")
        facts.write_text(text.replace('display_name = "Seattle"', f'display_name = "{name}"'), encoding="utf-8")
        return resealed(home)

    return make


def state(home: Path) -> dict[Path, tuple[int, int]]:
    return {path: (path.lstat().st_mtime_ns, path.lstat().st_size) for path in sorted(home.rglob("*"))}


def numbers(home: Path) -> tuple[float, float]:
    estimates = pd.read_parquet(edition_of(home) / "tables" / "estimates.parquet")
    [row] = estimates[np.logical_and.reduce([estimates[n] == v for n, v in CERTIFICATION.items()])].to_dict("records")
    return row["estimate"], row["std_error"]


def test_two_homes_are_pooled_and_only_read(small_city: Cit, elsewhere: Elsewhere, tmp_path: Path) -> None:
    homes = [small_city.home, elsewhere()]
    before = [state(home) for home in homes]
    done = small_city("pool", *map(str, homes), "--to", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    assert [state(home) for home in homes] == before
    found = pool_agencies(*map(np.array, zip(*map(numbers, homes), strict=True)))
    value, low, high = (wording.ratio(float(np.exp(n))) for n in (found.mean.value, found.mean.low, found.mean.high))
    assert f"odds ratio {value} (95 % interval {low} to {high}, which includes 1)" in done.stdout
    assert "is associated with" in done.stdout
    assert f"n = {4_940 + 2_000:,} contacts" in done.stdout
    assert "With two agencies the interval takes 12.7 standard errors" in done.stdout
    assert "cannot be said from two agencies" in done.stdout
    assert done.stdout.startswith("Demonstration data: synthetic records of Seattle and Elsewhere, not findings")
    assert banned_words(done.stdout.partition("Page:")[0]) == []
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["pooled.csv", "pooled.html"]


def test_page_and_table_stand_by_themselves(small_city: Cit, elsewhere: Elsewhere, tmp_path: Path) -> None:
    homes = [small_city.home, elsewhere(), elsewhere("third", "Third Town", estimate=-0.9, odds_ratio=0.4066)]
    done = small_city("pool", *map(str, homes), "--to", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "out" / "pooled.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 1
    assert not re.search(r"<script|<link|src=|https?://(?!www\.w3\.org/2000/svg)", page)
    with (tmp_path / "out" / "pooled.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {(row["part"], row["measure"]) for row in rows} == {
        *(
            (part, measure)
            for part in ("agency", "mean", "further_agency")
            for measure in ("odds_ratio", "risk_difference")
        ),
        *(("between", "log_odds_ratio_sd"), ("between", "i_squared")),
    }
    for row in rows:
        assert all(row[name] for name in ("estimate", "conf_low", "conf_high", "reference", "n_contacts", "n_events"))
    [mean] = [row for row in rows if row["part"] == "mean" and row["measure"] == "odds_ratio"]
    [further] = [row for row in rows if row["part"] == "further_agency" and row["measure"] == "odds_ratio"]
    printed = [wording.ratio(float(mean[name])) for name in ("estimate", "conf_low", "conf_high")]
    beyond = [wording.ratio(float(further[name])) for name in ("conf_low", "conf_high")]
    spoken = re.findall(r'role="img" aria-label="([^"]*)"', page)[0]
    assert "Seattle, odds ratio 0.82 (0.47 to 1.42); Elsewhere, odds ratio 1.10 (0.64 to 1.89)" in spoken
    assert f"Mean of the agencies, odds ratio {printed[0]} ({printed[1]} to {printed[2]})" in spoken
    assert f"odds ratio would lie between {beyond[0]} and {beyond[1]} in about 95 of 100" in done.stdout
    assert "Demonstration data" in page
    assert sum(float(row["weight"]) for row in rows if row["part"] == "agency" and row["measure"] == "odds_ratio") == (
        pytest.approx(1.0)
    )


def test_the_banner_names_who_is_a_demonstration(small_city: Cit, elsewhere: Elsewhere) -> None:
    real = elsewhere()
    file = edition_of(real) / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"demonstration": False}), encoding="utf-8")
    done = small_city("pool", str(small_city.home), str(resealed(real)))
    assert done.stdout.startswith("Demonstration data: synthetic records of Seattle, not findings about any agency.")


def test_without_a_demonstration_there_is_no_banner(elsewhere: Elsewhere, small_city: Cit) -> None:
    homes = [elsewhere(), elsewhere("third", "Third Town")]
    for home in homes:
        file = edition_of(home) / "manifest.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | {"demonstration": False}), encoding="utf-8")
    done = small_city("pool", *(str(resealed(home)) for home in homes))
    assert done.returncode == 0, done.stderr
    assert "emonstration" not in done.stdout


def test_what_a_fit_does_not_hold_constant_is_said(elsewhere: Elsewhere, small_city: Cit) -> None:
    home = elsewhere()
    rewrite(home, "estimates", CERTIFICATION | {"term": "records_system"}, {"term": "weekend"})
    done = small_city("pool", str(small_city.home), str(resealed(home)))
    assert "The fits do not hold the same things constant: Elsewhere lacks Records system." in done.stdout


def test_differences_are_not_pooled_where_an_agency_has_none(elsewhere: Elsewhere, small_city: Cit) -> None:
    home = elsewhere()
    rewrite(home, "primary_outcomes", {"outcome": "force"}, {"risk_difference": None, "converged": False})
    done = small_city("pool", str(small_city.home), str(resealed(home)))
    assert "Differences per 1,000 contacts are not pooled: Elsewhere has none with an interval." in done.stdout


def test_one_home_and_a_page_within_a_home_are_refused(small_city: Cit, elsewhere: Elsewhere) -> None:
    assert "agencies or more: cit pool HOME HOME" in small_city.refused("pool", str(small_city.home))
    within = small_city.home / "published" / "pooled"
    refused = small_city.refused("pool", str(small_city.home), str(elsewhere()), "--to", str(within))
    assert "homes are only read here. Give --to another folder" in refused
    assert not within.exists()


def no_home(home: Path) -> None:
    shutil.rmtree(home)


def no_edition(home: Path) -> None:
    (home / "published" / "latest").unlink()


def withdrawn(home: Path) -> None:
    file = edition_of(home) / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"withdrawn": {"at": "", "why": ""}}), encoding="utf-8")


def same_agency(home: Path) -> None:
    rewrite(home, "estimates", {}, {"agency": "seattle"})
    resealed(home)


def other_protocol(home: Path) -> None:
    edition = edition_of(home)
    file = edition / "manifest.json"
    manifest = json.loads(file.read_text())
    manifest["protocol"]["hash"] = "0" * 64
    file.write_text(json.dumps(manifest), encoding="utf-8")
    with (edition / "protocol" / "terms.csv").open("a") as terms:
        terms.write("\n")
    resealed(home)


def older_manifest(home: Path) -> None:
    file = edition_of(home) / "manifest.json"
    manifest = json.loads(file.read_text())
    del manifest["protocol"]
    file.write_text(json.dumps(manifest), encoding="utf-8")
    resealed(home)


def older_tables(home: Path) -> None:
    (edition_of(home) / "tables" / "diagnostics.parquet").unlink()
    resealed(home)


def altered(home: Path) -> None:
    rewrite(home, "estimates", CERTIFICATION, {"estimate": -3.0})


def cut(home: Path) -> None:
    (edition_of(home) / "manifest.json").write_text("{")


def not_estimated(home: Path) -> None:
    nothing = {"estimate": None, "odds_ratio": None, "conf_low": None, "conf_high": None, "converged": False}
    facts = '[{"exposure": "cit_certified"}]'
    rewrite(home, "estimates", CERTIFICATION, nothing | {"reason": "no_usable_exposure", "reason_facts": facts})
    resealed(home)


def kept_back(home: Path) -> None:
    where = {"model": "force", "variant": "primary", "diagnostic": "overlap"}
    rewrite(home, "diagnostics", where, {"value": 0.11, "passes": False})
    resealed(home)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (no_home, r"There is no home .*elsewhere\. Give the folders that CIT_HOME names"),
        (no_edition, r"elsewhere has no edition in force\. Publish one with CIT_HOME=.*cit refresh"),
        (withdrawn, r"has no edition in force"),
        (same_agency, r"are both of Seattle \(seattle\): the same agency twice.*Give one home of each agency"),
        (other_protocol, r"were not asked the same.*00000000 and differ in terms\.csv\. Refresh both with one version"),
        (older_manifest, r"recorded no protocol\. Publish a new one: CIT_HOME=.*elsewhere cit refresh --force"),
        (older_tables, r"did not publish models/diagnostics\. Publish a new one"),
        (altered, r"Elsewhere, edition .*tables/estimates\.parquet was altered\. Restore it from a backup, or refresh"),
        (cut, r"manifest .* cannot be read .* Restore"),
        (
            not_estimated,
            r"Elsewhere, edition .* no odds ratio of force .*is usable in no quarter.*pool the other agencies",
        ),
        (kept_back, r"Elsewhere, edition .*a gate of the protocol.*0\.11, at least 0\.2 is asked for.*is not pooled"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_what_cannot_be_pooled_is_refused_by_name(
    small_city_home: Path, elsewhere: Elsewhere, spoil: Callable[[Path], None], said: str
) -> None:
    home = elsewhere()
    spoil(home)
    with pytest.raises(UserError) as refused:
        read_agencies([small_city_home, home])
    assert re.search(said, str(refused.value)), refused.value
    assert "\n" not in str(refused.value)
    assert banned_words(str(refused.value)) == []
