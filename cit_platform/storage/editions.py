"""The editions of a home: which are published, which one is held, which were withdrawn."""

from pathlib import Path
from typing import Any

from cit_platform.errors import UserError
from cit_platform.storage.home_folder import HomeFolder
from cit_platform.storage.manifest import read_manifest

# As of an edition that is being built: a reader passes over it, and the next builder removes what is left.
PARTIAL = ".partial-"


def list_editions(home: Path) -> list[dict[str, Any]]:
    """Manifests of the published editions, withdrawn ones too, oldest first; `unreadable_editions` are left out."""
    return _by_age(manifest for manifest in _manifests(HomeFolder(home).editions).values() if manifest)


def unreadable_editions(home: Path) -> tuple[Path, ...]:
    """The published editions whose manifest is missing or damaged."""
    found = _manifests(HomeFolder(home).editions)
    return tuple(folder for folder, manifest in found.items() if manifest is None)


def held_editions(home: Path) -> list[dict[str, Any]]:
    """Manifests of the editions that are built and wait for a person to promote them, oldest first."""
    return _by_age(manifest for manifest in _manifests(HomeFolder(home).held).values() if manifest)


def edition_folder(home: Path, name: str) -> Path:
    """The folder of an edition, published or held; of the one in force for `latest`.

    Raises:
        UserError: There is no such edition.
    """
    folder = HomeFolder(home)
    places = [folder.editions / Path(name).name, folder.held / Path(name).name]
    for each in [folder.latest] if name == "latest" else places:
        if (each / "manifest.json").is_file():
            return each
    raise UserError(f"There is no edition {name!r} in {folder.published}; `cit editions list` names them.")


def is_withdrawn(manifest: dict[str, Any]) -> bool:
    """Whether an edition was taken back: of such a one the notice and the manifest stay."""
    return "withdrawn" in manifest


def waiting_for_a_person(home: Path, fingerprint: str) -> dict[str, Any] | None:
    """The edition of a state that no refresh publishes by itself: it is held, or was withdrawn; else None."""
    withdrawn = filter(is_withdrawn, list_editions(home))
    found = [each for each in (*withdrawn, *held_editions(home)) if each.get("fingerprint") == fingerprint]
    return found[-1] if found else None


def _by_age(manifests: Any) -> list[dict[str, Any]]:
    return sorted(manifests, key=lambda m: (m["volatile"]["built_at"], len(m["edition"]), m["edition"]))


def _manifests(editions: Path) -> dict[Path, dict[str, Any] | None]:
    """The manifest of every edition of a folder, None where it cannot be read."""
    folders = [path for path in sorted(editions.glob("[!.]*")) if path.is_dir()]
    return {folder: _manifest_of(folder) for folder in folders}


def _manifest_of(edition: Path) -> dict[str, Any] | None:
    try:
        return read_manifest(edition)
    except UserError:
        return None
