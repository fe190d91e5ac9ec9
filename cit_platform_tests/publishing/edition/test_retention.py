"""Which editions stay over the years: all of the last nights, one a week before, and what others lean on."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from cit_platform.automation.maintenance import NIGHTLY_DAYS
from cit_platform.publishing.edition.force import put_in_force
from cit_platform.publishing.edition.retention import editions_past_retention, remove_edition
from cit_platform.storage.checksums import edition_damage
from cit_platform.storage.editions import list_editions
from cit_platform_tests.publishing.edition.conftest import Home

TODAY = date(2026, 11, 22)
LONG = 400


def nights(home: Path, template: Path, number: int) -> dict[str, date]:
    """Manifests of so many nightly editions up to today, the first of each month monthly, the last in force."""
    written = {}
    manifest = json.loads((template / "manifest.json").read_text())
    for day in (TODAY - timedelta(days=number - 1 - each) for each in range(number)):
        name = f"{day}T0400-5a5a5a5a"
        built_at = datetime(day.year, day.month, day.day, 4, tzinfo=UTC).isoformat()
        volatile = manifest["volatile"] | {"built_at": built_at, "held": []}
        edition = home / "published" / "editions" / name
        edition.mkdir(parents=True)
        changed = manifest | {"edition": name, "monthly": day.day == 1, "volatile": volatile}
        (edition / "manifest.json").write_text(json.dumps(changed))
        written[name] = day
    put_in_force(home, edition)
    return written


def test_of_400_nights_the_last_month_stays_whole_and_one_a_week_before(home: Home, tmp_path: Path) -> None:
    template = home({}) / "published" / "latest"
    written = nights(tmp_path / "years", template, LONG + 60)
    days = [TODAY - timedelta(days=each) for each in (LONG, NIGHTLY_DAYS)]
    past = editions_past_retention(tmp_path / "years", days[0], days[1], held=())
    left = {name: day for name, day in written.items() if name not in past}
    nightly = [day for day in left.values() if day >= days[1]]
    assert nightly == [days[1] + timedelta(days=each) for each in range(NIGHTLY_DAYS + 1)]
    older = [day for day in left.values() if day < days[1]]
    assert {day.isocalendar()[:2] for day in older} >= {
        (days[0] + timedelta(days=each)).isocalendar()[:2] for each in range(6, LONG - NIGHTLY_DAYS)
    }
    # Mondays are the first of their week; before them stay monthly ones alone.
    assert all(day.weekday() == 0 or day.day == 1 for day in older)
    assert all(day.day == 1 for day in older if day < days[0])
    assert len(left) < 105
    # What once was kept as the first of its week stays it.
    for name in past:
        remove_edition(tmp_path / "years", name)
    assert editions_past_retention(tmp_path / "years", days[0], days[1], held=()) == ()


def test_what_a_person_let_through_stays_and_so_do_notices(home: Home) -> None:
    folder = home({}, {}, {}, {})
    names = [manifest["edition"] for manifest in list_editions(folder)]
    for name, more in ((names[1], {"volatile": {"held": ["It changed its sign."]}}), (names[2], {"withdrawn": {}})):
        file = folder / "published" / "editions" / name / "manifest.json"
        manifest = json.loads(file.read_text())
        manifest |= {"monthly": False, **more, "volatile": manifest["volatile"] | more.get("volatile", {})}
        file.write_text(json.dumps(manifest))
    later = TODAY + timedelta(days=900)
    assert editions_past_retention(folder, later, later, held=()) == ()


def test_an_edition_stays_whole_when_the_one_that_it_shares_files_with_goes(home: Home) -> None:
    folder = home({}, {})
    editions = folder / "published" / "editions"
    first, last = (manifest["edition"] for manifest in list_editions(folder))
    for file in ("assets/plotly.min.js", "cit.duckdb"):
        (editions / last / file).unlink()
        (editions / last / file).hardlink_to(editions / first / file)
    remove_edition(folder, first)
    assert edition_damage(editions / last) == ()
