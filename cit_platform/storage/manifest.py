"""The manifest of an edition, as its directory holds it."""

import json
from pathlib import Path
from typing import Any

from cit_platform.errors import UserError

MANIFEST = "manifest.json"
ALWAYS_NAMED = {"edition", "snapshot", "source", "volatile"}


def read_manifest(edition: Path) -> dict[str, Any]:
    """The manifest of an edition's directory, its fields under today's names.

    Raises:
        UserError: The directory holds no edition, or its manifest is damaged.
    """
    file = edition / MANIFEST
    try:
        manifest: dict[str, Any] = {**json.loads(file.read_text(encoding="utf-8"))}
        if not manifest.keys() >= ALWAYS_NAMED:
            raise ValueError("fields are missing")
        # Before the end of November 2026 no edition was held.
        manifest["volatile"].setdefault("held", [])
    except FileNotFoundError:
        raise UserError(f"There is no edition in {edition}; `cit editions list` names those that there are.") from None
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise UserError(
            f"The manifest {file} cannot be read ({error}). Restore the edition from a backup, or move "
            f"{edition.resolve()} away and refresh: a new edition takes its place."
        ) from None
    # Editions of before November 2026 called the monthly edition confirmatory.
    manifest.setdefault("monthly", manifest.pop("confirmatory", False))
    return manifest
