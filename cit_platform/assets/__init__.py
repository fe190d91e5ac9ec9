"""The Dagster layer of the data: one thin function per asset, stage by stage."""
