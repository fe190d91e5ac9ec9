"""Statistics for counts and categories: design matrices, fits, their diagnosis, their intervals; no subject matter."""
