"""Estimators of the studies in many cities whose truth is known."""
