"""No two editions differ by what a few contacts say of their officers: attacked over thirty generated nights."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cit_platform.publishing.parts.between_editions import (
    LEAST_CONTACTS,
    LEAST_OFFICERS,
    PRINTED,
    PRIVATE_TERMS,
    are_printed,
    without_private_terms,
)

START, NIGHTS = date(2026, 10, 20), 30
OFFICERS = 60
Edition = dict[str, pd.DataFrame]


def contacts_until(day: date, generator: np.random.Generator, known: pd.DataFrame) -> pd.DataFrame:
    """The contacts of a night beside those known: one to six new ones, by any of the officers."""
    n = int(generator.integers(1, 7)) if len(known) else 800
    officers = generator.integers(0, OFFICERS, n)
    new = pd.DataFrame({"officer_key": [f"officer {k}" for k in officers], "reported_date": day})
    new["officer_gender"] = np.where(officers % 3 == 0, "F", "M")
    new["officer_race"] = np.where(officers % 5 == 0, "Asian", "White")
    new["cit_certified"] = (officers % 2).astype(int)
    return pd.concat([known, new], ignore_index=True)


def tables_of(contacts: pd.DataFrame) -> Edition:
    """What a night computes: the levels, and the information of a fit, here the cross-products of its columns."""
    attributes = ["officer_gender", "officer_race"]
    levels = [
        {"term": term, "level": level, "n_contacts": n, "n_officers": part["officer_key"].nunique(), "shown": True}
        for term in attributes
        for level, part in contacts.groupby(term)
        for n in [len(part)]
    ]
    columns = pd.get_dummies(contacts[attributes]).astype(float).assign(cit_certified=contacts["cit_certified"])
    names = [("cit_certified", "") if c == "cit_certified" else tuple(c.rsplit("_", 1)) for c in columns]
    products = columns.to_numpy().T @ columns.to_numpy()
    matrices = [
        {
            "term": one[0],
            "level": one[1],
            "other_term": other[0],
            "other_level": other[1],
            "information": products[i, k],
        }
        for i, one in enumerate(names)
        for k, other in enumerate(names)
    ]
    return {"quality/levels": pd.DataFrame(levels), "models/fit_matrices": pd.DataFrame(matrices)}


def nights(folder: Path, seed: int, *, rule: bool) -> Iterator[tuple[date, pd.DataFrame, Edition]]:
    """Each night's contacts and what its edition prints, monthly ones as the first of their month."""
    generator, contacts, months = np.random.default_rng(seed), pd.DataFrame(), set()
    manifests: list[dict[str, Any]] = []
    for number in range(NIGHTS):
        day = START + timedelta(days=number)
        contacts = contacts_until(day, generator, contacts)
        file = folder / f"{day}.parquet"
        contacts.to_parquet(file)
        is_monthly = (day.year, day.month) not in months
        months.add((day.year, day.month))
        printed = are_printed(is_monthly, str(day), manifests, [file])
        manifests.append({PRINTED: printed, "as_of": day.isoformat(), "snapshot": str(day)})
        tables = tables_of(contacts)
        yield day, contacts, without_private_terms(tables) if rule and not printed else tables


def subtracted(earlier: Edition, later: Edition) -> dict[tuple[str, str], float]:
    """What subtraction gives about officers' attributes: each count and each product that both editions print."""
    found = {}
    for path, value in (("quality/levels", "n_contacts"), ("models/fit_matrices", "information")):
        key = [name for name in ("term", "level", "other_term", "other_level") if name in earlier[path].columns]
        both = earlier[path].merge(later[path], on=key, suffixes=("_before", "_after"))
        terms = both[[name for name in key if name.endswith("term")]].isin(PRIVATE_TERMS).any(axis=1)
        both = both[terms & both[f"{value}_before"].notna() & both[f"{value}_after"].notna()]
        for row in both.to_dict("records"):
            found[path, str([row[name] for name in key])] = row[f"{value}_after"] - row[f"{value}_before"]
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_subtraction_of_any_two_of_thirty_nights_tells_of_many_contacts_or_of_none(tmp_path: Path, seed: int) -> None:
    lived = list(nights(tmp_path, seed, rule=True))
    compared = 0
    for (_, before, earlier), (_, after, later) in combinations(lived, 2):
        if subtracted(earlier, later):
            new = after.iloc[len(before) :]
            assert len(new) >= LEAST_CONTACTS
            assert new["officer_key"].nunique() >= LEAST_OFFICERS
            compared += 1
    # The first edition of all and that of November.
    assert compared == 1


def test_without_the_rule_the_same_attack_finds_the_officer_of_one_contact(tmp_path: Path) -> None:
    lived = list(nights(tmp_path, 1, rule=False))
    singles = [
        (after.iloc[-1], subtracted(earlier, later))
        for (_, before, earlier), (_, after, later) in pairwise(lived)
        if len(after) == len(before) + 1
    ]
    assert singles
    for contact, differences in singles:
        moved = {key[1] for key, change in differences.items() if key[0] == "quality/levels" and change}
        assert moved == {str([term, contact[term]]) for term in ("officer_gender", "officer_race")}


def manifest(**said: Any) -> dict[str, Any]:
    return {"volatile": {"built_at": "2026-10-01T04:00:00-07:00"}, "snapshot": "old", **said}


@pytest.mark.parametrize(
    ("officers", "n_each", "is_printed"),
    [(30, 1, True), (29, 1, False), (10, 3, True), (9, 4, False)],
)
def test_a_month_of_few_contacts_or_few_officers_waits_for_the_next(
    tmp_path: Path, officers: int, n_each: int, is_printed: bool
) -> None:
    keys = [f"officer {k}" for k in range(officers) for _ in range(n_each)]
    file = tmp_path / "contacts.parquet"
    pd.DataFrame({"officer_key": keys, "reported_date": date(2026, 11, 1)}).to_parquet(file)
    before = [manifest(as_of="2026-10-31", **{PRINTED: True}), manifest(as_of="2026-11-01", **{PRINTED: False})]
    assert are_printed(True, "new", before, [file]) is is_printed
    assert not are_printed(False, "new", before, [file])


def test_one_officer_of_most_contacts_is_nobody_to_subtract(tmp_path: Path) -> None:
    keys = ["busy"] * 40 + [f"officer {k}" for k in range(20)]
    file = tmp_path / "contacts.parquet"
    pd.DataFrame({"officer_key": keys, "reported_date": date(2026, 11, 1)}).to_parquet(file)
    assert not are_printed(True, "new", [manifest(as_of="2026-10-31")], [file])


def test_the_first_edition_of_all_prints_them_and_an_old_one_counts_as_one_that_did(tmp_path: Path) -> None:
    file = tmp_path / "contacts.parquet"
    pd.DataFrame({"officer_key": ["one"], "reported_date": [date(2026, 10, 1)]}).to_parquet(file)
    assert are_printed(True, "new", [], [file])
    assert not are_printed(True, "new", [manifest()], [file])


def test_of_a_snapshot_of_which_they_are_printed_they_are_printed_again(tmp_path: Path) -> None:
    file = tmp_path / "contacts.parquet"
    pd.DataFrame({"officer_key": ["one"], "reported_date": [date(2026, 11, 1)]}).to_parquet(file)
    assert are_printed(False, "old", [manifest()], [file])
    assert not are_printed(False, "old", [manifest(**{PRINTED: False})], [file])
    assert not are_printed(False, "first", [], [file])
