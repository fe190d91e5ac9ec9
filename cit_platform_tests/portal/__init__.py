"""A Socrata portal on loopback: speaks SODA 2.1, SODA 3, the metadata and the bulk CSV, and misbehaves on demand."""
