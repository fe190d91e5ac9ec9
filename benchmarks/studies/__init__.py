"""Whether the studies' estimators find what is true in generated cities."""
