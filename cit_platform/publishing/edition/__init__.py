"""The edition: what waits for it, and how it is put together, described and frozen."""

from cit_platform.publishing.edition.build import build_edition, list_editions, preview_page
from cit_platform.publishing.edition.inputs import EditionInputs, EditionRefused, SourceFacts

__all__ = [
    "EditionInputs",
    "EditionRefused",
    "SourceFacts",
    "build_edition",
    "list_editions",
    "preview_page",
]
