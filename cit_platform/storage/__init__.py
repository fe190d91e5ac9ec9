"""Where a home keeps things: tables, snapshots, the run lock."""
