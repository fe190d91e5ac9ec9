"""What runs a query: DuckDB."""
