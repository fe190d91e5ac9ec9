"""The acceptance rule for estimators that have no bench of their own: mean error, coverage, size, and naive ones."""
