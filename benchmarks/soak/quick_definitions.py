"""The platform's definitions with sensors that tick every few seconds: fifty ticks take minutes, not hours."""

from cit_platform.definitions import defs

SECONDS = 10

for sensor in defs.sensors or []:
    # Dagster gives a definition no other interval once it is made.
    vars(sensor)["_min_interval"] = SECONDS
