"""Do the 95 % intervals cover? Synthetic cities of known truth, and how often the engine's intervals contain it."""
