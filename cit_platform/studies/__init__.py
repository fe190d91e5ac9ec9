"""The questions asked of the data: each a specification, and how its result is read."""
