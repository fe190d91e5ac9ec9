"""The numbers of a home's health in Prometheus' text format, for a node exporter's text file collector."""

from collections.abc import Iterable

from cit_platform.cli.health.fact import Fact

PREFIX = "cit"

# What each number is; a test holds this list against what the facts give.
MEANINGS = {
    "health_level": "0 good, 1 noted, 2 degraded, 3 defect: the worst of what cit doctor prints under this name.",
    "disk_free_bytes": "Free on the disk of the home.",
    "disk_needed_bytes": "What the next refresh needs on that disk.",
    "tables": "Tables that are there.",
    "tables_damaged": "Tables with a file that is lost or altered.",
    "table_rows": "Rows of the current version.",
    "edition_timestamp_seconds": "When the edition in force was built.",
    "edition_age_seconds": "Age of the edition in force.",
    "edition_damaged_files": "Files of the edition in force that are lost or altered.",
    "edition_checks": "Checks of the edition in force.",
    "edition_checks_failed": "Those of them that did not pass.",
    "archive_snapshots": "Snapshots kept in the archive.",
    "snapshot_timestamp_seconds": "When the last snapshot was retrieved.",
    "source_look_age_seconds": "Age of the last look at the source.",
    "source_silent_looks": "Looks in a row that the source did not answer.",
    "daemon_heartbeat_age_seconds": "Age of the last heartbeat of Dagster's daemon.",
    "schedule_on": "Whether the nightly schedule is on.",
    "last_run_age_seconds": "Since the last whole refresh ended.",
    "last_run_success": "Whether it ended well.",
    "assets": "Assets, from the source to the edition.",
    "assets_not_current": "Those that are not current, by quality/status.",
    "refresh_due": "Whether the next refresh would run.",
}


def prometheus_text(facts: Iterable[Fact]) -> str:
    """Every number of the facts as a gauge, with what it means; names begin with `cit_`."""
    facts = list(facts)
    levels: dict[str, float] = {}
    for fact in facts:
        series = f'health_level{{fact="{fact.name}"}}'
        levels[series] = max(levels.get(series, 0.0), float(fact.level))
    numbers = {**levels, **{series: value for fact in facts for series, value in fact.numbers.items()}}
    by_name: dict[str, list[str]] = {}
    for series, value in numbers.items():
        by_name.setdefault(series.partition("{")[0], []).append(f"{PREFIX}_{series} {value!r}")
    lines = [
        line
        for name, samples in by_name.items()
        for line in (f"# HELP {PREFIX}_{name} {MEANINGS[name]}", f"# TYPE {PREFIX}_{name} gauge", *samples)
    ]
    return "\n".join(lines) + "\n"
