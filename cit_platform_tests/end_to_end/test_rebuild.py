"""An edition computed again from its archived snapshot: the same bytes; a number that was changed is found."""

import json
import shutil
from pathlib import Path

import pytest

from cit_platform.automation.rebuild import compare
from cit_platform.storage.checksums import CHECKSUMS, checksums
from cit_platform.storage.editions import list_editions
from cit_platform_tests.conftest import Cit

pytestmark = pytest.mark.pipeline


@pytest.mark.timeout(900)
def test_an_edition_of_another_day_is_rebuilt_the_same_and_other_code_is_named_instead(small_city: Cit) -> None:
    # An edition after the first, which says what changed since; and then a snapshot that is none of its business.
    assert "the source has other records" in small_city.refreshed(CIT_AS_OF="2026-03-02")
    assert len(list_editions(small_city.home)) == 2
    small_city.refreshed("--select", 'key:"raw/records"', CIT_AS_OF="2026-03-03")
    before = small_city.state()
    # The default as-of date of today, and another seed: neither reaches an archived snapshot.
    process = small_city.start("editions", "rebuild", "latest", CIT_AS_OF="", CIT_DEMO_SEED="7")
    said, _ = process.communicate(timeout=850)
    assert process.returncode == 0, said
    assert "files byte for byte" in said
    assert small_city.state() == before
    assert not list((small_city.home / "spill").glob("scratch-*"))

    manifest = small_city.latest / "manifest.json"
    stated = json.loads(manifest.read_text())
    source, _, settings = stated["fingerprint"].split(".")
    stated["fingerprint"] = f"{source}.of_another_code.{settings}"
    stated["environment"]["numpy"] = "1.0"
    manifest.write_text(json.dumps(stated))
    other = small_city("editions", "rebuild")
    assert other.returncode == 1
    assert "code or codebook: the edition has of_another_code" in other.stdout
    assert "numpy: the edition has 1.0" in other.stdout


def test_a_changed_byte_and_a_changed_table_are_found(small_city_home: Path, tmp_path: Path) -> None:
    import duckdb

    edition, changed = (small_city_home / "published" / "latest").resolve(), tmp_path / "edition"
    shutil.copytree(edition, changed)
    assert compare(edition, changed).differences == ()
    manifest = changed / "manifest.json"
    stated = json.loads(manifest.read_text())
    bounded = next(check for check in stated["checks"] if check["name"] == "excluded_share")
    bounded["message"] = bounded["message"].replace("bounds: max_value 1.", "bounds: max_value 0.2037.")
    manifest.write_text(json.dumps(stated))
    assert compare(edition, changed).differences == ()
    bounded["message"] = bounded["message"].replace("observed 0", "observed 1")
    manifest.write_text(json.dumps(stated))
    assert compare(edition, changed).differences == ("manifest.json differs",)
    shutil.copy(edition / "manifest.json", manifest)
    file = changed / "tables" / "estimates.csv"
    file.write_bytes(file.read_bytes().replace(b"cit_certified", b"cit_certifieD", 1))
    with duckdb.connect(str(changed / "cit.duckdb")) as connection:
        connection.execute("update features.contacts set force = 1 - force where contact = 1")
    (changed / CHECKSUMS).write_text(checksums(changed))
    found = compare(edition, changed)
    # A contact's only record is the contact: the view of the records shows it.
    in_database = [f"cit.duckdb: table features.{name} differs" for name in ("contacts", "records")]
    assert found.differences == ("tables/estimates.csv differs", *in_database)
