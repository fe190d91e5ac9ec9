"""What the home knows of itself: tables, edition, archive, key, source, and what the next refresh would do."""

from collections.abc import Iterator
from datetime import UTC, datetime

from cit_platform.cli.health.fact import Fact, Level, age_in_words
from cit_platform.contracts import ALL_TABLES, TABLES
from cit_platform.errors import UserError
from cit_platform.settings import Settings
from cit_platform.storage.home_folder import HomeFolder
from cit_platform.storage.source_looks import Outcome, read_looks


def identity(settings: Settings) -> Iterator[Fact]:
    """Home, source and the date that counts as today."""
    yield Fact("home", str(settings.home))
    yield Fact("source", settings.source + (f" {settings.source_path}" if settings.source_path else ""))
    yield Fact("as of", settings.today().isoformat())


def key(settings: Settings) -> Iterator[Fact]:
    """Whether the pseudonym key is that of the tables; of the key itself nothing."""
    from cit_platform.storage.pseudonym_key import demand_key, key_file

    demand_key(settings)
    given = "CIT_PSEUDONYM_KEY" if settings.pseudonym_key else str(key_file(settings))
    yield Fact("key", f"{given}, the key of this home" if settings.home.exists() else "none yet")


def tables(settings: Settings) -> Iterator[Fact]:
    """How many tables there are, and each damaged one, every byte held against its commit, with the way out."""
    from cit_platform.storage.lake import DamagedTableError, Lake

    lake = Lake(settings.home)
    there = [path for path in ALL_TABLES if lake.exists(path)]
    damaged: list[Fact] = []
    rows: dict[str, float] = {}
    for path in there:
        try:
            rows[f'table_rows{{table="{path}"}}'] = float(lake.verified(path).n_rows)
        except DamagedTableError as error:
            damaged.append(Fact("damaged", str(error), Level.DEFECT))
    computed = sum(path in TABLES for path in there)
    numbers = {"tables": float(computed), "tables_damaged": float(len(damaged)), **rows}
    yield Fact("tables", f"{computed} of {len(TABLES)}", Level.GOOD if there else Level.NOTED, numbers)
    yield from damaged


def edition(settings: Settings) -> Iterator[Fact]:
    """The edition in force: its age, what was lost or altered of it, and its warnings."""
    from cit_platform.alerts.home_facts import home_facts
    from cit_platform.storage.checksums import edition_damage

    latest = HomeFolder(settings.home).latest
    if not latest.exists():
        yield Fact("edition", "none yet", Level.NOTED)
        return
    facts = home_facts(settings)
    damage = [Fact("damaged", f"edition: {phrase}", Level.DEFECT) for phrase in edition_damage(latest)]
    yield from damage
    if facts.edition is None:
        yield Fact("edition", latest.resolve().name, Level.DEFECT)
        return
    failed = [check for check in facts.edition.checks if check["status"] != "passed"]
    age = (facts.now - facts.edition.built_at).total_seconds()
    numbers = {
        "edition_timestamp_seconds": facts.edition.built_at.timestamp(),
        "edition_age_seconds": age,
        "edition_damaged_files": float(len(damage)),
        "edition_checks": float(len(facts.edition.checks)),
        "edition_checks_failed": float(len(failed)),
    }
    looked = [look.moment for look in facts.looks if look.outcome is Outcome.NOTHING_NEW]
    last_good = max([*looked, facts.edition.built_at])
    hours = (facts.now - last_good).total_seconds() / 3600
    words = f"{facts.edition.name}, built {age_in_words(age)} ago, {len(facts.edition.checks)} checks"
    if hours > settings.alive_hours:
        words += f"; no edition and no look that found nothing new for {hours:,.0f} hours (CIT_ALIVE_HOURS)"
    yield Fact("edition", words, Level.DEGRADED if hours > settings.alive_hours else Level.GOOD, numbers)
    for check in failed:
        yield Fact("warning", f"{check['table']}: {check['name']}: {check['message']}", Level.NOTED)


def archive(settings: Settings) -> Iterator[Fact]:
    """How many snapshots are kept, and whether each describes itself."""
    from cit_platform.storage.archive import Archive

    kept = Archive(HomeFolder(settings.home).archive)
    entries, log = kept.list(), kept.log()
    lost = [entry.content_hash[:12] for entry in entries if not entry.records.is_file()]
    for name in lost:
        yield Fact("archive", f"snapshot {name} has lost its records: restore it from a backup", Level.DEFECT)
    numbers = {"archive_snapshots": float(len(entries))}
    if log:
        numbers["snapshot_timestamp_seconds"] = log[-1].moment.timestamp()
    last = f", the last of {log[-1].moment:%Y-%m-%d %H:%M} UTC" if log else ""
    yield Fact("archive", f"{len(entries)} snapshots{last}", Level.GOOD, numbers)


def looks(settings: Settings) -> Iterator[Fact]:
    """What came of the last look at the source."""
    found = read_looks(settings.home)
    if not found:
        yield Fact("last look", "none yet", Level.NOTED)
        return
    last = found[0]
    age = (datetime.now(UTC) - last.moment).total_seconds()
    bad = last.outcome in {Outcome.SILENT, Outcome.CHANGED, Outcome.REFUSED}
    words = (
        f"{age_in_words(age)} ago: {last.outcome}: {last.words}" if bad else f"{age_in_words(age)} ago: {last.words}"
    )
    silent = next((n for n, look in enumerate(found) if look.outcome is not Outcome.SILENT), len(found))
    numbers = {"source_look_age_seconds": age, "source_silent_looks": float(silent)}
    yield Fact("last look", words, Level.DEGRADED if bad else Level.GOOD, numbers)


def lock(settings: Settings) -> Iterator[Fact]:
    """Who writes now."""
    from cit_platform.storage.run_lock import holder

    yield Fact("run lock", holder(settings.home) or "free")


def next_refresh(settings: Settings) -> Iterator[Fact]:
    """What the next refresh would do, asked of the source."""
    from cit_platform.automation.decision import decide
    from cit_platform.sources.refused import SourceSilentError

    try:
        decision = decide(settings)
    except SourceSilentError as error:
        yield Fact("next refresh", str(error), Level.DEGRADED)
        return
    except UserError as error:
        yield Fact("next refresh", f"cannot run: {error}", Level.DEFECT)
        return
    numbers = {"refresh_due": float(decision.run)}
    words = ("would run: " if decision.run else "would skip: ") + decision.reason
    yield Fact("next refresh", words, Level.NOTED if decision.run else Level.GOOD, numbers)
