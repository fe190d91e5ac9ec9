"""What every published figure says about itself: its snapshot, and whether its data are a demonstration."""

from __future__ import annotations

from dataclasses import dataclass

BANNER = "Demonstration data: synthetic, not findings about Seattle."


@dataclass(frozen=True)
class Stamp:
    """Origin of a figure.

    `snapshot` is the snapshot's content hash; `demonstration` is true for the synthetic source.
    """

    snapshot: str
    demonstration: bool

    @property
    def banner(self) -> str | None:
        """The sentence that demonstration data carry, else None."""
        return BANNER if self.demonstration else None
