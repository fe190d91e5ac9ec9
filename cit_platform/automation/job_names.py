"""What the jobs are called by which runs are distinguished."""

REFRESH = "refresh"
MAINTENANCE = "maintenance"
