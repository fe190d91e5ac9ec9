"""Alerts: what is wrong now, what was already said of it, and how it is said by mail and webhook."""
