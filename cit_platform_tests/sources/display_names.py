"""The header of the bulk CSV of Seattle's portal."""

from cit_platform.codebook.fields import source_fields

DISPLAY_NAMES: tuple[str, ...] = tuple(field.display_name for field in source_fields("seattle"))
