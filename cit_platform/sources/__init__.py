"""Where records come from: each source yields one snapshot of all records in canonical text."""
