"""What changed between two editions: records, revisions, code, codebook, settings, and what became of the headlines."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from cit_platform.errors import UserError
from cit_platform.publishing.edition.hold import findings_of, headlines, printed
from cit_platform.publishing.parts import wording
from cit_platform.publishing.parts.changes import Difference, Row
from cit_platform.storage.editions import edition_folder, is_withdrawn, list_editions
from cit_platform.storage.manifest import read_manifest
from cit_platform.storage.provenance import Fingerprint

Manifest = Mapping[str, Any]
REVISIONS = ("added", "changed", "removed")
# What a step between neighbouring editions can be owed to.
NOTHING, RECORDS, COMPUTING, BOTH = "nothing", "new and revised records", "code, codebook or settings", "both at once"


def difference(home: Path, before: str, after: str) -> Difference:
    """What changed from one edition to another.

    The headlines' changes are split over the editions between the two: a step with another snapshot alone is owed to
    records, one with another computation alone to code, codebook or settings.

    Raises:
        UserError: There is no such edition.
    """
    first, last = (edition_folder(home, name).resolve() for name in (before, after))
    return _along([first, *_between(home, read_manifest(first), read_manifest(last)), last])


def since_last(in_force: Path, edition: Path) -> Difference:
    """What changed from the edition in force to one that is being built; empty where there is none to compare with.

    Args:
        in_force: it need not exist.
        edition: folder with manifest, findings, tables and codebook.
    """
    try:
        read_manifest(in_force)
    except UserError:
        return Difference()
    return _along([in_force.resolve(), edition])


def _along(chain: Sequence[Path]) -> Difference:
    """What changed from the first of some editions to the last, neighbours in their order."""
    one, other = read_manifest(chain[0]), read_manifest(chain[-1])
    rows = (
        *_records(one, other, chain[-1]),
        *_computing(one, other, (chain[0], chain[-1])),
        *_headlines(chain),
    )
    return Difference(one["edition"], other["edition"], tuple(_sentences(rows)), rows)


def _sentences(rows: tuple[Row, ...]) -> Iterator[str]:
    for what, before, after, change in rows:
        if what.startswith("headline"):
            yield f"{what.removeprefix('headline: ')}: {before}, now {after}; {change}."
        elif change not in ("", "0", "none"):
            yield f"{wording.sentence_case(what)}: {change}."
    if all(change in ("", "0", "none") for what, _, _, change in rows if not what.startswith("headline")):
        yield "Neither records nor code, codebook or settings differ."


def _records(one: Manifest, other: Manifest, folder: Path) -> Iterator[Row]:
    received = one["rows_received"], other["rows_received"]
    revised = _revised(folder, _day(one), _day(other)) if one["snapshot"] != other["snapshot"] else {}
    known = revised is not None
    counts = revised or dict.fromkeys(REVISIONS, 0)
    growth = received[1] - received[0]
    new = growth - counts["added"] + counts["removed"]
    yield "snapshot", one["snapshot"][:8], other["snapshot"][:8], _words_if(one["snapshot"] != other["snapshot"])
    yield (
        "new records",
        wording.count(received[0]),
        wording.count(received[1]),
        str(new) if known else f"{growth} in all",
    )
    said = ", ".join(f"{wording.count(counts[change])} {change}" for change in REVISIONS if counts[change])
    yield "revised records", "", "", (said or "0") if known else "not known: that edition has no table of them"


def _revised(folder: Path, after: str, until: str) -> dict[str, int] | None:
    """Records that the publisher added, changed or removed in templates already there, by the later edition's table."""
    file = folder / "tables" / "revisions.csv"
    if not file.is_file():
        return None
    with file.open(encoding="utf-8", newline="") as lines:
        rows = [
            row
            for row in csv.DictReader(lines)
            if row["field"] == "" and row["change"] in REVISIONS and after < row["night"] <= until
        ]
    return {change: sum(int(row["n_records"] or 0) for row in rows if row["change"] == change) for change in REVISIONS}


def _day(manifest: Manifest) -> str:
    return str(manifest["source"]["retrieved_at"])[:10]


def _computing(one: Manifest, other: Manifest, folders: tuple[Path, Path]) -> Iterator[Row]:
    codes = _part(one, "code"), _part(other, "code")
    yield "code (with the codebook)", *codes, _words_if(codes[0] != codes[1])
    yield "codebook", "", "", ", ".join(_codebook_changes(*folders)) or "none"
    settings = _part(one, "settings"), _part(other, "settings")
    yield "settings", *settings, _words_if(settings[0] != settings[1])
    versions = one.get("environment", {}), other.get("environment", {})
    for name in sorted(versions[0].keys() | versions[1].keys()):
        was, now = (each.get(name, "not recorded") for each in versions)
        if was != now:
            yield f"version of {name}", was, now, "differs"
    yield "as-of date", str(one.get("as_of", "")), str(other.get("as_of", "")), ""


def _words_if(differs: bool) -> str:
    return "differs" if differs else "none"


def _part(manifest: Manifest, name: str) -> str:
    """A part of the fingerprint; of another version of the platform the whole, which then differs."""
    text = str(manifest.get("fingerprint", ""))
    fingerprint = Fingerprint.parse(text)
    return str(getattr(fingerprint, name)) if fingerprint else text


def _codebook_changes(one: Path, other: Path) -> Iterator[str]:
    """Files of the codebook that differ, with the number of lines that came and went."""
    texts = [_lines_of(folder / "codebook") for folder in (one, other)]
    for name in sorted(texts[0].keys() | texts[1].keys()):
        was, now = (each.get(name, []) for each in texts)
        if was != now:
            came, went = len([x for x in now if x not in was]), len([x for x in was if x not in now])
            yield f"{name} (+{came} -{went} lines)"


def _lines_of(codebook: Path) -> dict[str, list[str]]:
    files = (file for file in codebook.rglob("*") if file.is_file())
    return {
        file.relative_to(codebook).as_posix(): file.read_text(encoding="utf-8", errors="replace").splitlines()
        for file in files
    }


def _between(home: Path, one: Manifest, other: Manifest) -> Iterator[Path]:
    """The published editions between two, oldest first."""
    started, ended = (manifest["volatile"]["built_at"] for manifest in (one, other))
    for manifest in list_editions(home):
        if started < manifest["volatile"]["built_at"] < ended and not is_withdrawn(manifest):
            yield edition_folder(home, manifest["edition"]).resolve()


def _headlines(chain: Sequence[Path]) -> Iterator[Row]:
    found = [headlines(findings_of(folder)) for folder in chain]
    causes = [_cause(read_manifest(one), read_manifest(other)) for one, other in pairwise(chain)]
    for key, first in found[0].items():
        if key not in found[-1]:
            continue
        last = found[-1][key]
        steps = list(pairwise([each.get(key, {}).get("numbers", {}).get("estimate") for each in found]))
        yield f"headline: {first['what']}", printed(first), printed(last), split_by_cause(steps, causes, first)


def _cause(one: Manifest, other: Manifest) -> str:
    records = one["snapshot"] != other["snapshot"]
    computing = any(_part(one, part) != _part(other, part) for part in ("code", "settings"))
    computing = computing or one.get("environment") != other.get("environment")
    return {(True, False): RECORDS, (False, True): COMPUTING, (True, True): BOTH}.get((records, computing), NOTHING)


def split_by_cause(steps: Sequence[tuple[Any, Any]], causes: Sequence[str], finding: Manifest) -> str:
    """The change of a headline in its unit, and what each part of it is owed to."""
    if any(value is None for step in steps for value in step):
        return "not split: at some step of it there is no number"
    unit = finding["numbers"]["unit"]
    scale, of_unit = (1000.0, " per 1,000") if unit.startswith("risk") else (1.0, "")
    moved = {cause: sum(b - a for (a, b), its in zip(steps, causes, strict=True) if its == cause) for cause in causes}
    whole = sum(moved.values()) * scale
    parts = [f"{amount * scale:+.3g} {cause}" for cause, amount in moved.items() if cause != NOTHING]
    return f"{whole:+.3g}{of_unit}" + (f": {', '.join(parts)}" if parts else "")
