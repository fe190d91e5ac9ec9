"""What takes hours: the platform under faults, again and again, each time held against an undisturbed run."""
