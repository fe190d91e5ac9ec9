"""The demo source: a synthetic Seattle with a known truth, drawn from a seed and growing by the day."""
