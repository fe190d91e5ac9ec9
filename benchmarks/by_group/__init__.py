"""Certification by groups of contacts in many small cities: mean error, coverage and size."""
