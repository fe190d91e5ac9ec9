"""The city's dataset as an observable asset: what it was seen to be, and whether its feed still moves."""

import warnings
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import dagster as dg

from cit_platform.codebook.agency import agency_of
from cit_platform.codebook.vocabulary import vocabulary_of
from cit_platform.contracts.table import OWNER
from cit_platform.refresh.fingerprint import canonical_source_version, current_fingerprint
from cit_platform.refresh.source import source_of
from cit_platform.resources.failures import user_errors_as_failures
from cit_platform.settings import chosen_agency, load_settings
from cit_platform.sources.feed import OLDEST_NEWEST_REPORT_DAYS, stalled_since
from cit_platform.sources.observation import Observation
from cit_platform.storage.home_folder import HomeFolder

DATA_VERSION_TAG = "dagster/data_version"
# Of a materialisation: which version of the source it read. Dagster would note the one that was observed before it.
READ_VERSION_TAG = "dagster/input_data_version/spd_crisis_data"
MOST_OBSERVATIONS = 50

ObservationEvent = dg.AssetObservation | dg.AssetCheckEvaluation
Labels = Mapping[str, list[str]]

AGENCY = agency_of(chosen_agency())
SPEC = dg.AssetSpec(
    key="spd_crisis_data",
    group_name="source",
    owners=[OWNER],
    kinds={"socrata"},
    description=(
        f"The {AGENCY.police_department}'s open {AGENCY.dataset.name} ({AGENCY.dataset.id}): observed here, never "
        "written."
    ),
)


# Beta in Dagster like all that observes. The decorator of a single asset knows no owners and no kinds.
with warnings.catch_warnings(action="ignore", category=dg.BetaWarning):
    observable = dg.multi_observable_source_asset(specs=[SPEC])


@observable
def spd_crisis_data(context: dg.AssetExecutionContext) -> Iterator[dg.ObserveResult]:
    """Ask the source what it holds, as the sensor and the schedule do."""
    with user_errors_as_failures():
        settings = load_settings()
        observation = source_of(settings).observe()
        seen = canonical_source_version(
            HomeFolder(settings.home), current_fingerprint(settings, observation.fingerprint)
        )
        yield dg.ObserveResult(
            data_version=dg.DataVersion(seen.source), metadata=_said(observation, settings.agency, context.instance)
        )


@dg.asset_check(
    asset=spd_crisis_data.key,
    description=f"The newest report is at most {OLDEST_NEWEST_REPORT_DAYS} days older than the as-of date. If it "
    "fails: the feed has stalled although it still answers, and nothing is lost; ask the publisher, and say so on the "
    "page. The sensor and the schedule evaluate it each time they ask the source.",
)
def newest_report() -> dg.AssetCheckResult:
    with user_errors_as_failures():
        settings = load_settings()
        return dg.AssetCheckResult(**_feed(source_of(settings).observe().newest_report, settings.today()))


def observation_events(
    observation: Observation, version: str, today: date, agency: str, instance: dg.DagsterInstance
) -> list[ObservationEvent]:
    """What a look at the source adds to the history of its asset: the observation, and the check of its feed.

    `version` is the source's part of the fingerprint, as the lake knows it: a source that was touched without a change
    is no other version.
    """
    observed = dg.AssetObservation(
        spd_crisis_data.key, metadata=_said(observation, agency, instance), tags={DATA_VERSION_TAG: version}
    )
    if observation.newest_report is None:
        return [observed]
    feed = _feed(observation.newest_report, today)
    return [observed, dg.AssetCheckEvaluation(asset_key=spd_crisis_data.key, check_name="newest_report", **feed)]


def reading_events(version: str, instance: dg.DagsterInstance) -> Iterator[dg.AssetObservation]:
    """What a reading of the source adds to its history: nothing where the last look saw the version that was read."""
    last = instance.fetch_observations(spd_crisis_data.key, limit=1).records
    seen = last[0].asset_observation.tags.get(DATA_VERSION_TAG) if last and last[0].asset_observation else None
    if seen != version:
        read = "read, and known since as the version that raw/records holds"
        yield dg.AssetObservation(spd_crisis_data.key, description=read, tags={DATA_VERSION_TAG: version})


def _said(observation: Observation, agency: str, instance: dg.DagsterInstance) -> dict[str, Any]:
    """What the source says of itself, as metadata."""
    return {**_totals(observation), **_vocabulary(observation, agency, _labels_before(instance))}


def _totals(observation: Observation) -> dict[str, Any]:
    """What the source says of its rows; what it does not say is left out."""
    updated, newest = observation.rows_updated_at, observation.newest_report
    said = {
        "rows": observation.n_rows,
        "templates": observation.n_templates,
        "rows_updated_at": None if updated is None else dg.MetadataValue.timestamp(updated),
        "newest_report": None if newest is None else newest.isoformat(),
    }
    return {name: value for name, value in said.items() if value is not None}


def _vocabulary(observation: Observation, agency: str, before: Labels) -> dict[str, Any]:
    """The labels of the coded fields, those that came and went since the last look, and those the codebook lacks."""
    known = vocabulary_of(agency)
    labels = {
        field: sorted({known.printable_label(field, x) for x in found}) for field, found in observation.labels.items()
    }
    unknown = {
        field: sorted({known.printable_label(field, x) for x in known.unknown(field, found)})
        for field, found in observation.labels.items()
    }
    lists = {
        "labels": labels,
        "labels_come": _only_in(labels, before),
        "labels_gone": _only_in(before, labels),
        "labels_unknown": unknown,
    }
    return {
        name: dg.MetadataValue.json({field: found for field, found in by_field.items() if found})
        for name, by_field in lists.items()
        if labels
    }


def _only_in(these: Labels, those: Labels) -> Labels:
    """By field that both have, the labels that only the first has."""
    return {field: sorted(set(these[field]) - set(those[field])) for field in these if field in those}


def _labels_before(instance: dg.DagsterInstance) -> Labels:
    """The labels of the last observation that has any."""
    for record in instance.fetch_observations(spd_crisis_data.key, limit=MOST_OBSERVATIONS).records:
        observation = record.asset_observation
        labels = observation.metadata.get("labels") if observation else None
        if isinstance(labels, dg.JsonMetadataValue):
            return dict(labels.data)  # type: ignore[arg-type]
    return {}


def _feed(newest: date | None, today: date) -> dict[str, Any]:
    """The verdict on the feed: always a warning, for what was read before is as good as it was."""
    still = stalled_since(newest, today)
    words = "The source does not say of what day its newest report is; raw/records is checked for it when it is read."
    if newest is not None:
        words = f"The newest report is of {newest}, read on {today}."
    return {
        "passed": still is None,
        "severity": dg.AssetCheckSeverity.WARN,
        "description": f"Not as expected: {still}, although the source answers." if still else words,
        "metadata": {} if newest is None else {"newest_report": str(newest), "age_days": (today - newest).days},
    }


ASSETS = [spd_crisis_data]
CHECKS = [newest_report]
