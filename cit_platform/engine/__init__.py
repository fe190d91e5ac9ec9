"""What runs a query: DuckDB, or Spark."""
