"""What Dagster asks of an event log, asked of the one with kept connections."""
