"""The edition: what waits for it, and how it is put together, described and frozen."""

from cit_platform.publishing.edition.build import build_edition, preview_page
from cit_platform.publishing.edition.inputs import EditionInputs, EditionRefused
from cit_platform.storage.editions import list_editions, unreadable_editions

__all__ = [
    "EditionInputs",
    "EditionRefused",
    "build_edition",
    "list_editions",
    "preview_page",
    "unreadable_editions",
]
