"""What every published figure says about itself: its snapshot, and whether its data are a demonstration."""

from __future__ import annotations

from dataclasses import dataclass

from cit_platform.codebook.agency import DEFAULT_AGENCY, agency_of

BANNER = f"Demonstration data: synthetic, not findings about {agency_of(DEFAULT_AGENCY).display_name}."


@dataclass(frozen=True)
class FigureProvenance:
    """Origin of a figure.

    `snapshot` is the snapshot's content hash; `demonstration` is true for the synthetic source.
    """

    snapshot: str
    demonstration: bool

    @property
    def banner(self) -> str | None:
        """The sentence that demonstration data carry, else None."""
        return BANNER if self.demonstration else None
