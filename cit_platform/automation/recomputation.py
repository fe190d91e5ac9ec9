"""The headlines of two editions recomputed from their archived snapshots: what a change between them is owed to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from cit_platform.automation.rebuild import computed_otherwise
from cit_platform.automation.scratch_home import (
    Manifest,
    compute_again,
    rebuilding_of,
    retrieval_of,
    retrievals_before,
    scratch_home,
)
from cit_platform.errors import UserError
from cit_platform.publishing.edition.difference import split_by_cause
from cit_platform.publishing.edition.hold import HEADLINES, findings_of, headlines, printed
from cit_platform.publishing.edition.work import read_reports
from cit_platform.publishing.parts.changes import CHANGES, Row
from cit_platform.publishing.parts.finding import finding_record
from cit_platform.settings import Settings
from cit_platform.storage.archived_snapshot import Retrieval
from cit_platform.storage.editions import edition_folder, is_withdrawn
from cit_platform.storage.home_folder import HomeFolder
from cit_platform.storage.manifest import read_manifest

Headlines = Mapping[str, Mapping[str, Any]]
SELECTION = " or ".join(f'+key:"published/{topic}"' for topic in HEADLINES.values())
COMPUTING, REVISED, NEW = "code, codebook, settings or versions", "revised records", "new records"


def recomputed_headlines(settings: Settings, before: str, after: str) -> tuple[Row, ...]:
    """Each headline in both editions, and how much of its change is owed to what.

    From the earlier edition to the later: its snapshot by today's code, the later snapshot without templates that the
    earlier one has not, the later snapshot whole by today's code, the later edition. What today's code changes at both
    ends is owed to computing.

    Raises:
        UserError: There is no such edition, its snapshot is no longer archived, the second is of an earlier snapshot
            than the first, or a refresh in a scratch home failed.
    """
    folders = [edition_folder(settings.home, name).resolve() for name in (before, after)]
    one, other = (_manifest(folder) for folder in folders)
    home = HomeFolder(settings.home)
    came = [retrieval_of(home, manifest) for manifest in (one, other)]
    if came[0].sequence > came[1].sequence:
        raise UserError(f"Edition {after} is of an earlier snapshot than {before}: name the earlier one first.")
    published = [headlines(findings_of(folder)) for folder in folders]
    today = [
        _by_today(settings, folder, manifest, retrieval)
        for folder, manifest, retrieval in zip(folders, (one, other), came, strict=True)
    ]
    revised = today[1] if came[0] == came[1] else _revised(settings, folders[1], other, came)
    chain = (published[0], today[0], revised, today[1], published[1])
    return tuple(_rows(chain))


def _manifest(folder: Path) -> Manifest:
    manifest = read_manifest(folder)
    if is_withdrawn(manifest):
        raise UserError(f"Edition {manifest['edition']} was withdrawn: its findings are gone.")
    return manifest


def _by_today(settings: Settings, folder: Path, manifest: Manifest, retrieval: Retrieval) -> Headlines:
    """The headlines of an edition's snapshot by today's code; its own where nothing else computed them."""
    if not any(computed_otherwise(settings, manifest)):
        return headlines(findings_of(folder))
    earlier = retrievals_before(HomeFolder(settings.home), retrieval.sequence)
    return _computed(settings, folder, manifest, retrieval, earlier)


def _revised(settings: Settings, folder: Path, manifest: Manifest, came: list[Retrieval]) -> Headlines:
    """The headlines of the later snapshot had it no other templates than the earlier one, of which it is the next."""
    known = came[0].sequence
    earlier = retrievals_before(HomeFolder(settings.home), known + 1)
    return _computed(settings, folder, manifest, came[1], earlier, templates_of=known)


def _computed(
    settings: Settings,
    folder: Path,
    manifest: Manifest,
    retrieval: Retrieval,
    earlier: list[Retrieval],
    templates_of: int = 0,
) -> Headlines:
    what = rebuilding_of(HomeFolder(settings.home), manifest, retrieval, folder / CHANGES)
    with scratch_home(settings) as scratch:
        what = replace(what, templates_of=templates_of)
        compute_again(settings, scratch, manifest, what, earlier, "--select", SELECTION)
        reports = read_reports(scratch.path, HEADLINES.values())
        return headlines([finding_record(finding) for report in reports.values() for finding in report.findings])


def _rows(chain: tuple[Headlines, ...]) -> Iterator[Row]:
    causes = (COMPUTING, REVISED, NEW, COMPUTING)
    for key, first in chain[0].items():
        found = [each.get(key) for each in chain]
        steps = list(pairwise(each["numbers"]["estimate"] if each else None for each in found))
        last = printed(found[-1]) if found[-1] else "not there"
        yield first["what"], printed(first), last, split_by_cause(steps, causes, first)
