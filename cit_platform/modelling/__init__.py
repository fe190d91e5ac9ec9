"""From a specification to tidy rows: what every study shares."""
