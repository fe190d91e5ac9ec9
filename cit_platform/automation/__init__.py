"""When the platform runs: the decision, the jobs and the nightly schedule."""
