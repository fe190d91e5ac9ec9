"""A refresh whose headline left the interval of the edition in force: held, said, and published by a person."""

import json

import pytest

from cit_platform.publishing.topics import situation
from cit_platform.storage.checksums import CHECKSUMS, checksums
from cit_platform.storage.editions import held_editions
from cit_platform_tests.conftest import Cit

pytestmark = pytest.mark.pipeline


def test_an_edition_whose_headline_moved_far_waits_for_a_person(small_city: Cit) -> None:
    edition = small_city.latest.resolve()
    findings = json.loads((edition / "findings.json").read_text())
    for finding in findings:
        if finding["key"] == situation.FORCE:
            # As if the last edition had found less force by far.
            finding["numbers"] |= {"estimate": 0.001, "low": 0.0009, "high": 0.0011}
    (edition / "findings.json").write_text(json.dumps(findings))
    (edition / CHECKSUMS).write_text(checksums(edition))

    small_city.refreshed("--select", 'key:"published/edition"')
    [held] = held_editions(small_city.home)
    assert small_city.latest.resolve() == edition
    again = small_city("refresh")
    assert again.returncode == 3, again.stdout + again.stderr
    assert "no asset recomputed" in again.stdout
    assert f"Held, not published: edition {held['edition']}." in again.stdout
    assert f"cit editions promote {held['edition']}" in again.stdout

    assert small_city("editions", "promote", held["edition"]).returncode == 0
    assert small_city.latest.resolve().name == held["edition"]
    assert "nothing new: edition" in small_city.refreshed()
